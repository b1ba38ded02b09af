"""What the OpenAPI description says beside what ninja derives: how to sign in, and every answer that is a refusal."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.renderers import JSONRenderer

SESSION, TOKEN = "会话", "接口令牌"
PROBLEM = "Problem"
_PROBLEM_TYPE = "application/problem+json"
_SAID = {
    "400": "请求正文不能识别",
    "401": "没有登录，或令牌无效",
    "403": "没有权限，或缺少防伪令牌",
    "404": "没有找到，或不在权限范围内",
    "409": "暂时不能办理：记录已被他人改动，或与现有记录冲突",
    "413": "内容太大",
    "422": "内容需要修改，逐项写明",
    "429": "查询过于频繁，请稍后再试",
}
_READS = ("401", "403", "404", "422")
_WRITES = ("400", "401", "403", "404", "409", "413", "422")
_OPEN = ("404", "422", "429")

_PROBLEM_SCHEMA: dict[str, Any] = {
    "title": PROBLEM,
    "description": "没有办成的答复（RFC 9457），文字为中文。",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "代码，供程序判断"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "发现了什么、应当怎样"},
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": ["string", "null"]},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}


class Utf8(JSONRenderer):
    """JSON with Chinese as Chinese (RFC 8259: JSON is UTF-8), half as long and readable in a log."""

    json_dumps_params = {"ensure_ascii": False}


class Api(NinjaAPI):
    """The API, with a description that names both ways of signing in and every refusal."""

    def __init__(self, **options: Any) -> None:
        super().__init__(renderer=Utf8(), docs_decorator=self._described, **options)

    def _described(self, _view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        def show(request: HttpRequest, **_arguments: Any) -> HttpResponse:
            return self.create_response(request, self.get_openapi_schema(), status=200)

        return show

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        """Return the description; see :class:`NinjaAPI`."""
        schema = super().get_openapi_schema(**kwargs)
        components = schema["components"]
        components["schemas"][PROBLEM] = _PROBLEM_SCHEMA
        components["securitySchemes"] = {
            SESSION: {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
            TOKEN: {"type": "http", "scheme": "bearer", "description": "在“账号与安全”签发的接口令牌"},
        }
        for operations in schema["paths"].values():
            for method, operation in operations.items():
                _complete(method, operation)
        return schema


def _complete(method: str, operation: dict[str, Any]) -> None:
    is_open = not operation.get("security")
    if not is_open:
        operation["security"] = [{SESSION: []}, {TOKEN: []}]
    answers = operation["responses"]
    # ninja names the codes by whole numbers; a description in JSON has them as text
    for code in [code for code in answers if not isinstance(code, str)]:
        answers[str(code)] = answers.pop(code)
    for code in _OPEN if is_open else _READS if method == "get" else _WRITES:
        reference = {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}
        answers.setdefault(code, {"description": _SAID[code], "content": {_PROBLEM_TYPE: reference}})
