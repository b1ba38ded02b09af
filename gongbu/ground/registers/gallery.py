"""Every component with sample data, for developers and the browser tests; no part of what is served to users."""

from datetime import date, datetime
from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse

from gongbu.ground.basics.clock import SHANGHAI
from gongbu.ground.basics.findings import Basis, ChangedMeanwhile, Finding, Severity
from gongbu.ground.orgs.models import Region
from gongbu.ground.registers import errors, forms, pages, qr, shell
from gongbu.ground.registers.catalogue import Field
from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.filters import ChoiceFilter, DateFilter, RangeFilter, RegionFilter, TextFilter
from gongbu.ground.registers.forms import BoundField
from gongbu.ground.registers.register import BatchAction, Button, Empty, Register, RowAction, Tabs


def _regions(request: HttpRequest) -> Any:
    return Region.objects.annotate(amount_fen=F("id") * 12_345_678)


SAMPLE = Register(
    key="sample",
    title="台账示例",
    act="orgs.view",
    source=_regions,
    subtitle="以区划表为样，金额为虚构。",
    columns=[
        Column("name", "名称", title=True, frozen=True, link=("gallery:sample_drawer", {"pk": "id"}), width=22),
        Column("key_lo", "代码", kind="code", sort=True, frozen=True),
        Column(
            "level", "层级", kind="badge", choices=Region.Level, sort=True,
            tones={"PROVINCE": "info", "CITY": "good", "COUNTY": "wait", "TOWNSHIP": "off"},
        ),
        Column("kind", "类别", kind="choice", choices=Region.Kind),
        Column("amount_fen", "总投资", kind="wan", sort=True),
        Column("parent__name", "上级", width=16),
        Column("valid_from", "设立日期", kind="date", sort=True),
        Column("valid_to", "撤销日期", kind="date", phone="hide"),
    ],
    filters=[
        TextFilter("q", "关键字", fields=["name"], placeholder="名称"),
        RegionFilter("region", "所在地", field="key_lo"),
        ChoiceFilter("kind", "类别", field="kind", choices=Region.Kind),
        RangeFilter("amount", "总投资", field="amount_fen", kind="wan", more=True),
        DateFilter("since", "设立日期", field="valid_from", more=True),
    ],
    tabs=Tabs("level", Region.Level),
    default_order="key_lo",
    row_route=("gallery:sample_drawer", {"pk": "id"}),
    row_actions=[RowAction("查看", ("gallery:sample_drawer", {"pk": "id"}), drawer=True)],
    toolbar=[Button("组件示例", "gallery:show", icon="layout-dashboard"), Button("新建", "gallery:sample_form", "plus", "primary")],
    batch=[BatchAction("批量催办", "gallery:sample", confirm="将向所选单位发出催办，是否继续？")],
    empty=Empty("还没有区划", "装载区划代码后在这里显示。", "回到示例", "gallery:show"),
)  # fmt: skip
SAMPLE.bind_names(list="gallery:sample", drawer="gallery:sample_drawer", export="gallery:sample_export")

_FIELDS = [
    Field("s_name", "项目名称", required=True, max_length=200, help="与批复文件一致的全称，不含密级、代号。"),
    Field(
        "s_code", "项目代码", "code", help="投资项目在线审批监管平台赋予的统一代码。", clause="GB/T 40058-2021 第4章"
    ),
    Field("s_region", "主管区划", "region", required=True, help="决定适用的制度包和办理权限。"),
    Field("s_total", "总投资", "money", "wan", help="按批复文件填写。"),
    Field(
        "s_nature", "资金性质", "choice", choices={"GOVERNMENT": "政府投资", "ENTERPRISE": "企业投资"}, required=True
    ),
    Field("s_start", "计划开工", "date"),
    Field("s_month", "计划竣工", "month"),
    Field("s_area", "建筑面积", "decimal", unit="平方米", places=2),
    Field("s_content", "建设内容", "long_text", max_length=4000),
    Field("s_promise", "已核对，内容与批复文件一致", "bool"),
]


class _SampleSpec(forms.FormSpec):
    """A form over sample fields that are not in the catalogue."""

    def _field(self, request: HttpRequest, form: forms.Form, key: str, origins: Any) -> BoundField:
        spec = next(f for f in _FIELDS if f.key == key)
        value = forms.as_text(spec, form.initial.get(key))
        bound = BoundField(spec, f"{form.id}-{key}", key, value, spec.required, is_wide=spec.type == "long_text")
        bound.origin = origins.get(key, "")
        if spec.type == "choice":
            bound.options = list(spec.choices.items())
        if spec.type == "region":
            bound.options, bound.source = forms.region_picker.options_for(request, None)
        form.fields[key] = bound
        return bound


