"""Build the regions and their dated codes from several editions of GB/T 2260.

An edition is a bare list code → name; what happened between two editions is derived: a code that is gone for good and
a new code of (nearly) the same name under the same parent are one region renumbered (500234 开县 → 500154 开州区); a gone
code whose name turns up elsewhere, or that the changes file names, has a successor. Keys are twelve digits, taken from
the first code a region had, or the next free place in the parent's range when that is taken or lies outside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

NATION_KEY, NATION_HI = 0, 10**12
PLACEHOLDERS = frozenset(
    {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划", "省直辖县级行政单位", "晋城市市辖区"}
)
SUFFIXES = ("自治县", "自治州", "自治旗", "地区", "林区", "特区", "盟", "市", "县", "区", "旗")
# Not listed by the statistics edition, but not abolished.
ALWAYS_LISTED = frozenset({"71", "81", "82"})


@dataclass(frozen=True, slots=True)
class Edition:
    """One published list of codes: its label, its day, whether it lists development zones and placeholders."""

    label: str
    on: date
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One known change: to which code, and the earliest and latest day it may have happened."""

    to: str
    not_before: date | None = None
    not_after: date | None = None


@dataclass(slots=True)
class BuiltCode:
    """A code with the editions that list it and the widest possible period."""

    code: str
    name: str
    edition: str
    last_edition: str
    valid_from: date | None
    valid_to: date | None
    is_exact: bool = False


@dataclass(slots=True)
class BuiltRegion:
    """A region as it will be stored; ``parent`` and ``successor`` are keys."""

    key: int
    hi: int
    parent: int | None
    name: str
    level: str
    kind: str
    codes: list[BuiltCode] = field(default_factory=list)
    successor: int | None = None
    valid_to: date | None = None


def stems(name: str) -> tuple[str, ...]:
    """Return the names under which a region may go on: its own, and without its class word (沙县 → 沙县, 沙)."""
    for suffix in SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix):
            return (name, name[: -len(suffix)])
    return (name,)


def same_place(old: str, new: str) -> bool:
    """Return whether ``new`` is what ``old`` became: same name, same stem, or 开县 → 开州区 (one-character stem)."""
    old_stem, new_stem = stems(old)[-1], stems(new)[-1]
    if len(old_stem) == 1:
        return new_stem.startswith(old_stem) and len(new_stem) <= 2
    return old == new or old_stem == new_stem or new_stem == old


def build_regions(
    editions: Sequence[Edition],
    *,
    continues: Mapping[str, Change],
    merged: Mapping[str, Change],
    townships: Mapping[str, tuple[str, str]],
) -> list[BuiltRegion]:
    """Return all regions, parents before children, with codes, keys and successors.

    :param editions: oldest first
    :param continues: old code → new code of the same region, where the name does not show it
    :param merged: abolished code → code of the region that took over
    :param townships: nine-digit code → (six-digit county code, name)
    """
    return _Build(editions, continues, merged, townships).run()


