"""The third door (GO-15) for 批复文件: neither a paper whose texts meet a secrecy rule, nor one of such a project."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from gongbu.ground.registers import exports
from gongbu.mainline.projects import withholding

TEXTS = (
    "doc_type", "doc_no", "issuer", "applicant", "content", "total_text", "amount_note", "funding_text", "period_text",
    "prior_docs", "record_no", "source", "source_url", "quality_note", "project__name",
)  # fmt: skip


def withhold(papers: "QuerySet[Any]") -> Mapping[int, str]:
    """Return which of these papers an export leaves out, and by which rule (3 queries, one more when some are)."""
    found = exports.withhold_texts(papers, TEXTS)
    projects = withholding.find_withheld(papers.order_by().values("project_id"))
    if projects:
        of_them = papers.order_by().filter(project_id__in=list(projects)).values_list("pk", "project_id")
        found = {pk: projects[project_id] for pk, project_id in of_them} | found
    return found
