"""The API (OpenAPI at ``/api/openapi.json``): the rooms' routers under one roof.

A caller is whoever the session says, as on the pages, or whom an API token stands for; writing with a session needs
the CSRF token (``X-CSRFToken``).
Refusals are worded by ``registers.middleware``; what ninja itself refuses is worded here. Every failure is an
``application/problem+json`` in Chinese.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja.errors import AuthenticationError, HttpError, ValidationError

from gongbu.config.openapi import Api
from gongbu.config.receipt_api import router as receipts
from gongbu.ground.calendar.api import router as calendar
from gongbu.ground.inbox.api import router as inbox
from gongbu.ground.registers.api import SignedIn
from gongbu.ground.registers.importing.api import router as imports
from gongbu.mainline.approvals.api import router as approvals
from gongbu.mainline.likeness.api import router as likeness
from gongbu.mainline.projects.api import router as projects

# What pydantic says, in Chinese; an unlisted kind falls back to the last line.
_WORDS = {
    "missing": "必填",
    "date_from_datetime_parsing": "不是有效日期，请写成 2026-11-20",
    "date_parsing": "不是有效日期，请写成 2026-11-20",
    "date_from_datetime_inexact": "不是有效日期，请写成 2026-11-20",
    "int_parsing": "不是整数",
    "int_type": "不是整数",
    "decimal_parsing": "不是数字",
    "bool_parsing": "请填 true 或 false",
    "enum": "不在可选值之列",
    "string_too_long": "内容过长",
    "string_too_short": "内容过短",
    "string_pattern_mismatch": "格式不符",
    "extra_forbidden": "不认识的字段",
    "greater_than_equal": "小于允许的最小值",
    "less_than_equal": "大于允许的最大值",
    "json_invalid": "不是有效的 JSON",
}
_OTHERWISE = "不符合要求"


api = Api(title="工部接口", version="1", urls_namespace="api", docs_url=None, auth=SignedIn())
api.add_router("", projects)
api.add_router("", calendar)
api.add_router("", inbox)
api.add_router("", receipts)
api.add_router("", imports)
api.add_router("", approvals)
api.add_router("", likeness)


def _problem(
    status: int, kind: str, title: str, detail: str, findings: list[dict[str, Any]] | None = None
) -> HttpResponse:
    body: dict[str, Any] = {"type": kind, "title": title, "status": status, "detail": detail}
    if findings is not None:
        body["findings"] = findings
    return JsonResponse(
        body, status=status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False}
    )


@api.exception_handler(AuthenticationError)
def not_signed_in(request: HttpRequest, error: Exception) -> HttpResponse:
    """401."""
    return _problem(401, "api.not_signed_in", "需要登录", "请先登录，或用有效的接口令牌调用。")


@api.exception_handler(ValidationError)
def not_readable(request: HttpRequest, error: Any) -> HttpResponse:
    """422: says for each field what is wrong with it; the values themselves are not repeated."""
    findings = [
        {
            "field": ".".join(str(part) for part in row["loc"][1:] if part not in ("body", "data"))
            or str(row["loc"][0]),
            "code": row["type"],
            "message": _WORDS.get(row["type"], _OTHERWISE),
        }
        for row in error.errors
    ]
    text = "；".join(f"{row['field']}：{row['message']}" for row in findings[:5])
    return _problem(422, "api.invalid", "内容需要修改", text, findings)


@api.exception_handler(HttpError)
def refused_by_ninja(request: HttpRequest, error: Any) -> HttpResponse:
    """A body that cannot be read, a missing CSRF token."""
    if error.status_code == 403:
        return _problem(403, "api.csrf", "缺少防伪令牌", "用会话写入时须带 X-CSRFToken。")
    return _problem(error.status_code, "api.unreadable", "请求不完整", "请求正文不能识别，请检查格式。")
