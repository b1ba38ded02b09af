"""Two projects against each other: a score from 0 to 1, what kind of likeness it is, and why.

The cores of the two names are aligned; whatever one has and the other has not is weighed by what it is (a place, a
firm's form, a filler, another object). Marks that tell works apart (phase, section, reach, year, number) are compared
each with its like. The score is what is common, times one factor for every difference named in the evidence; nothing
that is not in the evidence changes it. Symmetric by construction: the two sides are put in order first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from gongbu.mainline.likeness.rules import wording
from gongbu.mainline.likeness.rules.names import LIGHT_WEIGHT, Name, parse

Sound = Callable[[str], str]
"""Return how one character sounds (a syllable without tone), "" when unknown."""


class Relation(StrEnum):
    """What two projects are to each other, as far as words tell."""

    SAME = "SAME"
    OTHER_PHASE = "OTHER_PHASE"
    OTHER_SECTION = "OTHER_SECTION"
    SIMILAR = "SIMILAR"
    UNRELATED = "UNRELATED"


@dataclass(frozen=True, slots=True)
class Limits:
    """From which score on two names are taken for one project, and from which they are shown at all (pack values)."""

    same_at: float
    similar_at: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason. ``code`` names the wording; ``one`` and ``other`` are what the two sides say; ``factor`` its weight."""

    code: str
    one: str = ""
    other: str = ""
    factor: float = 1.0

    def turned(self) -> "Evidence":
        """The same reason seen from the other side."""
        return replace(self, one=self.other, other=self.one)


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of a project when it is compared; everything but the name may be missing.

    ``region`` is a written name or "" ; ``region_path`` the order keys of county and city, when known.
    ``start`` is the planned start, ``total_fen`` the total investment in 分.
    """

    name: str
    owner: str = ""
    location: str = ""
    region: str = ""
    content: str = ""
    start: date | None = None
    total_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer for one pair."""

    score: float
    relation: Relation
    evidence: tuple[Evidence, ...] = field(default=())

    def turned(self) -> "Judgement":
        """The same answer seen from the other side."""
        return replace(self, evidence=tuple(e.turned() for e in self.evidence))


@dataclass(frozen=True, slots=True)
class Factors:
    """How much each difference takes off; set on the development split, see docs/likeness.md."""

    same_core: float = 0.995
    other_words: float = 0.80
    contrast: float = 0.62
    contrast_one_sided: float = 0.80
    typing: float = 0.985
    short_form: float = 0.97
    reordered: float = 0.95
    other_head: float = 0.88
    modifier_regained: float = 0.45
    upper_place_regained: float = 0.9
    firm_renamed: float = 0.95
    firm_other: float = 0.72
    place_other: float = 0.55
    place_finer: Mapping[str, float] = field(default_factory=lambda: {"t": 0.90, "v": 0.86})
    phase: float = 0.70
    phase_one_sided: float = 0.80
    phase_one_sided_first: float = 0.93
    section: float = 0.68
    section_one_sided: float = 0.78
    reach: float = 0.70
    reach_one_sided: float = 0.80
    ends: float = 0.68
    year: float = 0.70
    year_one_sided: float = 0.97
    number: float = 0.66
    number_one_sided: float = 0.96
    amount: float = 0.78
    detail: float = 0.80
    detail_one_sided: float = 0.99
    region: float = 0.65
    region_with_one_total: float = 0.88
    location: float = 0.80
    owner: float = 0.97
    start: float = 0.95
    content_lift: float = 0.7
    content_other: float = 0.96


FACTORS = Factors()
STARTAPART_YEARS = 3
ROUND_FEN = 100_000_000
"""Totals in whole 百万元 are equal by chance too often to be a reason."""
CONTENT_LEAST = 16
"""Characters of content from which on it is compared."""


def no_sound(_character: str) -> str:
    """Know no sounds: nothing is taken for a homophone."""
    return ""


