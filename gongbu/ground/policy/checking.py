"""Check packs beyond their shape: proofs of tables, references between packs, statutory limits, golden cases."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.policy.loading import PACKS_DIR, load_pack, read_packs
from gongbu.ground.policy.reading import Document, Fault, PackFaults
from gongbu.ground.policy.rules import resolution
from gongbu.ground.policy.rules.dated import find_loosening
from gongbu.ground.policy.rules.grid import Flaw, Grid
from gongbu.ground.policy.rules.policy import Pack, Policy
from gongbu.ground.policy.rules.scoring import Sheet, as_hundredths, check_marks, rank
from gongbu.ground.policy.rules.tables import ORDERED, UNDETERMINED, Input, Table, bounds_of
from gongbu.ground.policy.rules.values import as_json, parse_decimal
from gongbu.ground.policy.schemas import CaseIn, CasesIn
from gongbu.ground.policy.table_reading import read_fact


@dataclass
class Report:
    """What a check found: faults stop a pack, notes do not; and how much was looked at."""

    packs: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    parameters: int = 0
    versions: int = 0
    tables: int = 0
    scorecards: int = 0
    boxes: int = 0
    cases: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing stops the packs from being used."""
        return not self.faults

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {
            "ok": self.ok,
            "packs": self.packs,
            "parameters": self.parameters,
            "versions": self.versions,
            "tables": self.tables,
            "scorecards": self.scorecards,
            "boxes": self.boxes,
            "cases": self.cases,
            "faults": [fault.as_dict() for fault in self.faults],
            "notes": [note.as_dict() for note in self.notes],
        }


def read_folder(folder: Path) -> tuple[dict[str, Pack], list[str]]:
    """Load a folder of packs, or one pack among the installed ones; return all packs and the keys to check.

    :raises PackFaults: a pack cannot be read
    """
    folder = folder.resolve()
    if not (folder / "pack.yaml").exists():
        packs = dict(read_packs(folder))
        return packs, list(packs)
    if folder.parent == PACKS_DIR:
        return dict(read_packs(PACKS_DIR)), [folder.name]
    packs = dict(read_packs(PACKS_DIR))
    codes = {name: codes for pack in packs.values() for name, codes in pack.code_lists.items()}
    pack = load_pack(folder, codes)
    return {**packs, pack.key: pack}, [pack.key]


def check_folder(folder: Path = PACKS_DIR) -> Report:
    """Check every pack of a folder, or one pack folder."""
    try:
        packs, keys = read_folder(folder)
    except PackFaults as error:
        return Report(faults=list(error.faults))
    return check_packs(packs, keys)


def check_packs(packs: Mapping[str, Pack], keys: Sequence[str] | None = None) -> Report:
    """Check the named packs (all by default) among ``packs``."""
    report = Report(packs=list(keys or packs))
    for key in report.packs:
        pack = packs[key]
        report.parameters += len(pack.parameters)
        report.versions += sum(len(parameter.versions) for parameter in pack.parameters.values())
        report.tables += sum(len(versions) for versions in pack.tables.values())
        report.scorecards += sum(len(versions) for versions in pack.scorecards.values())
        report.faults += _references(pack, packs)
        report.faults += _proofs(pack, report)
        faults, notes = _limits(pack, packs)
        report.faults += faults
        report.notes += notes
    report.faults += _doubled_keys(packs, set(report.packs))
    if report.ok:  # cases of a pack with broken tables would only repeat the faults
        for key in report.packs:
            faults, count = _cases(packs[key], packs)
            report.faults += faults
            report.cases += count
            report.notes += _uncovered(packs[key])
    return report


def below(pack: Pack, packs: Mapping[str, Pack]) -> list[Pack]:
    """Return the pack and everything it stands over, nearest first."""
    found = [pack]
    for one in found:
        found += [packs[key] for key in one.over if key in packs and packs[key] not in found]
    return found


def _tables(pack: Pack) -> Iterator[Table]:
    for versions in pack.tables.values():
        yield from versions


def _proofs(pack: Pack, report: Report) -> list[Fault]:
    faults = []
    for table in _tables(pack):
        if not table.rows:
            continue
        try:
            grid = Grid(table)
        except Refusal as error:
            faults.append(
                Fault(
                    table.file,
                    table.line,
                    table.key,
                    f"展开后有 {error.data['boxes']} 种组合，无法证明完备",
                    "拆成两张表",
                )
            )
            continue
        report.boxes += grid.rows.size
        faults += [_flaw_fault(table, flaw) for flaw in grid.flaws()]
    return faults


