"""储备项目 and 我的申报: the registers over the flat files."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from django.http import HttpRequest
from markupsafe import Markup, escape

from gongbu.ground.basics import clock
from gongbu.ground.ledger import queries as ledger
from gongbu.ground.registers.columns import Column, badge
from gongbu.ground.registers.filters import ChoiceFilter, RangeFilter, RegionFilter, TextFilter
from gongbu.ground.registers.jinja import NOT_REPORTED, UNKNOWN
from gongbu.ground.registers.register import BatchAction, Button, Empty, Register, Tabs
from gongbu.mainline.projects import withholding
from gongbu.mainline.projects.choices import EarlyStage, FundingNature, Stage
from gongbu.mainline.reserve import movement, priorities, queries, readiness
from gongbu.mainline.reserve.choices import Attention, FileState, Industry, LibraryKind, Step
from gongbu.mainline.reserve.models import Library
from gongbu.mainline.reserve.readiness import Kind
from gongbu.mainline.reserve.system import PRIORITIES, system_of

STATE_TONES = {
    "IN": "good",
    "TOWNSHIP": "info",
    "PENDING": "wait",
    "RETURNED": "warn",
    "REFUSED": "bad",
    "WITHDRAWN": "off",
}
ATTENTION_TONES = {"RENEWAL": "wait", "STALE": "warn", "STARTED": "warn", "CLOSED": "off"}
_FIELDS = {kind: f"{kind.lower()}_id" for kind in LibraryKind.values}
_ATTENTION = {code: badge(label.partition("，")[0], ATTENTION_TONES[code]) for code, label in Attention.choices}
_STATE = {code: badge(label, STATE_TONES[code]) for code, label in FileState.choices}
_KINDS = dict(LibraryKind.choices)
_EARLY, _STAGE, _STEPS = dict(EarlyStage.choices), dict(Stage.choices), dict(Step.choices)


def _show_libraries(_value: Any, row: Mapping[str, Any]) -> Any:
    held = [_KINDS[kind].removesuffix("库") for kind, name in _FIELDS.items() if row[name]]
    return "、".join(held) or UNKNOWN


def _show_state(value: Any, row: Mapping[str, Any]) -> Any:
    shown = _STATE[value]
    if row["step"] and value not in (FileState.RETURNED,):
        shown += Markup(' <span class="g-sub">{}</span>').format(_STEPS[row["step"]])
    return shown + Markup(" ") + _ATTENTION[row["attention"]] if row["attention"] else shown


def _show_early(value: Any, row: Mapping[str, Any]) -> Any:
    if row["stage"] != Stage.RESERVE:
        return _STAGE[row["stage"]]
    return escape(_EARLY[value]) if value else NOT_REPORTED


def show_ready(value: Any, row: Mapping[str, Any]) -> Any:
    """Return how far a project is: preparatory matters done first, then what the file tells."""
    prepared, facts = (len(readiness.matters(kind)) for kind in (Kind.PREPARATORY, Kind.FACT))
    shown = Markup(
        '<span title="前期事项 {0}/{1}，档案内容 {2}/{3}">{0}/{1}<span class="rs-prio-more">，档案 {2}/{3}</span></span>'
    )
    return shown.format(value, prepared, row["facts_count"], facts)


def _show_chain(value: Any, _row: Mapping[str, Any]) -> Any:
    return CHAINS.get(value, value) or UNKNOWN


class _ChainLabels(dict[str, str]):
    """Codes and names of every installed pack's chains, read when first asked."""

    def get(self, key: str, default: Any = None) -> Any:
        """Return the name of a chain."""
        if not self:
            from gongbu.ground.policy.queries import packs
            from gongbu.mainline.reserve.system import CHAINS as KEY

            for pack in packs().values():
                if KEY in pack.parameters:
                    self.update(
                        {code: label for code, label in pack.parameters[KEY].choices.items() if code not in self}
                    )
        return super().get(key, default)


CHAINS = _ChainLabels()