class _Build:
    def __init__(
        self,
        editions: Sequence[Edition],
        continues: Mapping[str, Change],
        merged: Mapping[str, Change],
        townships: Mapping[str, tuple[str, str]],
    ) -> None:
        self.editions, self.continues, self.merged, self.townships = editions, continues, merged, townships
        self.first: dict[str, int] = {}
        self.last: dict[str, int] = {}
        self.names: dict[str, str] = {}
        for index, edition in enumerate(editions):
            for code, name in edition.names.items():
                self.first.setdefault(code, index)
                self.last[code] = index
                self.names[code] = name
        for code in self.names:
            if code[:2] in ALWAYS_LISTED:
                self.last[code] = len(editions) - 1
        self.regions: list[BuiltRegion] = []
        self.children: dict[int, list[BuiltRegion]] = {}
        self.by_code: dict[str, BuiltRegion] = {}
        self.continued_by = {change.to: old for old, change in continues.items()}
        self.came_by = {change.to: change for change in (*merged.values(), *continues.values())}

    def run(self) -> list[BuiltRegion]:
        nation = BuiltRegion(NATION_KEY, NATION_HI, None, "全国", "NATION", "ADMINISTRATIVE")
        self.regions.append(nation)
        codes = sorted(self.names, key=lambda code: (self.first[code], code))
        for code in (c for c in codes if c.endswith("0000")):
            self._new(code, nation, "PROVINCE", 10**10)
        for code in (c for c in codes if c.endswith("00") and not c.endswith("0000")):
            self._place(code, self.by_code[code[:2] + "0000"], "CITY", 10**8)
        for code in (c for c in codes if not c.endswith("00")):
            parent = self.by_code.get(code[:4] + "00") or self.by_code[code[:2] + "0000"]
            self._place(code, parent, "COUNTY", 10**6)
        for code, (county, name) in self.townships.items():
            self.names[code], self.first[code], self.last[code] = name, len(self.editions) - 1, len(self.editions) - 1
            self._new(code, self.by_code[county], "TOWNSHIP", 10**3)
        for region in self.regions:
            self._close(region)
        return sorted(self.regions, key=lambda region: (region.key - region.hi, region.key))

    def _place(self, code: str, parent: BuiltRegion, level: str, size: int) -> None:
        """Put a code where it belongs: on its parent (a placeholder), on a renumbered region, or on a new one."""
        name = self.names[code]
        city = code[:4] + "00"
        if name in PLACEHOLDERS or (code != city and name == self.names.get(city)):  # 嘉峪关不设区，也有占位下级
            self._add_code(parent, code, name)
            return
        old = self._predecessor(code, parent, level)
        if old is None:
            self._new(code, parent, level, size)
        else:
            self._add_code(old, code, name)
            old.name = name

    def _predecessor(self, code: str, parent: BuiltRegion, level: str) -> BuiltRegion | None:
        if (known := self.continued_by.get(code)) is not None and known in self.by_code:
            return self.by_code[known]
        first = self.first[code]
        found = {
            region.key: region
            for old, region in self._children(parent, level)
            if self.last[old] < first
            and self._is_gone(region, first)
            and same_place(self.names[old], self.names[code])
            and old not in self.merged
            and old not in self.continues
        }
        return next(iter(found.values())) if len(found) == 1 else None

    def _children(self, parent: BuiltRegion, level: str) -> list[tuple[str, BuiltRegion]]:
        return [
            (built.code, region)
            for region in self.children.get(parent.key, ())
            if region.level == level
            for built in region.codes
        ]

    def _is_gone(self, region: BuiltRegion, first: int) -> bool:
        return all(self.last[built.code] < first for built in region.codes)

    def _new(self, code: str, parent: BuiltRegion, level: str, size: int) -> BuiltRegion:
        siblings = self.children.setdefault(parent.key, [])
        zone = level == "COUNTY" and "71" <= code[4:6] <= "79"
        kind = "DEVELOPMENT_ZONE" if zone else "ADMINISTRATIVE"
        key = free_key(int(code.ljust(12, "0")), size, (parent.key, parent.hi), [(s.key, s.hi) for s in siblings])
        region = BuiltRegion(key, key + size, parent.key, self.names[code], level, kind)
        self.regions.append(region)
        siblings.append(region)
        self._add_code(region, code, self.names[code])
        return region

    def _add_code(self, region: BuiltRegion, code: str, name: str) -> None:
        """Attach a code with the widest period its editions allow (or the known one)."""
        first, last = self.first.get(code, 0), self.last.get(code, len(self.editions) - 1)
        came = self.came_by.get(code)
        left = self.continues.get(code) or self.merged.get(code)
        start = self.editions[first - 1].on + timedelta(days=1) if first else None
        end = self.editions[last + 1].on if last + 1 < len(self.editions) else None
        if came and came.not_before:
            start = came.not_before
        if left and left.not_after:
            end = left.not_after
        region.codes.append(BuiltCode(code, name, self.editions[first].label, self.editions[last].label, start, end))
        self.by_code[code] = region

    def _close(self, region: BuiltRegion) -> None:
        """Mark a region abolished when no code of it is listed any more, and find who took over."""
        ends = [built.valid_to for built in region.codes]
        if not ends or any(end is None for end in ends):
            return
        region.valid_to = max(end for end in ends if end)
        for built in region.codes:
            if (change := self.merged.get(built.code)) and change.to in self.by_code:
                region.successor = self.by_code[change.to].key
                return
        last, province = region.codes[-1], region.codes[-1].code[:2]
        heirs = {
            other.key
            for code, other in self.by_code.items()
            if code[:2] == province
            and other is not region
            and len(code) == len(last.code)
            and self.last[code] > self.last[last.code]
            and same_place(last.name, self.names[code])
            and self.names[code] not in PLACEHOLDERS
        }
        region.successor = heirs.pop() if len(heirs) == 1 else None


def free_key(wanted: int, size: int, within: tuple[int, int], taken: Sequence[tuple[int, int]]) -> int:
    """Return the low end of a free range of ``size`` keys: the wanted one, else the highest free one of the parent.

    :param wanted: the key the code suggests
    :param within: the parent's half-open range; its own lowest slot stays with the parent
    :param taken: half-open ranges of the parent's other children
    :raises ValueError: the parent's range is full
    """
    lo, hi = within

    def is_free(key: int) -> bool:
        return lo < key and key + size <= hi and not any(a < key + size and key < b for a, b in taken)

    if is_free(wanted):
        return wanted
    for key in range(hi - size, lo, -size):
        if is_free(key):
            return key
    raise ValueError(f"no free range of {size} keys in {lo}–{hi}")
