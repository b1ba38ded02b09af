"""Two reports against each other: which passages they share word for word, and how much of each that is.

Only letters, digits and Chinese characters count; punctuation, blanks and line ends are passed over. Passages that
stand in several other reports as well are common wording (编制依据, 提纲, 承诺) and are told apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

RUN = 13
"""Characters that must agree in a row before two texts are looked at together."""
GAP = 6
"""Characters that may differ inside a passage that goes on behind them."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch that both texts have: where it stands in each (places of the written text, end excluded), its words."""

    start: int
    end: int
    other_start: int
    other_end: int
    text: str
    characters: int
    is_common: bool = False


@dataclass(frozen=True, slots=True)
class Sharing:
    """What two texts share. Shares are of the counted characters of each, common wording left out of both."""

    passages: tuple[Passage, ...]
    share: float
    other_share: float
    common_characters: int


class Text:
    """A text prepared for comparing: its counted characters and where each of them was written."""

    def __init__(self, written: str) -> None:
        self.written = written
        self.places = [i for i, c in enumerate(written) if c.isalnum()]
        self.counted = "".join(written[i].lower() for i in self.places)
        self._runs: dict[str, list[int]] | None = None

    @property
    def runs(self) -> dict[str, list[int]]:
        """Where every run of :data:`RUN` characters begins."""
        if self._runs is None:
            self._runs = {}
            for at in range(len(self.counted) - RUN + 1):
                self._runs.setdefault(self.counted[at : at + RUN], []).append(at)
        return self._runs


def share(one: Text, other: Text, least: int, others: Sequence[Text] = (), common_in: int = 5) -> Sharing:
    """Return the passages of at least ``least`` counted characters that both texts have.

    ``others`` are further reports of other projects; what stands in so many of them that, with these two, it is found
    in ``common_in`` or more is common wording.
    """
    passages, common = [], 0
    taken_one = taken_other = 0
    at = 0
    while at <= len(one.counted) - RUN:
        length, there, other_length = _longest(one, other, at)
        if length < least:
            at += 1
            continue
        is_common = 2 + sum(_holds(third, one.counted[at : at + length]) for third in others) >= common_in
        start, end = one.places[at], one.places[at + length - 1] + 1
        passages.append(
            Passage(start, end, other.places[there], other.places[there + other_length - 1] + 1, one.written[start:end], length,
                    is_common)
        )  # fmt: skip
        if is_common:
            common += length
        else:
            taken_one, taken_other = taken_one + length, taken_other + other_length
        at += length
    mine, theirs = len(one.counted) - common, len(other.counted) - common
    return Sharing(
        tuple(passages),
        taken_one / mine if mine > 0 else 0.0,
        min(1.0, taken_other / theirs) if theirs > 0 else 0.0,
        common,
    )


def marked(one: str, other: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Return both texts cut into (words, whether the other has them at this place), for showing them side by side.

    Both begin with the same words, as the sides of a passage do. The pieces of each put together are that text; signs
    and blanks go with the piece before them. Where neither goes on with the other, the rest is its own.
    """
    mine, theirs = Text(one), Text(other)
    mine_cut: dict[int, bool] = {}  # where a piece begins (counted) → is it shared; of two at one place the later holds
    theirs_cut: dict[int, bool] = {}

    def cut(i: int, j: int, is_shared: bool) -> None:
        for marks, text, at in ((mine_cut, mine, i), (theirs_cut, theirs, j)):
            if at < len(text.counted):
                marks[at] = is_shared

    i = j = 0
    while True:
        cut(i, j, True)
        while i < len(mine.counted) and j < len(theirs.counted) and mine.counted[i] == theirs.counted[j]:
            i, j = i + 1, j + 1
        step = _bridge(mine.counted, theirs.counted, i, j)
        cut(i, j, False)
        if step is None:
            return _pieces(mine, mine_cut), _pieces(theirs, theirs_cut)
        i, j = step


def _pieces(text: Text, marks: dict[int, bool]) -> list[tuple[str, bool]]:
    """Return the written pieces between the marks; equal neighbours are one."""
    ends = [*(text.places[at] for at in list(marks)[1:]), len(text.written)]
    start, pieces = 0, list[tuple[str, bool]]()
    for end, is_shared in zip(ends, marks.values(), strict=False):
        if pieces and pieces[-1][1] == is_shared:
            pieces[-1] = (pieces[-1][0] + text.written[start:end], is_shared)
        else:
            pieces.append((text.written[start:end], is_shared))
        start = end
    return pieces or ([(text.written, False)] if text.written else [])


def _longest(one: Text, other: Text, at: int) -> tuple[int, int, int]:
    """Return (length, where it begins in the other, length there) of the longest stretch that begins at a place."""
    best = (0, 0, 0)
    for there in other.runs.get(one.counted[at : at + RUN], ())[:20]:
        i, j = at + RUN, there + RUN
        while True:
            while i < len(one.counted) and j < len(other.counted) and one.counted[i] == other.counted[j]:
                i, j = i + 1, j + 1
            step = _bridge(one.counted, other.counted, i, j)
            if step is None:
                break
            i, j = step
        if i - at > best[0]:
            best = (i - at, there, j - there)
    return best


def _bridge(one: str, other: str, i: int, j: int) -> tuple[int, int] | None:
    """Return where two texts go on together after a few differing characters (a figure, a name), or None."""
    for skipped in range(1, GAP * 2 + 1):
        for a in range(max(0, skipped - GAP), min(GAP, skipped) + 1):
            b = skipped - a
            run = one[i + a : i + a + RUN]
            if len(run) == RUN and run == other[j + b : j + b + RUN]:
                return i + a, j + b
    return None


def _holds(text: Text, passage: str) -> bool:
    """Whether a text has most of a passage: four of five runs looked at."""
    starts = range(0, max(1, len(passage) - RUN + 1), RUN)
    found = sum(passage[s : s + RUN] in text.runs for s in starts)
    return found >= 0.8 * len(starts)