def show_priorities(value: Any, _row: Mapping[str, Any] | None = None) -> Any:
    """Return one mark per priority of the packs: filled when it is arranged; the words stand in title, drawer and file."""
    marks = []
    for name, day in priorities.unpack(value or ""):
        said = f"{day} 安排" if day else priorities.NOT_YET
        mark = Markup(
            '<span class="rs-prio{}" title="{}：{}"><span>{}<span class="rs-prio-rest">{}</span></span>'
            '<span class="rs-prio-more"> {}</span></span>'
        )
        marks.append(mark.format(" rs-prio-done" if day else "", name, said, name[:1], name[1:], said))
    return Markup('<span class="rs-prio-more">；</span>').join(marks) if marks else UNKNOWN


# One narrow column each; the words by which the priority of a pack is known for it (as ``priorities.Source`` says).
_PRIORITY_COLUMNS = (
    ("专班", "专班调度", ("专班",)), ("前期费", "前期费", ("前期费",)), ("国省资金", "申报国省资金", ("国省资金",)),
    ("土地", "土地资源", ("土地",)), ("能耗环境", "节能减排、用水、用能指标", ("节能", "用能", "能耗", "环境")),
)  # fmt: skip


def _is_of(words: tuple[str, ...], name: str) -> bool:
    return any(word in name for word in words)


def _show_priority(words: tuple[str, ...]) -> Callable[[Any, Mapping[str, Any]], Any]:
    """Return what shows one priority: a tick when it is arranged, a dot when not yet, a dash where no pack names it."""

    def show(value: Any, _row: Mapping[str, Any]) -> Any:
        found = [(name, day) for name, day in priorities.unpack(value or "") if _is_of(words, name)]
        if not found:
            return UNKNOWN
        name, day = found[0]
        said = f"{day} 安排" if day else priorities.NOT_YET
        mark = Markup('<span class="rs-tick{}" title="{}：{}"><span class="rs-said">{}</span></span>')
        return mark.format(" rs-tick-done" if day else "", name, said, said)

    return show


def _show_other_priorities(value: Any, _row: Mapping[str, Any]) -> Any:
    known = [words for _, _, words in _PRIORITY_COLUMNS]
    pairs = [(name, day) for name, day in priorities.unpack(value or "") if not any(_is_of(w, name) for w in known)]
    return "；".join(f"{name} {f'{day} 安排' if day else priorities.NOT_YET}" for name, day in pairs) or UNKNOWN


def _holder(request: HttpRequest) -> Any:
    """Return the person's county; read once a request (3 queries)."""
    if not hasattr(request, "reserve_holder"):
        request.reserve_holder = queries.find_holder(request.actor)  # type: ignore[attr-defined]
    return request.reserve_holder  # type: ignore[attr-defined]


def _known(request: HttpRequest) -> list[Library]:
    """Return the libraries of the person's county; read once a request (3 queries)."""
    if not hasattr(request, "reserve_libraries"):
        holder = _holder(request)
        request.reserve_libraries = queries.list_libraries(holder) if holder is not None else []  # type: ignore[attr-defined]
    found: list[Library] = request.reserve_libraries  # type: ignore[attr-defined]
    return found


