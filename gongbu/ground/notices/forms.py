"""The form of a draft: catalogue keys, and how its texts become the content of a notice."""

from collections.abc import Mapping
from typing import Any

from gongbu.ground.notices import kinds
from gongbu.ground.notices.models import Notice
from gongbu.ground.notices.services import Content
from gongbu.ground.registers.forms import FormSpec, Step

DRAFT = FormSpec(
    "notices.draft",
    [
        Step("公示", ["notice_kind", "notice_region", "notice_title", "notice_body", "notice_table"]),
        Step("期限与联系", ["notice_period", "notice_contact"]),
    ],
    wide=["notice_title", "notice_contact"],
    options={"notice_kind": lambda _request: kinds.choices()},
)
EDIT = FormSpec(
    "notices.edit",
    [
        Step("公示", ["notice_title", "notice_body", "notice_table"]),
        Step("期限与联系", ["notice_period", "notice_contact"]),
    ],
    wide=["notice_title", "notice_contact"],
)


def content_of(values: Mapping[str, Any]) -> Content:
    """Return the content that was typed; the table is what a spreadsheet puts on the clipboard (tabs and lines)."""
    lines = [line for line in str(values.get("notice_table") or "").splitlines() if line.strip()]
    cells = [[cell.strip() for cell in line.split("\t")] for line in lines]
    return Content(
        title=str(values.get("notice_title") or ""),
        body=str(values.get("notice_body") or ""),
        contact=str(values.get("notice_contact") or ""),
        columns=cells[0] if cells else (),
        rows=cells[1:],
    )


def values_of(notice: Notice) -> dict[str, Any]:
    """Return the typed values of a draft, as the form shows them."""
    lines = ["\t".join(row) for row in ([notice.columns] if notice.columns else []) + notice.rows]
    return {
        "notice_title": notice.title,
        "notice_body": notice.body,
        "notice_table": "\n".join(lines),
        "notice_period": notice.period,
        "notice_contact": notice.contact,
    }