def compare(
    one: Traits, other: Traits, limits: Limits, sound: Sound = no_sound, factors: Factors = FACTORS
) -> Judgement:
    """Return how alike two projects are. Symmetric, 1.0 for a name against itself, always within 0–1.

    ``relation`` is OTHER_PHASE or OTHER_SECTION when the names would be one project but for that mark.
    """
    is_turned = _key(other) < _key(one)
    if is_turned:
        one, other = other, one
    judgement = _judge(one, other, limits, sound, factors)
    return judgement.turned() if is_turned else judgement


def _key(traits: Traits) -> tuple[str, ...]:
    return (traits.name, traits.owner, traits.location, traits.region, traits.content, str(traits.start or ""),
            str(traits.total_fen or ""))  # fmt: skip


def _judge(one: Traits, other: Traits, limits: Limits, sound: Sound, factors: Factors) -> Judgement:
    a, b = parse(one.name), parse(other.name)
    evidence: list[Evidence] = []
    if a.plain == b.plain:
        stem = 1.0
        evidence.append(Evidence("likeness.same_name"))
    else:
        stem = _stem(a, b, sound, factors, evidence)
    stem = _lift(stem, one, other, factors, evidence)
    context = _context(one, other, factors, evidence)
    score, apart = stem * context, ""
    for kind, found in (
        ("", _numbers(a, b, factors)),
        ("PHASE", _phases(a, b, factors)),
        ("SECTION", _sections(a, b, factors)),
    ):
        for item in found:
            evidence.append(item)
            score *= item.factor
            if kind and (item.code in APART or (item.code == FIRST_PHASE and not _is_backed(evidence))):
                apart = apart or kind
    score = round(min(1.0, max(0.0, score)), 4)
    whole = stem * context
    for item in evidence:
        if item.code in _NUMBER_CODES:
            whole *= item.factor
    if apart and whole >= limits.same_at:
        relation = Relation.OTHER_PHASE if apart == "PHASE" else Relation.OTHER_SECTION
    elif score >= limits.same_at:
        relation = Relation.SAME
    elif score >= limits.similar_at:
        relation = Relation.SIMILAR
    else:
        relation = Relation.UNRELATED
    return Judgement(
        score,
        relation,
        tuple(replace(e, one=wording.readable(e.one), other=wording.readable(e.other)) for e in evidence),
    )


APART = {"likeness.phase_differs", "likeness.year_differs", "likeness.section_differs", "likeness.reach_differs", "likeness.ends_differ",
          "likeness.phase_one_sided", "likeness.section_one_sided", "likeness.reach_one_sided"}  # fmt: skip
FIRST_PHASE = "likeness.first_phase_one_sided"
"""One name says 一期 and the other no phase: the whole work, its first phase, or the name of before there was a second."""
_NUMBER_CODES = {"likeness.number_differs", "likeness.number_one_sided", "likeness.amount_differs"}


def _is_backed(evidence: Sequence[Evidence]) -> bool:
    """Whether something beside the names says that a first phase and a name without phase are one: content or total, or
    owner and place together.
    """
    codes = {item.code for item in evidence}
    return bool(codes & {"likeness.content_agrees", "likeness.total_agrees"}) or codes >= {
        "likeness.owner_agrees", "likeness.location_agrees",
    }  # fmt: skip


# --- marks -----------------------------------------------------------------------------------------------------------


def _say(values: frozenset[str]) -> str:
    return "、".join(sorted(values, key=lambda v: (len(v), v)))


def _marks(
    code: str, a: frozenset[str], b: frozenset[str], differs: float, one_sided: float, one_code: str = ""
) -> list[Evidence]:
    """Compare two sets of marks of one kind: equal or overlapping is no difference."""
    if a & b or not (a or b):
        return []
    if a and b:
        return [Evidence(f"likeness.{code}_differs", _say(a), _say(b), differs)]
    return [Evidence(one_code or f"likeness.{code}_one_sided", _say(a), _say(b), one_sided)]


def _phases(a: Name, b: Name, factors: Factors) -> list[Evidence]:
    one_sided = factors.phase_one_sided_first if (a.phases | b.phases) == {"1"} else factors.phase_one_sided
    found = _marks("phase", a.phases, b.phases, factors.phase, one_sided)
    if found and found[0].code == "likeness.phase_one_sided" and one_sided == factors.phase_one_sided_first:
        found = [replace(found[0], code=FIRST_PHASE)]
    return found + _marks("year", a.years, b.years, factors.year, factors.year_one_sided)


