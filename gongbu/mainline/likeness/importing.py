"""查重 of an import: rows that are like a project on file, or like another row, are flagged and never rejected.

All rows of a file at once: the rarest keys of every name are looked up together, so that ten thousand rows cost some
dozens of statements, and only names that share most of their characters are compared in full.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from django.db import connection

from gongbu.ground.basics import reach
from gongbu.ground.basics.findings import Severity
from gongbu.ground.registers.importing.kinds import CheckContext, CheckedRow
from gongbu.mainline.likeness import index, queries, showing
from gongbu.mainline.likeness.messages import RELATIONS, say
from gongbu.mainline.likeness.rules import keys
from gongbu.mainline.likeness.rules.comparing import Judgement, Limits, Relation, Traits, compare
from gongbu.mainline.likeness.rules.names import Name, grams_of, parse
from gongbu.mainline.likeness.sounds import sound
from gongbu.mainline.projects import importing as projects
from gongbu.mainline.projects import queries as register
from gongbu.mainline.projects import traits as known

CHUNK = 500
RARE_KEYS, RARE_ROWS, RARE_IN_FILE = 4, 200, 40
"""Keys looked up of a row; a key held by more names on file, or in the file, is too common to find anybody."""
LEAST_SHARED, LEAST_ALIKE = 2, 0.55
MOST_OF_A_ROW, MOST_IN_ALL = 3, 15_000
"""Full comparisons: of one row, and of a file (about a second)."""


def take_part() -> None:
    """Take part in imports of projects (called once, when the room is ready)."""
    if check not in projects.MORE_CHECKS:
        projects.MORE_CHECKS.append(check)


def check(context: CheckContext, rows: Sequence[CheckedRow]) -> None:
    """Flag the rows that are like a project on file or an earlier row; at most one of each per row.

    The plan of a flagged row keeps which (``alike``, ``alike_row``), for a kind that lets people decide at the row.
    """
    if not rows:
        return
    limits = queries.stated_limits(_region_of(rows[0])).limits
    names = [str(row.plan["values"]["name"]) for row in rows]
    with reach.widened("likenesses are looked for everywhere; what is out of sight is told, not named"):
        left = MOST_IN_ALL - _against_register(context, rows, names, limits)
    _against_each_other(rows, names, limits, left)


def _region_of(row: CheckedRow) -> int:
    return int(row.match_key.split("|", 1)[0])


def _traits(row: CheckedRow, region: str) -> Traits:
    values = row.plan["values"]
    return Traits(
        str(values["name"]), str(values.get("owner_name") or ""), str(values.get("location") or ""), region,
        str(values.get("content") or ""), None, values.get("total_investment_fen"),
    )  # fmt: skip


# --- against the register --------------------------------------------------------------------------------------------


def _against_register(context: CheckContext, rows: Sequence[CheckedRow], names: Sequence[str], limits: Limits) -> int:
    """Flag what is on file; return how many comparisons it took."""
    wanted = [keys.name_keys(name) for name in names]
    counts = _counts(set().union(*wanted))
    chosen = [_rarest(own, counts) for own in wanted]
    holders = _holders(set().union(*chosen))
    candidates: dict[int, list[int]] = {}
    for n, own in enumerate(chosen):
        shared = Counter(name_id for key in own for name_id in holders.get(key, ()))
        least = min(LEAST_SHARED, len(own))
        if likely := [name_id for name_id, count in shared.most_common(MOST_OF_A_ROW * 3) if count >= least]:
            candidates[n] = likely
    texts = _texts({name_id for found in candidates.values() for name_id in found})
    close = {n: _closest(names[n], found, texts) for n, found in candidates.items()}
    on_file = {t.id: t for t in _chunked_traits({texts[i][0] for found in close.values() for i in found})}
    regions = queries.regions_by_key({t.region_key for t in on_file.values()} | {_region_of(rows[n]) for n in close})
    done = 0
    flagged: dict[int, tuple[Judgement, known.Traits]] = {}
    for n, found in close.items():
        best: tuple[Judgement, known.Traits] | None = None
        for name_id in found:
            project_id, text = texts[name_id]
            if (traits := on_file.get(project_id)) is None or done >= MOST_IN_ALL:
                continue
            done += 1
            here, there = regions.get(_region_of(rows[n])), regions.get(traits.region_key)
            told = queries.told_regions(here, there)
            other = queries.as_rules_see(traits, text, told[1])
            judgement = compare(_traits(rows[n], told[0]), other, limits, sound)
            if judgement.relation not in _TOLD:
                continue
            if best is None or _weight(judgement) > _weight(best[0]):
                best = judgement, traits
        if best:
            flagged[n] = best
    ids = {traits.id for _judgement, traits in flagged.values()}
    visible = register.get_visible_ids(ids, context.actor) if ids else set()
    for n, (judgement, traits) in flagged.items():
        if traits.id not in visible and judgement.relation is not Relation.SAME:
            continue
        if traits.id not in visible:  # what is out of sight is told, not named
            _flag(rows[n], "likeness.import_similar_hidden", judgement, with_words=False)
            continue
        code = "likeness.import_similar" if judgement.relation is Relation.SAME else "likeness.import_other_part"
        _flag(rows[n], code, judgement, name=traits.name, relation=RELATIONS[judgement.relation])
        rows[n].plan["alike"] = {"project": traits.id, "name": traits.name}
    return done


_TOLD = (Relation.SAME, Relation.OTHER_PHASE, Relation.OTHER_SECTION)


def _weight(judgement: Judgement) -> tuple[bool, float]:
    """Return what makes one likeness worth telling before another: the same project before another part of one."""
    return judgement.relation is Relation.SAME, judgement.score


def _rarest(own: Collection[int], counts: Mapping[int, int]) -> list[int]:
    usable = sorted((counts[key], key) for key in own if 0 < counts.get(key, 0) <= RARE_ROWS)
    return [key for _, key in usable[:RARE_KEYS]]


def _chunks(values: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]


def _counts(wanted: Collection[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for chunk in _chunks(wanted):
        found.update(queries.count_rows(chunk))
    return found


def _holders(wanted: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    with connection.cursor() as cursor:
        for chunk in _chunks(wanted):
            marks = ", ".join(["%s"] * len(chunk))
            cursor.execute(f"SELECT gram, name_id FROM likeness_gram WHERE gram IN ({marks})", chunk)  # noqa: S608
            for key, name_id in cursor.fetchall():
                found[key].append(name_id)
    return found


def _texts(name_ids: Collection[int]) -> dict[int, tuple[int, str]]:
    found: dict[int, tuple[int, str]] = {}
    for chunk in _chunks(name_ids):
        rows = index.names().filter(pk__in=chunk)
        found.update({pk: (project_id, text) for pk, project_id, text in rows.values_list("pk", "project_id", "text")})
    return found


def _chunked_traits(project_ids: Collection[int]) -> Iterator[known.Traits]:
    for chunk in _chunks(project_ids):
        yield from known.list_traits(chunk)


def _closest(name: str, found: Sequence[int], texts: Mapping[int, tuple[int, str]]) -> list[int]:
    """Return the few candidates that share most characters and whose marks do not tell them apart at once."""
    parts = parse(name)
    scored = [(_alike(parts, parse(texts[i][1]), with_phases=True), i) for i in found if i in texts]
    return [i for score, i in sorted(scored, reverse=True)[:MOST_OF_A_ROW] if score >= LEAST_ALIKE]


def _alike(one: Name, other: Name, *, with_phases: bool = False) -> float:
    """Return the Dice likeness of pairs of characters; 0 when a mark both state tells the two apart.

    ``with_phases``: other phases of one project are wanted too.
    """
    for mine, theirs in (
        (one.codes, other.codes),
        *(() if with_phases else ((one.phases, other.phases),)),
        (one.sections, other.sections),
        (one.years, other.years),
    ):
        if mine and theirs and not mine & theirs:
            return 0.0
    a, b = grams_of(one), grams_of(other)
    return 2 * len(a & b) / (len(a) + len(b))


# --- against each other ----------------------------------------------------------------------------------------------


def _against_each_other(rows: Sequence[CheckedRow], names: Sequence[str], limits: Limits, left: int) -> None:
    """Flag a row that is like an earlier one of the same region; equal names are the importer's own business."""
    parts = [parse(name) for name in names]
    grams = [grams_of(p) for p in parts]
    held: dict[str, int] = Counter(gram for own in grams for gram in own)
    seen: dict[str, list[int]] = defaultdict(list)
    for n, own in enumerate(grams):
        rare = sorted((held[gram], gram) for gram in own if 1 < held[gram] <= RARE_IN_FILE)[: RARE_KEYS * 2]
        shared = Counter(earlier for _, gram in rare for earlier in seen[gram])
        for gram in own:
            if 1 < held[gram] <= RARE_IN_FILE:
                seen[gram].append(n)
        least = min(LEAST_SHARED, len(rare))
        for earlier, count in shared.most_common(MOST_OF_A_ROW):
            if left <= 0:
                return
            if count < least or names[n] == names[earlier] or _region_of(rows[n]) != _region_of(rows[earlier]):
                continue
            if _alike(parts[n], parts[earlier]) < LEAST_ALIKE:
                continue
            left -= 1
            judgement = compare(_traits(rows[n], ""), _traits(rows[earlier], ""), limits, sound)
            if judgement.relation is Relation.SAME:
                _flag(rows[n], "likeness.import_similar_row", judgement, name=names[earlier], row=rows[earlier].number)
                rows[n].plan["alike_row"] = {
                    "number": rows[earlier].number, "name": names[earlier], "key": rows[earlier].match_key,
                }  # fmt: skip
                break


def _flag(flagged: CheckedRow, code: str, judgement: Judgement, /, with_words: bool = True, **data: object) -> None:
    why = "；".join(say(e) for e in judgement.evidence[:3]) if with_words else ""
    flagged.find(code, "name", Severity.FLAG, score=showing.percent(judgement.score), why=why, **data)