def _flaw_fault(table: Table, flaw: Flaw) -> Fault:
    if flaw.kind == "hole":
        return Fault(
            table.file, flaw.line, table.key, f"没有一行覆盖这种情形：{flaw.example}", "补一行，或改正相邻两行的界限"
        )
    if flaw.kind == "overlap":
        rows = "、".join(flaw.rows)
        return Fault(
            table.file,
            flaw.line,
            table.key,
            f"第 {rows} 行同时命中：{flaw.example}",
            "改正界限使每种情形只命中一行，或把 hit 改为 FIRST",
        )
    return Fault(
        table.file, flaw.line, table.key, f"第 {flaw.rows[0]} 行永远不会命中", "删去此行，或移到遮住它的行之前"
    )


def _references(pack: Pack, packs: Mapping[str, Pack]) -> list[Fault]:
    faults = []
    head = f"{pack.key}/pack.yaml"
    for over in pack.over:
        if over not in packs:
            faults.append(Fault(head, 1, "over", f"没有制度包 {over}", "改为已有的制度包，或删去"))
    reach = {key: versions for one in reversed(below(pack, packs)) for key, versions in one.tables.items()}
    for table in _tables(pack):
        for item in table.inputs.values():
            if item.decided_by is not None:
                faults += _decided_by(table, item, reach)
        if table.superior is not None:
            faults += _superior(table, reach)
    faults += _cycles(pack, reach)
    for table in _tables(pack):
        for item in table.inputs.values():
            other = _other_type(item, table, reach)
            if other is not None:
                faults.append(
                    Fault(
                        table.file,
                        table.line,
                        f"inputs.{item.key}",
                        f"类型 {item.type} 与 {other.key} 中的 {other.inputs[item.key].type} 不同",
                        "同一字段在各表中类型须相同",
                    )
                )
    return faults


def _other_type(item: Input, table: Table, reach: Mapping[str, tuple[Table, ...]]) -> Table | None:
    for versions in reach.values():
        for other in versions:
            if other is not table and item.key in other.inputs and other.inputs[item.key].type != item.type:
                return other
    return None


def _decided_by(table: Table, item: Input, reach: Mapping[str, tuple[Table, ...]]) -> list[Fault]:
    place = f"inputs.{item.key}.decided_by"
    if item.decided_by is None or item.decided_by not in reach:
        return [Fault(table.file, table.line, place, f"没有决策表 {item.decided_by}", f"改为：{'、'.join(reach)}")]
    codes = {code for version in reach[item.decided_by] for code in version.outputs if code != UNDETERMINED}
    if codes != set(item.choices):
        return [
            Fault(
                table.file,
                table.line,
                f"inputs.{item.key}.choices",
                f"与 {item.decided_by} 的结果不一致",
                f"写成：{'、'.join(sorted(codes))}",
            )
        ]
    return []


def _superior(table: Table, reach: Mapping[str, tuple[Table, ...]]) -> list[Fault]:
    superior = table.superior
    assert superior is not None
    if superior.table not in reach:
        return [
            Fault(
                table.file,
                table.line,
                "superior.table",
                f"没有上位决策表 {superior.table}",
                f"改为：{'、'.join(reach)}",
            )
        ]
    faults = []
    lawful = {code for version in reach[superior.table] for code in version.outputs}
    local = {row.then for row in table.rows} - {UNDETERMINED}
    for code in sorted(lawful | {UNDETERMINED}):
        if not local <= superior.permits.get(code, frozenset()) and code not in superior.otherwise:
            faults.append(
                Fault(
                    table.file,
                    table.line,
                    f"superior.otherwise.{code}",
                    f"上位法结论为 {code} 时没有写明怎样处理",
                    "在 permits 中列出允许的本地结论，或在 otherwise 中写明依法应为的结论",
                )
            )
    for name in (set(superior.permits) | set(superior.otherwise)) - lawful - {UNDETERMINED}:
        faults.append(
            Fault(
                table.file,
                table.line,
                f"superior.permits.{name}",
                f"{superior.table} 没有结论 {name}",
                f"改为：{'、'.join(sorted(lawful))}",
            )
        )
    return faults


def _cycles(pack: Pack, reach: Mapping[str, tuple[Table, ...]]) -> list[Fault]:
    faults = []
    for table in _tables(pack):
        seen: set[str] = set()
        todo = list(_needs(table))
        while todo:
            key = todo.pop()
            if key == table.key:
                faults.append(
                    Fault(
                        table.file,
                        table.line,
                        table.key,
                        "决策表绕一圈又取决于自己",
                        "去掉其中一处 decided_by 或 superior",
                    )
                )
                break
            if key not in seen:
                seen.add(key)
                todo += [need for version in reach.get(key, ()) for need in _needs(version)]
    return faults


def _needs(table: Table) -> Iterator[str]:
    yield from (item.decided_by for item in table.inputs.values() if item.decided_by is not None)
    if table.superior is not None:
        yield table.superior.table