def _sections(a: Name, b: Name, factors: Factors) -> list[Evidence]:
    found = _marks("section", a.sections, b.sections, factors.section, factors.section_one_sided)
    found += _marks("reach", a.reaches, b.reaches, factors.reach, factors.reach_one_sided)
    if a.ends and b.ends and not _same_ends(a.ends, b.ends):
        found.append(Evidence("likeness.ends_differ", _say(a.ends), _say(b.ends), factors.ends))
    return found


def _same_ends(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether every end of one stretch has its like in the other (人民路 and 人民路口)."""
    return all(any(x in y or y in x for y in b) for x in a) and all(any(x in y or y in x for x in a) for y in b)


def _numbers(a: Name, b: Name, factors: Factors) -> list[Evidence]:
    found = _marks("number", a.codes, b.codes, factors.number, factors.number_one_sided)
    units = {unit for unit, _ in a.amounts} & {unit for unit, _ in b.amounts}
    mine = {(u, v) for u, v in a.amounts if u in units}
    theirs = {(u, v) for u, v in b.amounts if u in units}
    if mine and not mine & theirs:
        found.append(Evidence("likeness.amount_differs", _say_amounts(mine), _say_amounts(theirs), factors.amount))
    return found


def _say_amounts(amounts: set[tuple[str, float]]) -> str:
    return "、".join(f"{value:g}{unit}" for unit, value in sorted(amounts))


# --- stem ------------------------------------------------------------------------------------------------------------


def _stem(a: Name, b: Name, sound: Sound, factors: Factors, evidence: list[Evidence]) -> float:
    """Return how alike the cores are, marks left aside, and add the reasons."""
    score, found = _align(a, b, sound, factors)
    if score < 1 and (a.whole is None) != (b.whole is None):
        whole_score, whole_found = _align(_as_whole(a), _as_whole(b), sound, factors)
        # What one says in brackets the other says in its name: then the brackets belong to it, for better or worse.
        if whole_score > score or any(_lacks(e, a.whole is not None) for e in found):
            score, found = whole_score, whole_found
    evidence.extend(found)
    agreement = _agreement(a.actions, b.actions)
    if agreement < 1:
        evidence.append(Evidence("likeness.action_differs", _say_actions(a), _say_actions(b), agreement))
        score *= agreement
    if a.detail and b.detail:
        likeness = _grams_alike(a.detail, b.detail)
        if likeness < 0.5:
            evidence.append(Evidence("likeness.detail_differs", a.detail, b.detail, factors.detail))
            score *= factors.detail
    elif (a.detail or b.detail) and a.detail != b.detail:
        evidence.append(Evidence("likeness.detail_one_sided", a.detail, b.detail, factors.detail_one_sided))
        score *= factors.detail_one_sided
    if not found:
        evidence.insert(0, Evidence("likeness.same_core", a.core, b.core, factors.same_core))
        score *= factors.same_core
    return score


def _lacks(reason: Evidence, is_first: bool) -> bool:
    """Whether a reason says that the name with brackets lacks words of the other."""
    mine, theirs = (reason.one, reason.other) if is_first else (reason.other, reason.one)
    return not mine and bool(theirs)


def _as_whole(name: Name) -> Name:
    """Return the name with what stood in brackets in front of its core: 教学楼（实验小学）."""
    if name.whole is None:
        return name
    core, weights, tags = name.whole
    return replace(name, core=core, weights=weights, tags=tags)


def _agreement(a: frozenset[str], b: frozenset[str]) -> float:
    if not a or not b or a & b:
        return 1.0
    return max(wording.agreement(x, y) for x in a for y in b)


def _say_actions(name: Name) -> str:
    return "、".join(wording.ACTION_LABELS[a] for a in sorted(name.actions))


def _align(a: Name, b: Name, sound: Sound, factors: Factors) -> tuple[float, list[Evidence]]:
    """Return the common weight of two cores as a share, times a factor for every difference that tells."""
    if a.core == b.core:
        return 1.0, []
    if sorted(a.core) == sorted(b.core) and _grams_alike(a.core, b.core) >= REORDERED_AT:
        return factors.reordered, [Evidence("likeness.reordered", a.core, b.core, factors.reordered)]
    matched, gaps = 0.0, []
    for kind, i1, i2, j1, j2 in _opcodes(a, b):
        if kind == "equal":
            matched += sum(a.weights[i1:i2]) + sum(b.weights[j1:j2])
        else:
            gaps.append((i1, i2, j1, j2))
    total = sum(a.weights) + sum(b.weights)
    evidence: list[Evidence] = []
    for i1, i2, j1, j2 in gaps:
        reason, regained = _weigh_gap(a, b, (i1, i2, j1, j2), sound, factors)
        matched += regained
        if reason is not None:
            evidence.append(reason)
    score = matched / total if total else 0.0
    for reason in evidence:
        score *= reason.factor
    return score, evidence


def _weigh_gap(
    a: Name, b: Name, span: tuple[int, int, int, int], sound: Sound, factors: Factors
) -> tuple[Evidence | None, float]:
    """Judge one stretch in which the cores differ; return the reason and how much weight counts as common after all."""
    mine, theirs = _Rest(a, *span[:2]), _Rest(b, *span[2:])
    if mine.telling and theirs.telling:
        return _weigh_replacement(mine, theirs, sound, factors)
    return _weigh_addition(mine, theirs, factors)


class _Rest:
    """What one core has in a stretch where the other has something else; ``telling`` leaves out words that say little."""

    def __init__(self, name: Name, start: int, end: int) -> None:
        self.name, self.start, self.end = name, start, end
        self.text, self.tags = name.core[start:end], name.tags[start:end]
        weights = name.weights[start:end]
        self.weight = sum(weights)
        kept = [i for i, w in enumerate(weights) if w > LIGHT_WEIGHT or self.tags[i] not in "of"]
        self.telling = "".join(self.text[i] for i in kept)
        self.first_tag = self.tags[kept[0]] if kept else ""

    @property
    def is_upper(self) -> bool:
        """Whether it is nothing but province, city or county, which lists leave out at will."""
        return all(tag in "ncx" for tag in self.tags)

    @property
    def is_head(self) -> bool:
        """Whether it ends the name: the last words of a Chinese name say what it is, those before only which."""
        return self.end == len(self.name.core)

    @property
    def is_doubled(self) -> bool:
        """Whether it is one character typed twice."""
        beside = self.name.core[max(0, self.start - 1) : self.start], self.name.core[self.end : self.end + 1]
        return len(self.text) == 1 and self.text in beside and not wording.is_side(self.text)


def _weigh_replacement(x: _Rest, y: _Rest, sound: Sound, factors: Factors) -> tuple[Evidence | None, float]:
    both, one, other = x.weight + y.weight, x.telling, y.telling
    if one == other:
        return None, both
    if _is_typing(one, other, sound):
        return Evidence("likeness.typing", one, other, factors.typing), both
    if len(one) == len(other) and any(wording.contrasts(p, q) for p, q in zip(one, other, strict=True)):
        return Evidence("likeness.contrast", one, other, factors.contrast), 0.0
    if x.first_tag in "xtv" and y.first_tag in "xtv":
        return Evidence("likeness.place_differs", one, other, factors.place_other), 0.0
    if "f" in (x.first_tag, y.first_tag) and x.name.firm and y.name.firm:
        return _firms(x.name.firm, y.name.firm, both, factors)
    if _is_short_form(one, other) or _is_short_form(other, one):
        return Evidence("likeness.short_form", one, other, factors.short_form), both * 0.9
    if x.is_upper and y.is_upper:
        return None, both * factors.upper_place_regained
    if min(x.weight, y.weight) < PLACE_TELLS:
        return None, 0.0
    return Evidence("likeness.other_words", one, other, factors.other_words), 0.0


def _weigh_addition(x: _Rest, y: _Rest, factors: Factors) -> tuple[Evidence | None, float]:
    """Judge a stretch where at most one side says something that tells."""
    weight, rest = x.weight + y.weight, x if x.telling else y
    text = rest.telling
    if not text:
        return None, weight * factors.upper_place_regained
    if rest.is_upper:
        return None, weight * factors.upper_place_regained
    one, other = (text, "") if rest is x else ("", text)
    if rest.is_doubled:
        return Evidence("likeness.typing", one, other, factors.typing), weight
    finer = {
        tag
        for tag, w in zip(rest.tags, rest.name.weights[rest.start : rest.end], strict=True)
        if w >= PLACE_TELLS and tag in factors.place_finer
    }
    if finer and len(text) > 1:
        return Evidence("likeness.place_finer", one, other, factors.place_finer["v" if "v" in finer else "t"]), 0.0
    if len(text) <= 2 and any(map(wording.is_side, text)):
        return Evidence("likeness.contrast_one_sided", one, other, factors.contrast_one_sided), 0.0
    if rest.is_head and len(text) <= 4 and wording.is_filler(text):
        return None, weight * factors.upper_place_regained
    if rest.is_head and weight >= 1:
        return Evidence("likeness.other_head", one, other, factors.other_head), 0.0
    reason = Evidence("likeness.more_words", one, other) if weight >= 2 else None
    return reason, weight * factors.modifier_regained


def _firms(one: str, other: str, weight: float, factors: Factors) -> tuple[Evidence, float]:
    """Judge two firms' names: one that changed its form or its trade keeps its first two characters."""
    if one[:2] in other or other[:2] in one:
        return Evidence("likeness.firm_renamed", one, other, factors.firm_renamed), weight * 0.8
    return Evidence("likeness.firm_differs", one, other, factors.firm_other), 0.0


PLACE_TELLS, REORDERED_AT = 0.5, 0.6


def _is_typing(x: str, y: str, sound: Sound) -> bool:
    """Whether two stretches of one length are the same typed differently: alike to the ear, to the eye, or turned round."""
    if len(x) != len(y) or len(x) > 4 or any(wording.contrasts(p, q) for p, q in zip(x, y, strict=True)):
        return False
    if len(x) > 1 and x != y and sorted(x) == sorted(y):
        return True
    for p, q in zip(x, y, strict=True):
        if p == q or wording.look_alike(p, q):
            continue
        heard = sound(p)
        if not heard or heard != sound(q):
            return False
    return True


def _is_short_form(short: str, long: str) -> bool:
    """Whether the characters of ``short`` stand in ``long`` in order, from its first on: 二院 in 第二人民医院."""
    if not 1 < len(short) < len(long) or len(long) > 12:
        return False
    if short[0] not in (long[0], long[1:2]):
        return False
    rest = iter(long)
    return all(c in rest for c in short)


def _grams_alike(x: str, y: str) -> float:
    """Return the share of bigrams of the shorter text that the longer one has too."""
    one, other = _grams(x), _grams(y)
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else 1.0 if x == y else 0.0


def _grams(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)} or {text}


