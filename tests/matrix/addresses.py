"""Every address of the installation, and which record the numbers in it name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

from tests.test_every_route import _methods

# A parameter of an address → the table it numbers.
PARAMETERS: Mapping[str, str] = {
    "project_id": "projects.Project", "other_id": "projects.Project", "member_id": "projects.Member", "subject_id": "projects.Project",
    "batch_id": "importing.ImportBatch", "row_id": "importing.ImportRow", "candidate_id": "selection.Candidate",
    "scorer_id": "selection.Scorer", "document_id": "documents.Document", "region_id": "orgs.Region", "unit_id": "orgs.Unit",
    "attendee_id": "meetings.Attendee", "item_id": "meetings.AgendaItem", "decision_id": "policy.PolicyDecision",
    "errand_id": "promotion.Errand", "objective_id": "objectives.Objective",
}  # fmt: skip
# The beginning of an address → the table its ``pk`` numbers; the longest beginning counts.
KEYS: Mapping[str, str] = {
    "projects/": "projects.Project", "reserve/": "reserve.ReserveFile", "reserve/entries/": "reserve.LibraryEntry",
    "reserve/libraries/": "reserve.Library", "selection/rounds/": "selection.Round", "selection/scoring/": "selection.Round",
    "selection/steps/": "selection.StepRecord", "meetings/": "meetings.Meeting", "meetings/items/": "meetings.AgendaItem",
    "experts/": "experts.Expert", "experts/draws/": "experts.Draw", "experts/seats/": "experts.Seat",
    "experts/relations/": "experts.ExpertRelation", "issued-papers/": "papers.Paper",
    "issued-papers/series/": "papers.NumberSeries", "account/tokens/": "orgs.ApiToken", "people/": "orgs.Person",
    "units/": "orgs.Unit", "posts/": "orgs.Post", "holdings/": "orgs.Holding", "delegations/": "orgs.Holding",
    "grants/": "orgs.Grant", "regions/": "orgs.Region", "registrations/": "orgs.Registration", "audit/": "orgs.AuditEvent",
    "deadlines/": "calendar.Deadline", "inbox/messages/": "inbox.Message", "inbox/delegations/": "inbox.Delegation",
    "inbox/tasks/": "inbox.Task", "policy/sandbox/": "sandbox.Trial", "policy/sandbox/rows/": "sandbox.TrialRow",
    "imports/": "importing.ImportBatch", "notices/": "notices.Notice", "notices/manage/comments/": "notices.Comment",
    "objectives/": "objectives.PlanDocument", "promotion/leads/": "promotion.Lead", "promotion/assets/": "promotion.IdleAsset",
    "promotion/offers/": "promotion.CapitalOffer", "offers/": "promotion.CapitalOffer", "likeness/": "likeness.Pair",
    "likeness/reports/": "likeness.ReportPair", "lists/": "lists.ProjectList", "lists/items/": "lists.ListItem",
    "papers/": "approvals.ApprovalPaper",
}  # fmt: skip
WORDS: Mapping[str, Any] = {
    "form": "csv",
    "subject_kind": "project",
    "day": "2026-03-02",
    "year": 2026,
    "month": 3,
    "page": 1,
    "step_key": "nothing",
    "pk": "nothing",
    "upload_id": "00000000-0000-4000-8000-000000000000",
    "key": "nothing",
    "pack": "national",
    "code": "nothing",
    "topic": "nothing",
    "kind": "projects",
}


@dataclass(frozen=True)
class Route:
    """One address and method with the right it declares and the tables its parameters number."""

    pattern: str
    method: str
    right: str
    params: tuple[tuple[str, str], ...]
    words: tuple[tuple[str, str], ...]
    register: Any = None

    def __str__(self) -> str:
        return f"{self.method} /{self.pattern}"

    @property
    def form(self) -> str:
        """The form of file that an export is asked for: ``csv`` where there is one, "" where there is none."""
        forms = self.register.exports
        return "csv" if "csv" in forms else forms[0] if forms else "none"

    def filled(self, rows: Any) -> str:
        """Return the address that names the rows of one region."""
        path = self.pattern
        for text, table in self.params:
            path = path.replace(text, str(rows.get(apps.get_model(table)).pk))
        for text, word in self.words:
            if text == "<str:form>" and self.register is not None:
                word = self.form
            path = path.replace(text, word)
        if "<" in path:
            raise KeyError(path)
        return "/" + path


def routes() -> list[Route]:
    """Return every address of the installation with each of its methods."""
    return [route for pattern, view in _walk(get_resolver(), "") for route in _of(pattern, view)]


def _walk(resolver: URLResolver, before: str) -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        here = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, here)
        else:
            yield here, entry


def _of(pattern: str, entry: URLPattern) -> Iterator[Route]:
    names = {text.rsplit(":", 1)[-1].strip("<>"): text for text in _texts(pattern)}
    key = max((k for k in KEYS if pattern.startswith(k)), key=len, default="")
    tables = {name: KEYS[key] if name == "pk" and key else PARAMETERS.get(name) for name in names}
    params = tuple((names[name], table) for name, table in tables.items() if table)
    words = tuple((names[name], str(WORDS[name])) for name in names if name in WORDS and not tables[name])
    for one in _methods(pattern, entry):
        if one.right is not None:
            yield Route(pattern, one.method, one.right, params, words, getattr(entry.callback, "register", None))


def _texts(pattern: str) -> list[str]:
    return ["<" + part.split(">")[0] + ">" for part in pattern.split("<")[1:]]


def models_asked() -> list[type[models.Model]]:
    """Return the tables that addresses number."""
    return [apps.get_model(label) for label in sorted({*PARAMETERS.values(), *KEYS.values()})]


@dataclass(frozen=True)
class Rule:
    """How an address decides about a record. ``why`` is for who reviews the exceptions.

    ``REGION``: rights and region (the rule). ``NOBODY``: a person's own, not another's. ``ANYWHERE``: the same for all
    who have the right. ``EITHER``: inside the region more than the region decides; outside it is refused as ever.
    ``OUTSIDE``: only asked from outside.
    ``OPEN``: nothing is asked of the region.
    ``FORM``: outside it is refused, or the empty form is sent back before the record is looked for (for every number).
    """

    kind: str = "REGION"
    why: str = ""
    is_mixed: bool = False
    """Whether texts of other regions may stand in the answer."""
    binds_below: bool = False
    """Whether records of the regions above are read too: they bind those below."""
    act: str = ""
    """An act that the record needs beside the right of the address."""


_OWN = "只归本人：别人的消息、委托、评分和邀请，同一区划也打不开"
_STATE = "区划之内还看记录的内容和状态，空白的记录没有可打开的内容"
_PLANS = "上级的规划约束下级，下级看得到"
_BODY = "先查表单再找记录，任何编号都得到同样的答复"
RULES: Mapping[str, Rule] = {
    "inbox/messages/": Rule("NOBODY", _OWN),
    "GET objectives/": Rule("REGION", _PLANS, binds_below=True),
    "GET objectives/new": Rule(),
    "GET objectives/<int:pk>/add": Rule(),
    "GET objectives/<int:pk>/end": Rule(),
    "inbox/delegations/": Rule("NOBODY", _OWN),
    "inbox/export": Rule("NOBODY", _OWN),
    "inbox/done/": Rule("NOBODY", _OWN),
    "delegations/": Rule("NOBODY", _OWN),
    "meetings/<int:pk>/invitation": Rule("NOBODY", _OWN),
    "meetings/attendees/": Rule("NOBODY", _OWN),
    "experts/seats/<int:pk>/answer": Rule("NOBODY", _OWN),
    "selection/scoring/": Rule("NOBODY", _OWN),
    "reserve/mine/": Rule("NOBODY", _OWN),
    "inbox/tasks/": Rule("EITHER", "本人的待办，或本区划可催办的待办"),
    "account/tokens/": Rule("EITHER", "本人的令牌，或本区划安全保密管理员作废的令牌"),
    "regions/": Rule("ANYWHERE", "行政区划是公开的国家标准代码", is_mixed=True),
    "policy/regions/<int:region_id>": Rule("ANYWHERE", "各地采用的制度是公开的规范性文件", is_mixed=True),
    "policy/regions/<int:region_id>/adopt": Rule(),
    "notices/": Rule("ANYWHERE", "公示期内的公示向社会公开", is_mixed=True),
    "notices/manage/": Rule(),
    "POST notices/<int:pk>/": Rule("OPEN", "没有验证码的意见不收", is_mixed=True),
    "offers/": Rule("ANYWHERE", "对外推介的项目向社会公开", is_mixed=True),
    "notices/captcha.png": Rule("OPEN", "验证码图片不是记录"),
    "documents/<int:document_id>": Rule(
        "REGION", "公开材料人人可下载，内部材料须有查看材料的权限", act="documents.view"
    ),
    "documents/of/<slug:subject_kind>/<int:subject_id>/add": Rule(
        "REGION", "上传之外还须有归入该对象档案的权限", act="documents.add"
    ),
    "imports/": Rule("REGION", "批次须有所导入类别的权限", act="projects.import"),
    "imports/new": Rule(),
    "imports/template/": Rule(),
    "api/imports/": Rule("REGION", "批次须有所导入类别的权限", act="projects.import"),
    "api/imports": Rule(),
    "projects/<int:pk>/members": Rule("REGION", "参建单位可来自任何地方，名录中的单位名称供选择", is_mixed=True),
    "projects/<int:pk>/owner": Rule("REGION", "建设单位可以是上级的单位，名录中的单位名称供选择", is_mixed=True),
    "projects/<int:project_id>/objectives/new": Rule("REGION", "上级规划的目标可挂接", is_mixed=True),
    "experts/draws/<int:pk>/record.json": Rule("EITHER", _STATE),
    "meetings/dispatch/": Rule("EITHER", _STATE),
    "policy/sandbox/<int:pk>/tables/": Rule("EITHER", _STATE),
    "policy/sandbox/<int:pk>/parameters/": Rule("EITHER", _STATE),
    "policy/decisions/": Rule("OUTSIDE", "判定须由制度包作出，种下的判定没有内容"),
    "registrations/<int:pk>/letter": Rule("EITHER", _STATE),
    "posts/<int:pk>/delegate": Rule("EITHER", "只能委托本人的岗位，系统管理员除外"),
    "POST people/<int:pk>/appoint": Rule("EITHER", "没有选岗位"),
    "likeness/<int:project_id>/<int:other_id>/decide": Rule("EITHER", "同一个项目不与自己相似"),
    "likeness/reports/<int:pk>": Rule("EITHER", _STATE),
    "likeness/reports/<int:pk>/drawer": Rule(),
    "reserve/imports/": Rule("EITHER", "只处理储备导入批次的行"),
    "reserve/entries/<int:pk>/resubmit": Rule("EITHER", "由申报单位补正"),
    "selection/rounds/<int:pk>/": Rule("EITHER", "评分卡须出自制度包，空白批次没有评分卡"),
    "selection/candidates/": Rule("EITHER", _STATE),
    "reserve/projects/<int:pk>/": Rule("OPEN", "只转到项目页，不查记录，由项目页决定"),
    "POST api/projects/<int:project_id>/codes": Rule("FORM", _BODY),
    "POST api/projects/<int:project_id>/papers": Rule("FORM", _BODY),
    "POST experts/relations/": Rule("FORM", _BODY),
}
UNCOVERED: Mapping[str, str] = {
    "sign-out": "退出登录：之后的地址都成了访客",
    "account/sessions": "退出全部会话：同上",
}


def rule_of(route: Route) -> Rule:
    """Return the rule of an address; the longest beginning counts."""
    key = max(
        (k for k in RULES if f"{route.method} {route.pattern}".startswith(k) or route.pattern.startswith(k)),
        key=len,
        default="",
    )
    return RULES.get(key, Rule())
