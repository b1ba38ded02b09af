"""State of a list in its URL: tab, order, page, page size; and the links that change one of them and keep the rest."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import HttpRequest

SIZES = (20, 50, 100)


@dataclass(slots=True)
class ListState:
    """What the URL says, cleaned. ``query`` is the query string as pairs, the source of every link."""

    path: str
    query: list[tuple[str, str]]
    _kept: list[tuple[str, str]] = field(init=False)  # name and the pair as it stands in an address
    tab: str = ""
    sort: str = ""
    page: int = 1
    size: int = 20

    def __post_init__(self) -> None:
        self._kept = [(k, urlencode([(k, v)])) for k, v in self.query]

    @classmethod
    def read(
        cls, request: HttpRequest, *, sortable: Collection[str], size: int = 20, tabs: Collection[str] = ()
    ) -> "ListState":
        """Read the state; unknown tabs, columns and sizes fall back to the defaults."""
        get = request.GET
        query = [(k, v) for k in get for v in get.getlist(k) if v != ""]
        sort = get.get("sort", "")
        tab = get.get("tab", "")
        page, wanted = get.get("page", ""), get.get("size", "")
        return cls(
            path=request.path,
            query=query,
            tab=tab if tab in tabs else "",
            sort=sort if sort.removeprefix("-") in sortable else "",
            page=max(1, int(page)) if page.isdecimal() and len(page) < 8 else 1,
            size=int(wanted) if wanted in {str(s) for s in SIZES} else size,
        )

    def link(self, **changes: str | int | None) -> str:
        """Return the address with some parameters changed (None: removed)."""
        pairs = [pair for k, pair in self._kept if k not in changes]
        pairs += [urlencode([(k, v)]) for k, v in changes.items() if v is not None]
        return f"{self.path}?{'&'.join(pairs)}" if pairs else self.path

    def keeping(self, *names: str) -> list[tuple[str, str]]:
        """Return the named parameters as pairs, for hidden inputs."""
        return [(k, v) for k, v in self.query if k in names]

    @property
    def reset(self) -> str:
        """Address without filters: tab, order and size stay."""
        pairs = self.keeping("tab", "sort", "size")
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path


class Pager:
    """Pages of a list: numbers, links, and the slice of rows."""

    def __init__(self, state: ListState, total: int) -> None:
        self.total, self.size = total, state.size
        self.pages = max(1, -(-total // state.size))
        self.page = min(state.page, self.pages)
        self.first = (self.page - 1) * self.size
        self.last = min(self.first + self.size, total)
        self._state = state

    @property
    def prev(self) -> str:
        """Address of the page before, "" on the first."""
        return self._state.link(page=self.page - 1) if self.page > 1 else ""

    @property
    def next(self) -> str:
        """Address of the next page, "" on the last."""
        return self._state.link(page=self.page + 1) if self.page < self.pages else ""

    @property
    def links(self) -> list[tuple[int | None, str, bool]]:
        """Page numbers with addresses: first, last, two around the present one; None for a gap."""
        near = {1, self.pages, *range(max(1, self.page - 2), min(self.pages, self.page + 2) + 1)}
        shown: list[tuple[int | None, str, bool]] = []
        before = 0
        for number in sorted(near):
            if number > before + 1:
                shown.append((None, "", False))
            shown.append((number, self._state.link(page=number), number == self.page))
            before = number
        return shown

    @property
    def size_links(self) -> list[tuple[int, str, bool]]:
        """Page sizes with addresses."""
        return [(n, self._state.link(size=n, page=None), n == self.size) for n in SIZES]

    @property
    def action(self) -> str:
        """Where the jump form goes."""
        return self._state.path

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """Parameters that the jump form keeps."""
        return [(k, v) for k, v in self._state.query if k != "page"]


def as_query(values: Mapping[str, str]) -> str:
    """Return a query string without the empty values."""
    return urlencode({k: v for k, v in values.items() if v})