# --- alignment -------------------------------------------------------------------------------------------------------

_RUN_BONUS = 0.25


def _opcodes(a: Name, b: Name) -> list[tuple[str, int, int, int, int]]:
    """Return equal and differing stretches of two cores, like difflib, but the heaviest common sequence in long runs.

    A single common character between two differing stretches is no anchor: 人民路 and 民主路 differ in 人民 / 民主.
    """
    x, y = a.core, b.core
    lead = 0
    while lead < len(x) and lead < len(y) and x[lead] == y[lead]:
        lead += 1
    tail = 0
    while tail < len(x) - lead and tail < len(y) - lead and x[-1 - tail] == y[-1 - tail]:
        tail += 1
    pairs = [(i, i) for i in range(lead)]
    pairs += [(i + lead, j + lead) for i, j in _common(x[lead : len(x) - tail], y[lead : len(y) - tail],
              a.weights[lead : len(x) - tail], b.weights[lead : len(y) - tail])]  # fmt: skip
    pairs += [(len(x) - tail + k, len(y) - tail + k) for k in range(tail)]
    blocks: list[list[int]] = []
    for i, j in pairs:
        if blocks and blocks[-1][0] + blocks[-1][2] == i and blocks[-1][1] + blocks[-1][2] == j:
            blocks[-1][2] += 1
        else:
            blocks.append([i, j, 1])
    kept = [block for n, block in enumerate(blocks) if block[2] > 1 or _is_anchored(block, n, blocks, len(x), len(y))]
    found: list[tuple[str, int, int, int, int]] = []
    i = j = 0
    for start_x, start_y, length in [*kept, [len(x), len(y), 0]]:
        if i < start_x or j < start_y:
            found.append(("differ", i, start_x, j, start_y))
        if length:
            found.append(("equal", start_x, start_x + length, start_y, start_y + length))
        i, j = start_x + length, start_y + length
    return found


