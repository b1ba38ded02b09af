"""台账 of this room: units, people, grants, registrations, the access audit."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest

from gongbu.ground.basics import clock
from gongbu.ground.basics.rules.secrecy import LABELS
from gongbu.ground.orgs.models import AuditEvent, Grant, Person, Registration, Unit
from gongbu.ground.orgs.queries import in_force
from gongbu.ground.orgs.rights import rights
from gongbu.ground.orgs.trace import code_of
from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.filters import ChoiceFilter, DateFilter, TextFilter
from gongbu.ground.registers.jinja import UNKNOWN
from gongbu.ground.registers.register import Button, Empty, Register, Tabs

UNIT_TONES = {"ACTIVE": "good", "PENDING": "wait", "CLOSED": "off"}
REGISTRATION_TONES = {"PENDING": "wait", "APPROVED": "good", "REJECTED": "bad"}
AUDIT_TONES = {
    "SIGN_IN_FAILED": "warn", "LOCKED_OUT": "bad", "TOTP_FAILED": "warn", "EXPORTED": "info", "REFUSED": "warn",
}  # fmt: skip


def _units(request: HttpRequest) -> "QuerySet[Unit]":
    units = Unit.objects.visible_to(request.actor, "orgs.view")  # type: ignore[attr-defined]
    return units.annotate(people_count=Count("people", filter=Q(people__is_active=True)))


UNITS = Register(
    key="orgs.units",
    title="单位",
    act="orgs.view",
    source=_units,
    columns=[
        Column("name", "单位名称", title=True, frozen=True, link=True, sort="sort_pinyin", width=24),
        Column("kind", "类别", "choice", Unit.Kind),
        Column("region__name", "区划", sort="region__key_lo"),
        Column("sector", "行业归口"),
        Column("credit_code", "统一社会信用代码", "code"),
        Column("people_count", "启用人员", "int", sort=True),
        Column("status", "状态", "badge", Unit.Status, tones=UNIT_TONES),
    ],
    filters=[
        TextFilter("q", "单位", ("name", "short_name", "credit_code", "sort_pinyin"), "名称、代码或拼音"),
        ChoiceFilter("kind", "类别", "kind", Unit.Kind),
    ],
    tabs=Tabs("status", Unit.Status),
    default_order="name",
    row_route=("orgs:unit", {"pk": "id"}),
    drawer=False,
    toolbar=[Button("新增单位", "orgs:new_unit", "plus", "primary", "orgs.create_unit")],
    export_act="orgs.export",
    empty=Empty("还没有单位", "您的区划内还没有登记单位。", "新增单位", "orgs:new_unit"),
)


def _people(request: HttpRequest) -> "QuerySet[Person]":
    actor = request.actor  # type: ignore[attr-defined]
    today = clock.today()
    return Person.objects.filter(actor.scope("orgs.view", "unit__region__key_lo", "unit__sector")).annotate(
        post_count=Count("holdings", filter=in_force(today, "holdings__"), distinct=True)
    )


PEOPLE = Register(
    key="orgs.people",
    title="人员",
    act="orgs.view",
    source=_people,
    columns=[
        Column("name", "姓名", title=True, frozen=True, link=True, sort="sort_pinyin"),
        Column("unit__name", "单位", sort="unit__sort_pinyin", width=22, phone="keep"),
        Column("unit__region__name", "区划", sort="unit__region__key_lo"),
        Column("login_name", "登录名"),
        Column("post_count", "岗位数", "int", sort=True),
        Column("last_login", "最近登录", "datetime", sort=True, unknown="从未登录", phone="keep"),
        Column("is_active", "账号", show=lambda value, row: "启用" if value else "停用", phone="state"),
    ],
    filters=[TextFilter("q", "人员", ("name", "login_name", "sort_pinyin", "unit__name"), "姓名、登录名、拼音或单位")],
    default_order="name",
    row_route=("orgs:person", {"pk": "id"}),
    drawer=False,
    toolbar=[Button("批量导入", "orgs:import_people", "table-import", "", "orgs.import_people")],
    export_act="orgs.export",
    empty=Empty("还没有人员", "您的区划内还没有人员。在单位页面新增，或批量导入。", "批量导入", "orgs:import_people"),
)


def _grants(request: HttpRequest) -> "QuerySet[Grant]":
    today = clock.today()
    grants = Grant.objects.visible_to(request.actor, "orgs.view_grants")  # type: ignore[attr-defined]
    return grants.filter(Q(valid_to=None) | Q(valid_to__gt=today)).annotate(
        holder_post=F("post__name"), holder_unit=F("post__unit__name"), holder_person=F("person__name")
    )


def _holder(value: Any, row: Mapping[str, Any]) -> str:
    return f"{row['holder_unit']}·{value}" if value else f"{row['holder_person']}（个人）"


GRANTS = Register(
    key="orgs.grants",
    title="授权",
    act="orgs.view_grants",
    source=_grants,
    columns=[
        Column(
            "role", "角色", show=lambda value, row: rights().roles.get(value, value), title=True, frozen=True, sort=True
        ),
        Column("holder_post", "授予", show=_holder, needs=("holder_unit", "holder_person"), width=28, phone="keep"),
        Column("region__name", "区划范围", sort="region__key_lo"),
        Column("sector", "行业"),
        Column("valid_from", "起始日", "date", sort=True),
        Column("valid_to", "终止日", "date", unknown="长期", phone="keep"),
    ],
    filters=[TextFilter("q", "授予对象", ("post__name", "post__unit__name", "person__name"), "岗位、单位或姓名")],
    default_order="-id",
    row_route=("orgs:grant", {"pk": "id"}),
    drawer=("orgs:grant", {"pk": "id"}),
    toolbar=[
        Button("授予角色", "orgs:new_grant", "plus", "primary", "orgs.grant_role"),
        Button("权限矩阵", "orgs:matrix", "table", "", "orgs.view_grants"),
    ],
    subtitle="正在生效或将要生效的授权。收回的授权见账本。",
    empty=Empty("还没有授权", "没有授权就没有任何可见数据。", "授予角色", "orgs:new_grant"),
)

REGISTRATIONS = Register(
    key="orgs.registrations",
    title="单位注册",
    act="orgs.review_registrations",
    source=lambda request: Registration.objects.visible_to(request.actor, "orgs.review_registrations"),  # type: ignore[attr-defined]
    columns=[
        Column("unit_name", "单位名称", title=True, frozen=True, link=True, width=24),
        Column("unit_kind", "类别", "choice", Unit.Kind),
        Column("region__name", "区划"),
        Column("credit_code", "统一社会信用代码", "code"),
        Column("contact_name", "经办人", phone="keep"),
        Column("submitted_at", "提交时间", "datetime", sort=True, phone="keep"),
        Column("status", "状态", "badge", Registration.Status, tones=REGISTRATION_TONES),
    ],
    filters=[TextFilter("q", "单位", ("unit_name", "credit_code"), "名称或代码")],
    tabs=Tabs("status", Registration.Status),
    row_route=("orgs:registration", {"pk": "id"}),
    drawer=False,
    exports=(),
    empty=Empty(
        "没有注册申请", "企业和第三方机构在登录页提交注册后，出现在这里；也可以直接登记。", "新增单位", "orgs:new_unit"
    ),
)


def _audit(request: HttpRequest) -> "QuerySet[AuditEvent]":
    return AuditEvent.objects.visible_to(request.actor, "orgs.view_audit")  # type: ignore[attr-defined]


DETAILS = {
    "what": "内容", "rows": "行数", "filters": "条件", "means": "方式", "why": "原因", "by": "操作人", "left": "剩余",
    "step": "环节", "withheld": "涉密未出（编号：规则）", "trace": "追踪码", "source": "出处", "is_found": "查到",
}  # fmt: skip
CODES = {
    "PASSWORD": "密码", "OIDC": "统一身份认证", "DEMO": "演示选人", "idle": "长时间未操作", "too_long": "登录满十二小时",
    "change_password": "修改密码", "enrol": "绑定动态口令", "sign_in": "登录",
}  # fmt: skip


def _details(value: Any, row: Mapping[str, Any]) -> str:
    code = code_of(row["id"], row["at"], row["person_id"], value) if row["kind"] == AuditEvent.Kind.EXPORTED else ""
    value = {**(value or {}), **({"trace": code} if code else {})}
    shown = {key: value[key] for key in DETAILS if value and value.get(key) not in (None, "", {})}
    if "withheld" in shown:
        shown["withheld"] = "、".join(f"{pk}：{LABELS.get(rule, rule)}" for pk, rule in shown["withheld"].items())
    return "；".join(f"{DETAILS[key]}：{_detail(found)}" for key, found in shown.items()) or UNKNOWN


def _detail(found: Any) -> str:
    """Return one detail in words; filters of an export are label and value."""
    if isinstance(found, bool):
        return "是" if found else "否"
    if isinstance(found, dict):
        return "、".join(f"{key}“{_detail(value)}”" for key, value in found.items())
    if isinstance(found, list | tuple):
        return "、".join(map(_detail, found))
    return CODES.get(str(found), str(found))


AUDIT = Register(
    key="orgs.audit",
    title="访问审计",
    act="orgs.view_audit",
    source=_audit,
    columns=[
        Column("at", "时间", "datetime", sort=True, frozen=True, phone="keep"),
        Column("kind", "事件", "badge", AuditEvent.Kind, tones=AUDIT_TONES, title=True),
        Column("person_name", "姓名", sort=True, phone="keep"),
        Column("login_name", "登录名"),
        Column("unit_name", "单位", width=18),
        Column("address", "来源地址", "code"),
        Column("data", "详情", show=_details, needs=("at", "kind", "person_id"), width=30, phone="keep"),
        Column("agent", "浏览器", listed=False),
        Column("clock", "时钟", listed=False),
    ],
    filters=[
        TextFilter("q", "人员", ("person_name", "login_name", "unit_name", "address"), "姓名、登录名、单位或地址"),
        ChoiceFilter("kind", "事件", "kind", AuditEvent.Kind),
        DateFilter(key="at", label="时间", field="at", is_moment=True),
    ],
    default_order="-at",
    toolbar=[Button("导出追踪", "orgs:trace", "search", "", "orgs.trace_export")],
    export_act="orgs.export_audit",
    subtitle="登录、失败、锁定、导出、改密、查看授权，只增不改。",
    empty=Empty("没有审计记录", "您的区划内有人登录或导出后，出现在这里。", "查看账本树头", "ledger:heads"),
)
