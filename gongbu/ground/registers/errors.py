"""Pages for what went wrong: what happened, why, and the one button that helps. Never blame, never a stack trace."""

import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse

from gongbu.ground.basics.findings import InvalidInput, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.registers import pages, shell

log = logging.getLogger("gongbu.pages")
DISK_FULL = "53100"  # SQLSTATE


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error page: title, sentence, what to do, and a link for the one button."""

    status: int
    title: str
    text: str
    hint: str = ""
    code: str = ""
    button: tuple[str, str] = ("返回首页", "/")
    findings: Sequence[str] = ()
    details: Sequence[Mapping[str, Any]] = ()  # the same findings for programs: field, code, message


def answer(request: HttpRequest, trouble: Trouble) -> HttpResponse:
    """Answer in the form the caller reads: JSON problem for ``/api``, a notice for htmx, a page for people."""
    if request.path.startswith("/api/"):
        body = {
            "type": trouble.code or f"http.{trouble.status}",
            "title": trouble.title,
            "status": trouble.status,
            "detail": trouble.text,
        }
        if trouble.details:
            body["findings"] = list(trouble.details)
        return JsonResponse(
            body,
            status=trouble.status,
            content_type="application/problem+json",
            json_dumps_params={"ensure_ascii": False},
        )
    if pages.is_htmx(request):
        return pages.render(
            request,
            "registers/notice.html",
            {"trouble": trouble},
            status=trouble.status,
            headers={"HX-Retarget": "#notice", "HX-Reswap": "innerHTML", "HX-Reselect": "unset"},
        )
    return pages.render(request, "registers/trouble.html", {"trouble": trouble}, status=trouble.status)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer a refusal in words."""
    if isinstance(refusal, InvalidInput):
        texts = tuple(word(finding) for finding in refusal.findings)
        details = [
            {"field": finding.field, "code": finding.code, "message": text}
            for finding, text in zip(refusal.findings, texts, strict=True)
        ]
        text = f"共有 {len(texts)} 处需要修改，内容尚未保存。"
        return answer(request, Trouble(422, "内容需要修改", text, code=refusal.code, findings=texts, details=details))
    titles = {403: "没有办理权限", 404: "没有找到", 409: "暂时不能办理", 422: "内容需要修改"}
    hints = {
        404: "它可能已被移走，或不在您的管辖范围内。",
        409: "内容没有改动。请按上面的说明处理后再试。",
    }
    status = refusal.status
    if not getattr(getattr(request, "user", None), "is_authenticated", False):
        hints.pop(404)  # a visitor has no district; the sentence itself says what to check
    trouble = Trouble(
        status, titles.get(status, "不能办理"), word(refusal), hints.get(status, ""), refusal.code, _back(request)
    )
    return answer(request, trouble)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: no such page."""
    return answer(
        request, Trouble(404, "没有找到这个页面", "地址可能写错了，或者页面已经移走。", button=_back(request))
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 from Django itself."""
    return answer(request, Trouble(403, "没有办理权限", "您现在的岗位不能打开这个页面。", button=_back(request)))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 when the request is too large."""
    if isinstance(exception, RequestDataTooBig | TooManyFilesSent):
        return answer(request, too_large(request))
    return answer(
        request, Trouble(400, "请求不完整", "浏览器发来的内容不完整，请返回后重新提交。", button=_back(request))
    )


def too_large(request: HttpRequest) -> Trouble:
    """413: the form is larger than the server takes in one request; files go through the resumable upload."""
    return Trouble(
        413,
        "提交的内容太大",
        "一次提交的内容超过了上限。",
        "附件请用“上传附件”，大文件可以断点续传。",
        button=_back(request),
    )


def database_trouble(error: BaseException | None) -> Trouble | None:
    """Return what to say of a database that cannot be used now: full (507), busy or away (503); None for all else.

    What was begun has been rolled back: nothing is half saved.
    """
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    retry = "请用浏览器的“后退”回到刚才的页面，稍后再提交一次。"
    if "disk is full" in str(error) or getattr(error.__cause__, "sqlstate", "") == DISK_FULL:
        return Trouble(507, "磁盘已满", "服务器磁盘空间不足，这次操作没有保存，已有数据不受影响。",
                       "请联系系统管理员清理空间，再用浏览器的“后退”回到刚才的页面重新提交。")  # fmt: skip
    if "locked" in str(error):
        return Trouble(503, "系统正忙", "其他人的办理占用了较长时间，这次操作没有保存。", retry)
    return Trouble(503, "数据库暂时连不上", "数据库正在重启或网络中断，这次操作没有保存，已有数据不受影响。", retry)


def plain(request: HttpRequest, trouble: Trouble) -> HttpResponse:
    """Answer without the frame, which asks the database and writes addresses of its own."""
    if request.path.startswith("/api/"):
        return answer(request, trouble)
    title, text = f"<title>{trouble.title}</title><h1>{trouble.title}</h1>", f"<p>{trouble.text}"
    hint = f"<p>{trouble.hint}" if trouble.hint else ""
    page = f"<!doctype html><html lang=zh-CN><meta charset=utf-8>{title}{text}{hint}"
    return HttpResponse(page, status=trouble.status)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault; the entry in the log carries the details. A database that cannot be used says so."""
    if (known := database_trouble(sys.exc_info()[1])) is not None:
        found = plain(request, known)
        found.headers["Retry-After"] = "5"
        return found
    trouble = Trouble(
        500,
        "系统出错了",
        "这次操作没有完成，已记录下来供运维人员查看。",
        "请稍后再试；如果反复出现，请把时间和页面告诉管理员。",
        button=("重新打开", request.get_full_path() if request.method == "GET" else "/"),
    )
    try:
        return answer(request, trouble)
    except Exception:  # the frame itself may be what broke
        log.exception("error page failed")
        text = f"<!doctype html><html lang=zh-CN><meta charset=utf-8><title>{trouble.title}</title><p>{trouble.text}"
        return HttpResponse(text, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form was open too long, or another tab signed in anew."""
    request.csrf_failed = True  # type: ignore[attr-defined]  # no refusal of a right: the audit leaves it out
    trouble = Trouble(
        403,
        "页面已过期",
        "表单打开的时间太久，或者在别的窗口重新登录过。内容没有保存。",
        "请返回上一页并刷新，草稿会保留。",
        "csrf",
        ("返回上一页", request.headers.get("Referer", "/")),
    )
    return answer(request, trouble)


def old_browser(request: HttpRequest) -> HttpResponse:
    """A plain page for browsers below the floor (Chromium 109, Firefox 115, Safari 16)."""
    return HttpResponse(pages.render_text(request, "registers/old_browser.html"), status=200)


def _back(request: HttpRequest) -> tuple[str, str]:
    home = shell.address(shell.plugs.home_route) or "/"
    referer = request.headers.get("Referer", "")
    here = request.build_absolute_uri("/")
    if referer.startswith(here) and referer != request.build_absolute_uri():
        return ("返回上一页", referer)
    return ("返回首页", home)


def context_of(trouble: Trouble) -> Mapping[str, Any]:
    """Return the template context of an error page (used by the gallery)."""
    return {"trouble": trouble}