def _is_anchored(block: Sequence[int], n: int, blocks: Sequence[Sequence[int]], len_x: int, len_y: int) -> bool:
    """Whether a single common character stands at an end of both cores or beside a stretch missing on one side only."""
    i, j, _ = block
    before = blocks[n - 1] if n else (0, 0, 0)
    gap_before = (i - before[0] - before[2], j - before[1] - before[2])
    after = blocks[n + 1] if n + 1 < len(blocks) else (len_x, len_y, 0)
    gap_after = (after[0] - i - 1, after[1] - j - 1)
    if gap_before == (0, 0) or gap_after == (0, 0):
        return True
    # Something on one side before it and on the other side after it: the two are one replacement.
    return not ((gap_before[0] or gap_after[0]) and (gap_before[1] or gap_after[1]))


def _common(x: str, y: str, weights_x: Sequence[float], weights_y: Sequence[float]) -> list[tuple[int, int]]:
    """Return the pairs of places of the heaviest common sequence; runs count a little more than scattered characters."""
    rows, columns = len(x), len(y)
    if not rows or not columns:
        return []
    # best[i][j]: heaviest from (i, j) on; run[i][j]: the same when the pair before was matched.
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    run = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        below, here, run_here, run_below = best[i + 1], best[i], run[i], run[i + 1]
        c, weight = x[i], weights_x[i]
        for j in range(columns - 1, -1, -1):
            skip = below[j] if below[j] >= here[j + 1] else here[j + 1]
            if c == y[j]:
                taken = weight + weights_y[j] + run_below[j + 1]
                here[j] = taken if taken > skip else skip
                run_here[j] = max(taken + _RUN_BONUS, skip)
            else:
                here[j] = run_here[j] = skip
    pairs: list[tuple[int, int]] = []
    i = j = 0
    in_run = False
    while i < rows and j < columns:
        value = run[i][j] if in_run else best[i][j]
        if x[i] == y[j]:
            taken = weights_x[i] + weights_y[j] + run[i + 1][j + 1] + (_RUN_BONUS if in_run else 0.0)
            if abs(taken - value) < 1e-9:
                pairs.append((i, j))
                i, j, in_run = i + 1, j + 1, True
                continue
        if abs(best[i + 1][j] - value) < 1e-9:
            i, in_run = i + 1, False
        else:
            j, in_run = j + 1, False
    return pairs