def _libraries(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the choices of the library filters; one of another county in sight comes with its address."""
    found = [(str(row.pk), row.name) for row in _known(request)]
    for key in ("library", "held"):
        wanted = request.GET.get(key, "")
        if wanted.isdecimal() and len(wanted) < 18 and wanted not in dict(found):
            found += [(str(pk), name) for pk, name in queries.library_names([int(wanted)]).items()]
    return found


def _by_library(rows: Any, value: str) -> Any:
    return queries.held_by(rows, int(value), or_waiting=True)


def _by_held(rows: Any, value: str) -> Any:
    return queries.held_by(rows, int(value))


def _by_kind(rows: Any, value: str) -> Any:
    return rows.filter(**{f"{_FIELDS[value]}__isnull": False})


def _by_counted(rows: Any, value: str) -> Any:
    return rows.filter(is_counted=value == "YES")


def _by_doubted(rows: Any, _value: str) -> Any:
    return rows.filter(is_doubted=True)


def _by_step(rows: Any, value: str) -> Any:
    return rows.filter(step=value).exclude(state=FileState.RETURNED)


def _by_ready(rows: Any, value: str) -> Any:
    return rows.filter(ready_count__gte=int(value))


def _by_priority(rows: Any, value: str) -> Any:
    if value == "NONE":
        return rows.exclude(priorities="").exclude(priorities__contains="=")
    kind, _, name = value.partition(":")
    return rows.filter(priorities__contains=(priorities.is_arranged if kind == "YES" else priorities.is_open)(name))


def _priority_choices(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the choices of the priorities that the packs of the person's county name; nothing without any."""
    holder = _holder(request)
    names = system_of(holder, clock.today()).texts(PRIORITIES) if holder is not None else ()
    if not names:
        return []
    found = [(f"YES:{name}", f"已安排：{name}") for name in names]
    found += [(f"NO:{name}", f"尚未安排：{name}") for name in names]
    return [*found, ("NONE", "一项都没有安排")]


def _by_batch(rows: Any, value: str) -> Any:
    return rows.filter(batch_id=int(value)) if value.isdecimal() and len(value) < 18 else rows.none()


def _by_sector(rows: Any, value: str) -> Any:
    return rows.filter(sector=value)


def _sectors(request: HttpRequest) -> list[tuple[str, str]]:
    return [(row.scope, row.scope) for row in _known(request) if row.kind == LibraryKind.SECTOR]


def _chains(_request: HttpRequest) -> list[tuple[str, str]]:
    CHAINS.get("")
    return list(CHAINS.items())


def _ready_choices(_request: HttpRequest) -> list[tuple[str, str]]:
    most = len(readiness.matters(Kind.PREPARATORY))
    return [(str(n), f"前期已办 {n} 项以上（共 {most} 项）") for n in range(1, most + 1)]


def _stamp(_request: HttpRequest) -> Hashable:
    """Every act leaves an entry, so the newest one tells whether counts may have changed; a minute is the longest."""
    return ledger.newest_entry_id(), int(clock.now().timestamp()) // 60


COLUMNS = [
    Column("name", "项目名称", title=True, frozen=True, link=True, sort="sort_key", width=20),
    Column("state", "储备状态", kind="code", show=_show_state, needs=("step", "attention"), phone="state"),
    Column("general_id", "所在储备库", kind="code", show=_show_libraries, needs=tuple(_FIELDS.values())),
    Column("sector", "行业归口", kind="code", width=8, phone="hide"),
    Column("early_stage", "阶段", kind="code", show=_show_early, needs=("stage",)),
    Column("total_investment_fen", "总投资", kind="wan", sort=True, unknown=NOT_REPORTED, phone="keep"),
    Column(
        "ready_count",
        "前期成熟度",
        kind="code",
        show=show_ready,
        needs=("facts_count",),
        sort="ready_order",
        phone="keep",
    ),
    *(
        Column(
            f"priority_{n}",
            label,
            kind="mark",
            of="priorities",
            hint=f"入库优先事项：{hint}",
            show=_show_priority(words),
            phone="hide",
        )
        for n, (label, hint, words) in enumerate(_PRIORITY_COLUMNS, 1)
    ),
    Column("priority_other", "其他优先事项", kind="code", of="priorities", show=_show_other_priorities, listed=False),
    Column("priorities", "优先安排", kind="code", show=show_priorities, phone="only", exported=False),
    Column("declared_unit_name", "申报单位", width=9, listed=False),
    Column("declared_on", "申报日期", kind="date", sort=True, listed=False),
    Column("renew_by_on", "续报期限", kind="date", sort=True),
    Column("region_name", "主管区划", listed=False),
    Column("chain", "产业链", show=_show_chain, listed=False),
    Column("owner_name", "建设单位", listed=False, unknown=NOT_REPORTED),
    Column("funding_nature", "资金性质", kind="choice", choices=FundingNature, listed=False),
    Column("industry", "产业类", kind="choice", choices=Industry, listed=False),
    Column("in_on", "入库日期", kind="date", listed=False),
    Column("renewed_on", "最近续报", kind="date", listed=False),
    Column("step_since_on", "进入当前步骤", kind="date", listed=False),
]
_NEED = ChoiceFilter("attention", "待处理", "attention", Attention)
_STEP = ChoiceFilter(
    "step",
    "当前步骤",
    "step",
    [(s, label) for s, label in Step.choices if s not in ("DECLARED", "ADMITTED")],
    apply=_by_step,
)

FILES = Register(
    key="reserve",
    title="储备项目",
    act="reserve.view",
    subtitle=Markup(
        '一个项目一份档案，在几个库也只计一次。<span class="rs-legend">入库优先事项：✓ 已安排，○ 尚未安排，— 没有列明。</span>'
    ),
    source=lambda request: queries.list_files(request.actor),  # type: ignore[attr-defined]
    columns=COLUMNS,
    filters=[
        TextFilter("q", "关键字", fields=["search"], placeholder="名称、代码、建设单位", apply=queries.search),
        ChoiceFilter("library", "储备库", "general_id", _libraries, apply=_by_library),
        ChoiceFilter("kind", "库的类别", "general_id", LibraryKind, apply=_by_kind),
        _STEP,
        ChoiceFilter("sector", "行业归口", "sector", _sectors, apply=_by_sector, more=True),
        ChoiceFilter("chain", "产业链", "chain", _chains, more=True),
        RegionFilter("region", "主管区划", more=True),
        ChoiceFilter("stage", "前期阶段", "early_stage", EarlyStage, more=True),
        ChoiceFilter("ready", "前期成熟度", "ready_count", _ready_choices, apply=_by_ready, more=True),
        ChoiceFilter("priority", "优先安排", "priorities", _priority_choices, apply=_by_priority, more=True),
        ChoiceFilter("attention", "待处理", "attention", Attention, more=True),
        ChoiceFilter("industry", "产业类", "industry", Industry, more=True),
        ChoiceFilter("counted", "计入目标", "is_counted", [("YES", "计入"), ("NO", "不计入（已开工、已关闭、上级、金额待核实）")],
                     apply=_by_counted, more=True),
        ChoiceFilter("doubted", "金额", "is_doubted", [("YES", "可能差一万倍，待核实")], apply=_by_doubted, more=True),
        ChoiceFilter("moved", "本月变化", "state", movement.CHOICES, apply=movement.by_moved, more=True),
        ChoiceFilter("held", "在库于", "general_id", _libraries, apply=_by_held, more=True),
        RangeFilter("total", "总投资", "total_investment_fen", kind="wan", more=True),
        TextFilter("batch", "导入批次", fields=["batch_id"], placeholder="批次编号", apply=_by_batch, more=True),
    ],
    tabs=Tabs("state", FileState),
    default_order="-last_act_at",
    row_route=("reserve:file", {"pk": "id"}),
    toolbar=[
        Button("申报项目", "reserve:declare", icon="plus", kind="primary", act="reserve.declare"),
        Button("导入清单", "/imports/new?kind=reserve", icon="upload", act="reserve.import"),
        Button("看板", "reserve:board", icon="chart-pie", act="reserve.board"),
    ],
    batch=[BatchAction("择优纳入综合库", "reserve:select", act="reserve.select")],
    export_act="reserve.export",
    withhold=withholding.withhold,
    count_stamp=_stamp,
    keys_first=True,
    empty=Empty("还没有储备项目", "申报的项目在这里显示，从申报、初核到入库都可查。", "申报项目", "reserve:declare"),
)  # fmt: skip

MINE = Register(
    key="reserve_mine",
    title="我的申报",
    act="reserve.declare",
    subtitle="本单位申报的储备项目，办到哪一步、要补什么。",
    source=lambda request: queries.list_declared(request.actor),  # type: ignore[attr-defined]
    columns=COLUMNS,
    filters=[
        TextFilter("q", "关键字", fields=["search"], placeholder="名称、代码、建设单位", apply=queries.search),
        _STEP,
        _NEED,
    ],
    tabs=Tabs("state", FileState),
    default_order="-last_act_at",
    row_route=("reserve:file", {"pk": "id"}),
    toolbar=[
        Button("申报项目", "reserve:declare", icon="plus", kind="primary", act="reserve.declare"),
        Button("导入清单", "/imports/new?kind=reserve", icon="upload", act="reserve.import"),
    ],
    withhold=withholding.withhold,
    empty=Empty("还没有申报过", "填一张表，或导入本单位的 Excel 清单，申报后在这里看进度。", "申报项目", "reserve:declare"),
)  # fmt: skip