def _doubled_keys(packs: Mapping[str, Pack], checked: set[str]) -> list[Fault]:
    faults = []
    names = list(packs)
    for index, one in enumerate(names):
        for other in names[index + 1 :]:
            shared = packs[one].keys & packs[other].keys
            ordered = packs[other] in below(packs[one], packs) or packs[one] in below(packs[other], packs)
            if shared and not ordered and {one, other} & checked:
                faults.append(
                    Fault(
                        f"{other}/pack.yaml",
                        1,
                        "over",
                        f"与 {one} 都规定了 {'、'.join(sorted(shared)[:3])}，没有先后次序",
                        f"在 over 中写明高于 {one}，或换一个键",
                    )
                )
    return faults


def _limits(pack: Pack, packs: Mapping[str, Pack]) -> tuple[list[Fault], list[Fault]]:
    faults: list[Fault] = []
    notes: list[Fault] = []
    for superior in below(pack, packs)[1:]:
        for key in pack.parameters.keys() & superior.parameters.keys():
            for level in pack.levels:
                for loose in find_loosening(pack.parameters[key], superior.parameters[key], level):
                    near, far = resolution.Placed(pack.key, level, 0), resolution.Placed(superior.key, "NATION", 1)
                    data = resolution.loosening_data(near, far, loose, packs)
                    found = (
                        f"定为 {data['local']}（{data['local_basis']}），放宽了法定{data['direction']} "
                        f"{data['superior']}（{data['superior_basis']}）"
                    )
                    fault = Fault(
                        pack.parameters[key].file,
                        loose.local.line,
                        key,
                        found,
                        "从严，或写明法定授权（在上位值的 delegated_to 之内）",
                    )
                    target = faults if loose.locked else notes
                    if fault not in target:
                        target.append(fault)
    return faults, notes


# -- golden cases ------------------------------------------------------------------------------------------------------


def _cases(pack: Pack, packs: Mapping[str, Pack]) -> tuple[list[Fault], int]:
    policy = Policy(below(pack, packs))
    faults: list[Fault] = []
    count = 0
    for document, file in pack.extras["cases"]:
        named = {name: key for name in ("table", "parameter", "scorecard") if (key := getattr(file, name)) is not None}
        if len(named) != 1:
            faults.append(document.fault(file.at, "应写明 table、parameter 或 scorecard 之一", "只写其中一个"))
            continue
        name, key = next(iter(named.items()))
        if key not in pack.keys:
            faults.append(document.fault((*file.at, name), f"本包没有 {key}", "改为本包的键"))
            continue
        for index, case in enumerate(file.cases):
            count += 1
            found = run_case(policy, file, case)
            if found:
                faults.append(
                    Fault(
                        document.file,
                        document.line((*file.at, "cases", index)),
                        f"cases[{index + 1}]",
                        f"“{case.name}”{found}",
                        "核对原文后改正规则或样例",
                    )
                )
    return faults, count


def run_case(policy: Policy, file: CasesIn, case: CaseIn) -> str:
    """Return what is wrong with a case, or an empty string when the pack answers as expected."""
    expect = dict(case.expect)
    refused = expect.pop("refused", None)
    try:
        got = _answer(policy, file, case)
    except Refusal as error:
        return "" if error.code == refused else f"应为 {case.expect}，实际被拒绝（{error.code}）"
    except ValueError as error:
        return f"的事实写错了：{error}"
    if refused is not None:
        return f"应被拒绝（{refused}），实际得到 {got.get('value')}"
    for key, wanted in expect.items():
        if key not in got:
            return f"的 expect 中有不认识的键 {key}（可用：{'、'.join(got)}、refused）"
        actual = got[key]
        wanted = wanted.isoformat() if hasattr(wanted, "isoformat") else wanted
        if actual != wanted and str(actual) != str(wanted):
            return f"的 {key} 应为“{wanted}”，实际为“{actual}”"
    return ""


def _answer(policy: Policy, file: CasesIn, case: CaseIn) -> dict[str, Any]:
    if file.parameter is not None:
        found = policy.at(file.parameter, case.on, for_=case.for_)
        answer = {"value": as_json(found.value), "words": found.words, "article": found.basis.article}
        return {**answer, "items": len(found.value)} if isinstance(found.value, tuple) else answer
    if file.scorecard is not None:
        return _scored(policy, file.scorecard, case)
    assert file.table is not None
    facts = {key: typed_fact(policy, file.table, case, key, raw) for key, raw in case.given.items()}
    decision = policy.decide(file.table, facts, case.on)
    return {
        "value": decision.value,
        "row": decision.row,
        "label": decision.label,
        "reason": decision.reason,
        "explanation": decision.explanation,
        "conflicts": len(decision.conflicts),
        "article": decision.basis.article,
    }