# --- context ---------------------------------------------------------------------------------------------------------


def _lift(stem: float, one: Traits, other: Traits, factors: Factors, evidence: list[Evidence]) -> float:
    """Return the likeness of the names in the light of the contents: equal ones lift it, strange ones take a little off.

    Contents copied from a neighbour are common, so they never outweigh a difference that tells two works apart.
    """
    x, y = _folded_content(one.content), _folded_content(other.content)
    if len(x) < CONTENT_LEAST or len(y) < CONTENT_LEAST:
        return stem
    likeness = _shingles_alike(x, y)
    if likeness >= 0.6:
        lifted = stem + (1 - stem) * factors.content_lift * (likeness - 0.5) / 0.5
        if any(e.code in _TELLING for e in evidence):
            lifted = max(stem, min(lifted, factors.content_lift))
        evidence.append(Evidence("likeness.content_agrees", f"{likeness:.0%}", f"{likeness:.0%}"))
        return lifted
    if likeness < 0.08:
        evidence.append(Evidence("likeness.content_differs", "", "", factors.content_other))
        return stem * factors.content_other
    return stem


_TELLING = {"likeness.place_differs", "likeness.place_finer", "likeness.contrast", "likeness.contrast_one_sided", "likeness.other_words",
            "likeness.other_head", "likeness.firm_differs"}  # fmt: skip


