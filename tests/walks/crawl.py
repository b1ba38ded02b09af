"""Walk a home as each of its demo people: open every kind of page that another page links to, and say what is wrong.

Run as ``python -m tests.walks.crawl HOME [PAGES]`` in a process of its own; prints JSON. A page is of the same kind as
another when it has the same view and the same names in its query; ``PAGES`` of a kind are opened by each person.
"""

import json
import re
import sys
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

from tests.walks.homes import enter, open_home

WORDS_OF_A_MACHINE = [
    re.compile(pattern)
    for pattern in (
        r"\b[A-Z]{2,}_[A-Z_]+\b",  # a code
        r"\b[a-z]{3,}\.[a-z]{3,}_[a-z_]+\b",  # a key
        r"\b[a-z]{2,}_[a-z_]{2,}\b",  # a name of a field
        r"\bNone\b|\bNaN\b|\bnan\b|\bundefined\b",
        r"\{\{|\{%|&lt;|&amp;amp;",
        r"datetime\.date|Decimal\(",
    )
]
SHOWN_ATTRIBUTES = ("title", "aria-label", "placeholder", "alt")
UNREAD = {"script", "style", "code", "pre", "kbd"}
WRITTEN_AS_IT_IS = {"g-code"}  # what a page means to show as it is
SHOW_KEYS = {"policy:pack", "orgs:matrix"}  # pages whose subject the keys are
FILE_NAME = re.compile(r"\S+\.(csv|xlsx|xls|json)\b")
COLUMN_NAMES = {"importing:batch", "importing:row"}  # headings of the file as the user wrote them
VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "track",
    "wbr",
    "path",
    "use",
}
NOT_WALKED = re.compile(
    r"/(sign-out|api/|static/|__|r/[0-9A-Z]{12}/proof)|\.(pdf|docx|xlsx|csv|zip|json|png|jpg|svg)$|export|download"
)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a page, for whom, and from where one comes to it."""

    person: str
    address: str
    found: str
    linked_from: str


class Page(HTMLParser):
    """What of a page counts here: its links, the texts a person sees, the ids."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.texts: list[str] = []
        self.ids: Counter[str] = Counter()
        self.title = ""
        self._open: list[tuple[str, bool]] = []
        self._in_title = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Collect links, ids and the attributes that are shown or read out."""
        given = {name: value or "" for name, value in attributes}
        if tag not in VOID:
            unread = tag in UNREAD or bool(WRITTEN_AS_IT_IS & set(given.get("class", "").split()))
            self._open.append((tag, unread or bool(self._open and self._open[-1][1])))
        self._in_title = tag == "title" or self._in_title
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in ("a", "div", "section", "button") and given.get("hx-get"):
            self.links.append(given["hx-get"])
        if given.get("id"):
            self.ids[given["id"]] += 1
        self.texts += [given[name] for name in SHOWN_ATTRIBUTES if given.get(name)]

    def handle_endtag(self, tag: str) -> None:
        """Come out of what is not read."""
        while any(name == tag for name, _ in self._open) and self._open.pop()[0] != tag:
            pass
        self._in_title = False if tag == "title" else self._in_title

    def handle_data(self, text: str) -> None:
        """Collect what is read."""
        if self._in_title:
            self.title += text
        elif not (self._open and self._open[-1][1]) and text.strip():
            self.texts.append(text.strip())


def walk(name: str, client: Any, most_of_a_kind: int, logins: frozenset[str]) -> Iterator[list[Fault]]:
    """Open pages breadth first; yields the faults of each."""
    from django.urls import Resolver404, resolve

    queue, seen, kinds = deque([("/", "")]), {"/"}, Counter[tuple[Any, ...]]()
    while queue:
        address, came_from = queue.popleft()
        try:
            answer = client.get(address)
        except Exception as error:  # the test client lets the error of a page through
            yield [Fault(name, address, f"{type(error).__name__}: {error}"[:300], came_from)]
            continue
        if answer.status_code in (301, 302, 303):
            target = urljoin(address, answer.headers["Location"])
            if target not in seen and target.startswith("/"):
                seen.add(target)
                queue.append((target, came_from or address))
            yield []
            continue
        if answer.status_code >= 400:
            yield [Fault(name, address, f"HTTP {answer.status_code}", came_from)]
            continue
        if "html" not in answer.headers.get("Content-Type", ""):
            yield []
            continue
        page = Page()
        page.feed(answer.content.decode())
        is_whole = "<html" in answer.content[:400].decode(errors="ignore")
        here = resolve(urlsplit(address).path).view_name
        found = [*_shape(page, is_whole=is_whole), *_words(page, here, logins)]
        yield [Fault(name, address, text, came_from) for text in found]
        for link in page.links:
            target = urldefrag(urljoin(address, link)).url
            parts = urlsplit(target)
            if parts.netloc or parts.scheme or target in seen or NOT_WALKED.search(parts.path):
                continue
            try:
                view = resolve(parts.path).view_name
            except Resolver404:
                yield [Fault(name, target, "no such address", address)]
                seen.add(target)
                continue
            kind = (view, *sorted({key for key, _ in parse_qsl(parts.query, keep_blank_values=True)}))
            if kinds[kind] < most_of_a_kind:
                kinds[kind] += 1
                seen.add(target)
                queue.append((target, address))


def _shape(page: Page, *, is_whole: bool) -> Iterator[str]:
    if is_whole and not page.title.strip():
        yield "no title"
    if twice := [name for name, count in page.ids.items() if count > 1]:
        yield f"ids given twice: {', '.join(twice[:5])}"


def _words(page: Page, view: str, logins: frozenset[str]) -> Iterator[str]:
    if view in SHOW_KEYS:
        return
    for text in page.texts:
        rest = FILE_NAME.sub("", text)
        for pattern in WORDS_OF_A_MACHINE:
            found = pattern.search(rest)
            if found and found[0] not in logins and not (view in COLUMN_NAMES and found[0] == text):
                yield f"{found[0]!r} in {text[:120]!r}"
                break


def main(home: str, most_of_a_kind: int) -> None:
    """Walk as a visitor and as everybody of the demo; print the number of pages and the faults, each once."""
    open_home(home)
    from gongbu.ground.orgs.models import Person

    logins = frozenset(Person.objects.values_list("login_name", flat=True))
    pages, faults, told = 0, [], set()
    for person in [None, *Person.objects.filter(is_demo=True, is_active=True).order_by("pk")]:
        for found in walk(person.name if person else "访客", enter(person), most_of_a_kind, logins):
            pages += 1
            for fault in found:
                key = (re.sub(r"\d+", "0", fault.address.split("?")[0]), fault.found)
                if key not in told:
                    told.add(key)
                    faults.append(asdict(fault))
    print(json.dumps({"pages": pages, "faults": faults}, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3)