def _scored(policy: Policy, key: str, case: CaseIn) -> dict[str, Any]:
    """Return what a scorecard makes of a case's sheets: ``given: {sheets: [["85", …], …]}``, marks in the card's order.

    :raises ValueError: a sheet that the card does not take
    """
    _, card = policy.scorecard(key, case.on)
    sheets = []
    for number, texts in enumerate(case.given.get("sheets", []), 1):
        marks = {one.key: parse_decimal(str(text)) for one, text in zip(card.dimensions, texts, strict=True)}
        if flaws := check_marks(card, marks):
            raise ValueError(f"第 {number} 张评分表：{'；'.join(f'{f.code} {f.data}' for f in flaws)}")
        sheets.append(Sheet(1, number, as_hundredths(card, marks)))
    found = rank(card, [1], sheets).standings[0]
    value = "TOO_FEW" if not found.is_ranked else "PASSED" if found.passes else "FAILED"
    return {
        "value": value, "score": None if found.score is None else f"{found.score:f}", "scorers": found.scorers,
        "left_out": len(found.left_out), "means": [f"{mean:f}" for mean in found.means],
        "article": card.basis.article,
    }  # fmt: skip


def typed_fact(policy: Policy, table_key: str, case: CaseIn, key: str, raw: Any) -> Any:
    """Return a case's fact, money and ratios written as in a pack.

    :raises ValueError: not of the input's type
    """
    for item in all_inputs(policy, table_key, case.on):
        if key in (item.key, *item.aliases) and isinstance(raw, str) and item.type in ORDERED:
            return read_fact(item.type, raw)
    return raw


def all_inputs(policy: Policy, table_key: str, on: Any) -> list[Input]:
    """Return the inputs a caller may give for a table: its own and those of the tables it draws on."""
    found: dict[str, Input] = {}
    todo = [table_key]
    seen = set()
    while todo:
        key = todo.pop()
        if key in seen:
            continue
        seen.add(key)
        _, table = policy.table(key, on)
        for item in table.inputs.values():
            if item.decided_by is None:
                found.setdefault(item.key, item)
        todo += list(_needs(table))
    return list(found.values())


def _uncovered(pack: Pack) -> list[Fault]:
    """Note every bound of a table that the golden cases do not walk on both sides, and dates not walked."""
    notes = []
    scored = {file.scorecard for _, file in pack.extras["cases"]}
    for key, cards in pack.scorecards.items():
        if key not in scored:
            notes.append(Fault(cards[0].file, cards[0].line, key, "没有评分样例", "补一例写明算式的评分"))
    for key, versions in pack.tables.items():
        files = [(d, f) for d, f in pack.extras["cases"] if f.table == key]
        for table in versions:
            if not table.rows:
                continue
            for name, item in table.inputs.items():
                if item.type in ORDERED and item.decided_by is None:
                    notes += _uncovered_bounds(table, name, item, files)
            days = {case.on for _, file in files for case in file.cases}
            if table.effective_from not in days or not any(day < table.effective_from for day in days):
                notes.append(
                    Fault(
                        table.file,
                        table.line,
                        key,
                        f"没有样例走过施行日 {table.effective_from} 的前后",
                        "补前一日和当日两例",
                    )
                )
            reached = {case.expect.get("row") for _, file in files for case in file.cases if "row" in case.expect}
            missing = [row.id for row in table.rows if row.id not in reached]
            if missing:
                notes.append(
                    Fault(
                        table.file,
                        table.line,
                        key,
                        f"没有样例写明命中第 {'、'.join(missing)} 行",
                        "每行至少一例，写明 row",
                    )
                )
    return notes


def _uncovered_bounds(table: Table, name: str, item: Input, files: Sequence[tuple[Document, CasesIn]]) -> list[Fault]:
    """Note the bounds of a table without a case on the point itself and one on the other side of it.

    For whole numbers and days the two are neighbours (差 1 分); a bound of the domain needs the point inside only.
    """
    given: set[Any] = set()
    for _, file in files:
        for case in file.cases:
            raw = next((case.given[key] for key in (name, *item.aliases) if key in case.given), None)
            if raw is not None:
                given.add(read_fact(item.type, raw))
    rows = replace(item, domain=None)
    inner = set(bounds_of(replace(table, inputs={**table.inputs, name: rows}), name))
    notes = []
    for bound in bounds_of(table, name):
        point: Any = bound[0]
        if item.type == "ratio":
            walked = point in given and any(fact < point if bound[1] == 0 else fact > point for fact in given)
        else:
            walked = point in given and (bound not in inner or _neighbour(point) in given)
        if not walked:
            found = f"没有样例走过界限 {item.words(point)} 的两侧"
            notes.append(Fault(table.file, table.line, f"inputs.{name}", found, "补界限本身和紧邻另一侧的样例"))
    return notes


def _neighbour(point: Any) -> Any:
    return date.fromordinal(point.toordinal() - 1) if isinstance(point, date) else point - 1