def _context(one: Traits, other: Traits, factors: Factors, evidence: list[Evidence]) -> float:
    """Return the factor of what stands beside the name, and add the reasons."""
    factor = 1.0
    has_one_total = bool(one.total_fen and one.total_fen == other.total_fen and one.total_fen % ROUND_FEN)
    if one.region and other.region and not _regions_agree(one.region, other.region):
        # A road through two counties may be entered in both; the same odd total then tells.
        apart = factors.region_with_one_total if has_one_total else factors.region
        evidence.append(Evidence("likeness.region_differs", one.region, other.region, apart))
        factor *= apart
    if one.location and other.location:
        likeness = _places_alike(one.location, other.location)
        if likeness < 0.5:
            evidence.append(Evidence("likeness.location_differs", one.location, other.location, factors.location))
            factor *= factors.location
        elif likeness == 1:
            evidence.append(Evidence("likeness.location_agrees", one.location, other.location))
    if one.owner and other.owner:
        if _folded_owner(one.owner) == _folded_owner(other.owner):
            evidence.append(Evidence("likeness.owner_agrees", one.owner, other.owner))
        elif _grams_alike(_folded_owner(one.owner), _folded_owner(other.owner)) < 0.5:
            evidence.append(Evidence("likeness.owner_differs", one.owner, other.owner, factors.owner))
            factor *= factors.owner
    if one.start and other.start and abs(one.start.year - other.start.year) >= STARTAPART_YEARS:
        evidence.append(Evidence("likeness.start_apart", str(one.start.year), str(other.start.year), factors.start))
        factor *= factors.start
    if has_one_total:
        evidence.append(Evidence("likeness.total_agrees", str(one.total_fen), str(other.total_fen)))
    return factor


def is_corroborated(one: Traits, other: Traits, judgement: Judgement) -> bool:
    """Return whether names that are only alike are borne out by what stands beside them, so that a person should look.

    One content or one total with one more sign (total, place, owner); or one place and owner under names of which one
    only says more than the other. The score stays what the names say.
    """
    x, y = _folded_content(one.content), _folded_content(other.content)
    has_content = len(x) >= CONTENT_NAMES_IT and x == y
    has_total = bool(one.total_fen) and one.total_fen == other.total_fen
    has_place = bool(one.location and other.location) and _places_alike(one.location, other.location) == 1
    has_owner = bool(one.owner and other.owner) and _folded_owner(one.owner) == _folded_owner(other.owner)
    signs = has_content + has_total + has_place + has_owner
    if (has_content or has_total) and signs >= 2:
        return True
    # That one name has the township before it tells nothing where both stand at one place.
    telling = _TELLING - {"likeness.place_finer"}
    return has_place and has_owner and not any(e.code in telling for e in judgement.evidence)


CONTENT_NAMES_IT = 6


def _regions_agree(x: str, y: str) -> bool:
    """Whether two written regions may be one: equal, or one ends or begins the other (新安县 in 洛阳市新安县)."""
    x, y = wording.normalise(x).replace(" ", ""), wording.normalise(y).replace(" ", "")
    return x in y or y in x


def _places_alike(x: str, y: str) -> float:
    x, y = wording.normalise(x).replace(" ", ""), wording.normalise(y).replace(" ", "")
    if x in y or y in x:
        return 1.0
    return _grams_alike(x, y)


def _folded_owner(owner: str) -> str:
    text = wording.normalise(owner)
    for start, end in reversed(wording.find_firm_words(text)):
        text = text[:start] + text[end:]
    return text.replace(" ", "") or wording.normalise(owner)


def _folded_content(content: str) -> str:
    return "".join(c for c in wording.normalise(content) if c.isalnum())


def _shingles_alike(x: str, y: str) -> float:
    """Return the Jaccard likeness of runs of four characters."""
    one = {x[i : i + 4] for i in range(len(x) - 3)}
    other = {y[i : i + 4] for i in range(len(y) - 3)}
    return len(one & other) / len(one | other)
