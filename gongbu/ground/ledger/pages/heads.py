"""Public pages of signed heads: the list, a month to print and keep, judging a kept head, proofs between two heads."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.ledger import consistency, qr, queries, restored
from gongbu.ground.ledger.consistency import Standing
from gongbu.ground.ledger.pages.receipts import origin_of
from gongbu.ground.ledger.refusals import UnknownHead
from gongbu.ground.registers import downloads, pages
from gongbu.ground.registers.pages import public_page

PER_PAGE, LONGEST = 50, 4_000
SAID = {
    Standing.EXTENDS: ("good", "一致：账本从这个树头延续至今，它之前的记录没有被改动、删除或插入。"),
    Standing.SAME: ("good", "一致：这就是账本现在的树头，它之前的记录没有被改动、删除或插入。"),
    Standing.FORKED: ("bad", "不一致：账本在这个记录数上的树根与您保存的不同，之前的记录可能被改动过。请保存好手中的树头，向审计机关或平台主管部门反映。"),
    Standing.AHEAD: ("bad", "账本现有的记录比您保存的树头少，可能丢失过记录，或者恢复过较早的备份。请向平台主管部门查询。"),
    Standing.LOST: ("bad", "这个树头确由本平台公布过，但它所盖的一段记录已不在账本中：平台恢复过较早的备份，见下。请保存好树头和凭证，向出具单位提出补录。"),
    Standing.NOT_SIGNED_HERE: ("warn", "树根一致，但签名不是本平台的公钥对这些内容作出的。请核对树头的来源和抄录。"),
    Standing.UNREADABLE: ("warn", "没有读出树头。请粘贴完整的一行（JSON），或者至少写明记录数和 64 位的树根。"),
}  # fmt: skip


@public_page
def list_heads(request: HttpRequest) -> HttpResponse:
    """The signed heads, newest first, so that anybody can keep them; ``?before=`` pages back."""
    text = request.GET.get("before", "")
    before = int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None
    heads = queries.list_heads(limit=PER_PAGE + 1, before=before)
    context: dict[str, Any] = {
        "heads": heads[:PER_PAGE], "before": before,
        "older": f"{request.path}?before={heads[PER_PAGE - 1]['size']}" if len(heads) > PER_PAGE else "",
        "months": queries.list_head_months(), "keys": queries.list_keys_of_heads(), "notices": restored.notices(),
    }  # fmt: skip
    return pages.render(request, "ledger/heads.html", context)


@public_page
def check_head(request: HttpRequest) -> HttpResponse:
    """Judge a head that somebody kept: does the book still grow from it?"""
    text = request.GET.get("kept", "").strip()[:LONGEST]
    judged = consistency.judge(consistency.read_kept(text)) if text else None
    context = {
        "text": text, "judged": judged, "said": SAID[judged.standing] if judged else None,
        "proof": _proof_address(judged) if judged else "", "notices": restored.notices() if judged else [],
    }  # fmt: skip
    return pages.render(request, "ledger/check_head.html", context)


def _proof_address(judged: consistency.Judgement) -> str:
    if judged.standing not in (Standing.EXTENDS, Standing.SAME) or judged.kept is None or judged.head is None:
        return ""
    if not queries.has_head(judged.kept.size):
        return ""
    return f"{reverse('ledger:consistency')}?from={judged.kept.size}&to={judged.head['size']}"


@public_page
def download_consistency(request: HttpRequest) -> HttpResponse:
    """The proof between two heads of the book as JSON; ``?from=`` and ``?to=`` are their numbers of entries."""
    sizes = [request.GET.get(name, "") for name in ("from", "to")]
    if not all(text.isascii() and text.isdecimal() and len(text) < 18 for text in sizes):
        raise UnknownHead("ledger.head_unknown", typed="、".join(text[:20] or "空" for text in sizes))
    found = consistency.between(int(sizes[0]), int(sizes[1]))
    if found is None:
        raise UnknownHead("ledger.head_unknown", typed="、".join(sizes))
    answer = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 1})
    return downloads.attach(answer, f"consistency-{sizes[0]}-{sizes[1]}.json", None)


@public_page
def show_month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """The heads of a month on a sheet to print, seal and keep: first, last, the last one of each day."""
    if not (2020 <= year <= 9000 and 1 <= month <= 12):
        raise UnknownHead("ledger.month_unknown", year=year, month=month)
    found = queries.get_head_month(date(year, month, 1))
    if found is None:
        raise UnknownHead("ledger.month_unknown", year=year, month=month)
    address = origin_of(request) + reverse("ledger:month", args=[year, month])
    context = {
        "month": found, "address": address, "qr": qr.svg(address), "keys": queries.list_keys_of_heads(),
        "is_running": found.last_day >= clock.today(),
    }  # fmt: skip
    return pages.render(request, "ledger/month.html", context)
