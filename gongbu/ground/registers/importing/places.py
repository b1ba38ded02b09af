"""Regions as files write them: a code, a name with or without its parents, the head of an issuer's name.

Looks are cached for one file, so that ten thousand rows of forty counties ask forty times.
"""

import re
from collections.abc import Sequence

from gongbu.ground.orgs import regions
from gongbu.ground.orgs.models import Region

_LEAD = re.compile(r"[\u4e00-\u9fff]{0,12}?(?:自治区|自治州|自治县|[省市州盟县区旗镇乡])")
Ranges = Sequence[tuple[int, int]]
_MASK = re.compile(r"[*×█■（(]")


class Places:
    """Finds regions for the rows of one file."""

    def __init__(self) -> None:
        self._codes: dict[str, Region | None] = {}
        self._names: dict[str, tuple[Region, ...]] = {}
        self._texts: dict[str, Region | None] = {}
        self._nation: Region | None = None
        self._homes: dict[tuple[tuple[int, int], ...], Region] = {}

    @property
    def nation(self) -> Region:
        """The root region, under which rows of unknown region are kept.

        :raises Region.DoesNotExist: the regions have not been loaded into this home
        """
        if self._nation is None:
            self._nation = Region.objects.get(level="NATION")
        return self._nation

    def home_of(self, ranges: tuple[tuple[int, int], ...]) -> Region:
        """Return the largest region inside the first range granted: one's own county, or the nation for the whole."""
        if ranges not in self._homes:
            lo, hi = min(ranges)
            inside = Region.objects.filter(key_lo__gte=lo, key_hi__lte=hi, valid_to=None)
            found = inside.order_by("key_lo", "-key_hi").first()
            whole = self.nation.key_lo >= lo and self.nation.key_hi <= hi
            self._homes[ranges] = self.nation if whole or found is None else found
        return self._homes[ranges]

    def by_code(self, code: str) -> Region | None:
        """Return the region of a six-, nine- or twelve-digit code of any edition; an abolished one as its successor."""
        if code not in self._codes:
            match = regions.find_by_code(code)
            self._codes[code] = regions.current(match.region) if match else None
        return self._codes[code]

    def code_name(self, code: str) -> str | None:
        """Return the name of a region segment, or None when no edition lists it."""
        region = self.by_code(code)
        return region.name if region else None

    def by_name(self, text: str, within: Ranges = ()) -> Region | None:
        """Return the one region that a written name means, or None (unknown, or several possible).

        Of several the one inside ``within`` (the importer's own ranges, the file's county) is meant: every second
        county has a 城关镇.
        """
        found = self.all_by_name(text)
        if len(found) == 1:
            return found[0]
        inside = self.all_by_name(text, within)
        return inside[0] if within and len(inside) == 1 else None

    def all_by_name(self, text: str, within: Ranges = ()) -> tuple[Region, ...]:
        """Return every region that a written name may mean, those inside ``within`` only when that is given."""
        if text not in self._names:
            self._names[text] = self._find(text)
        found = self._names[text]
        return tuple(r for r in found if any(lo <= r.key_lo < hi for lo, hi in within)) if within else found

    def by_text(self, text: str) -> Region | None:
        """Return the region that heads a longer text: 银川市金凤区审批服务管理局 gives 金凤区. Masked heads give None."""
        if text not in self._texts:
            self._texts[text] = self._head(text)
        return self._texts[text]

    def _find(self, text: str) -> tuple[Region, ...]:
        text = re.sub(r"\s", "", text)
        if not text or _MASK.search(text):
            return ()
        if text.isdigit():
            coded = self.by_code(text)
            return (coded,) if coded else ()
        found = regions.resolve_name(text).candidates
        if len(found) != 1 and len(text) > 2 and text[-1] in "县旗":  # 江华县 is 江华瑶族自治县
            rows = Region.objects.filter(name__startswith=text[:-1], name__endswith=f"自治{text[-1]}", valid_to=None)
            found = (rows[0],) if len(rows[:2]) == 1 else found
        return tuple({region.pk: region for region in map(regions.current, found)}.values())

    def _head(self, text: str) -> Region | None:
        text = re.sub(r"\s", "", text)
        if not text or _MASK.match(text):
            return None
        at, best = 0, None
        while matched := _LEAD.match(text, at):
            at = matched.end()
            region = self.by_name(text[:at])
            if region is not None:
                best = region
            elif best is not None or at > 24:
                break
        return best