SAMPLE_FORM = _SampleSpec(
    "sample.form",
    [
        forms.Step("基本信息", ["s_name", "s_code", "s_region", "s_nature"]),
        forms.Step(
            "投资与工期", ["s_total", "s_area", "s_start", "s_month", "s_content", "s_promise"], "金额以万元填写。"
        ),
    ],
    keeps_draft=False,
)


@pages.signed_in_page
def show(request: HttpRequest) -> HttpResponse:
    """The gallery."""
    basis = {
        "value": "重大项目（A 类）", "rule": "总投资在 5 亿元以上，或市级重大战略",
        "facts": [("总投资", "82,000.00 万元"), ("立项属性", "市级重大战略")],
        "clause": "示例办法第七条第（一）项", "dates": "2025-01-01 起施行，按立项批复日 2026-03-12 适用", "pack": "示例制度包 1.2.0",
        "check": {"word": "核原文", "tone": "wait", "tip": "仅见于转载或摘要，须核原文"}, "receipt_url": "#", "note": "",
    }  # fmt: skip
    context = {
        "title": "组件示例",
        "crumbs": [("系统", "/"), ("组件示例", None)],
        "basis": basis,
        "doubtful": {**basis, "check": {"word": "待确认", "tone": "warn", "tip": "一般知识，未核实"}, "value": "应公示 5 个工作日"},
        "findings": [
            Finding("forms.amount_approximate", {"text": "约8亿元", "shown": "80,000", "unit": "万元"}, "total", Severity.NOTE),
            Finding("forms.not_a_date", {"text": "2026.13.1"}, "start", Severity.FLAG, Basis("示例办法", "第三条")),
            Finding("forms.required", {"label": "项目名称"}, "name", Severity.REJECT),
        ],
        "moments": [
            {"at": "2026-11-20 09:30", "title": "初步设计概算批复", "who": "李明·市发展改革委·投资科", "text": "核定概算 8.2 亿元。", "tone": "good"},
            {"at": "2026-09-02 16:10", "title": "退回补正", "who": "王芳·市行政审批局·受理窗口", "text": "缺用地预审意见。", "tone": "warn"},
            {"at": "2026-08-28 10:02", "title": "提交申请", "who": "赵强·市城投集团·项目部", "tone": "plain"},
        ],
        "stages": [
            {"label": "谋划储备", "state": "done", "on": "2026-01"}, {"label": "立项审批", "state": "done", "on": "2026-05"},
            {"label": "勘察设计", "state": "late", "note": "已超期 6 个工作日"}, {"label": "招标采购", "state": "todo"},
            {"label": "施工建设", "state": "todo"}, {"label": "竣工验收", "state": "todo"}, {"label": "移交运营", "state": "todo"},
        ],
        "files": [
            {"name": "初步设计批复.pdf", "href": "#", "size": "1.2 MB", "kind": "pdf", "at": "2026-11-20", "who": "李明"},
            {"name": "总平面图.dwg", "href": "#", "size": "18.4 MB", "kind": "", "at": "2026-11-02", "who": "设计院"},
        ],
        "qr_svg": qr.svg("https://example.test/r/7KQ2-M9XP"),
        "moment": datetime(2026, 11, 20, 9, 30, tzinfo=SHANGHAI),
        "day": date(2026, 11, 20),
    }  # fmt: skip
    return pages.render(request, "registers/gallery.html", context)


@pages.signed_in_page(methods=("GET", "POST"))
def form(request: HttpRequest) -> HttpResponse:
    """A sample form: a name of 冲突 shows the page of a change made meanwhile."""
    bound = SAMPLE_FORM.bind(
        request, initial={"s_nature": "GOVERNMENT", "s_name": "示例区污水处理厂提标改造工程", "s_total": 820_000_000_000},
        origins={"s_nature": "取自资金来源"}, rev=3,
    )  # fmt: skip

    def save(values: dict[str, Any]) -> str:
        if values["s_name"] == "冲突":
            raise ChangedMeanwhile(
                "registers.sample_changed",
                by="李明",
                rev=4,
                current={"s_name": "示例区污水处理厂", "s_total": 830_000_000_000},
            )
        return shell.address("gallery:show")

    context = {"title": "表单示例", "crumbs": [("组件示例", "/_gallery"), ("表单示例", None)]}
    return forms.handle(request, bound, save, "registers/sample_form.html", context)


@pages.signed_in_page
def trouble(request: HttpRequest, status: int) -> HttpResponse:
    """The error pages."""
    made = {
        403: errors.Trouble(
            403, "没有办理权限", "您现在的岗位不能办理“批准立项”。", "如工作需要，请联系本单位管理员调整岗位权限。"
        ),
        404: errors.Trouble(404, "没有找到", "没有这个项目，或不在您的管辖范围内。"),
        413: errors.too_large(request),
    }
    return errors.answer(request, made.get(status) or errors.Trouble(500, "系统出错了", "这次操作没有完成。"))
