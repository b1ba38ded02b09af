"""GO-15, the third door, for papers: neither a marked paper nor one of a withheld project goes out."""

import pytest

from gongbu.ground.orgs.models import AuditEvent
from gongbu.mainline.approvals.models import ApprovalPaper
from gongbu.mainline.approvals.tests.test_pages import browser, county, record  # noqa: F401
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.req("GO-15")]
MARK = "绝密★长期"


@pytest.fixture
def papers(county):  # noqa: F811
    """Three papers: an open one, one whose content is marked, one of a project whose content is."""
    projects = [factories.approval_project() for _ in range(3)]
    made = [record(project, "可行性研究报告批复", n + 1, None, 100) for n, project in enumerate(projects)]
    ApprovalPaper.objects.unscoped("test").filter(pk=made[1].pk).update(content=f"仓库，{MARK}")
    Project.objects.unscoped("test").filter(pk=projects[2].pk).update(location=f"南坡，{MARK}")
    return made


def noted():
    return AuditEvent.objects.unscoped("test").filter(kind="EXPORTED").latest("pk").data["withheld"]


def test_the_export_leaves_both_out_and_names_the_rule(papers):
    text = b"".join(browser("INVESTMENT_HEAD").get("/papers/export.csv").streaming_content).decode()
    assert papers[0].doc_no in text
    assert papers[1].doc_no not in text
    assert papers[2].doc_no not in text
    assert "另有 2 条触发涉密拦截规则（密级标志 2 条）" in text
    assert noted() == {str(papers[1].pk): "declared_mark", str(papers[2].pk): "declared_mark"}


def test_the_api_leaves_both_out(papers):
    answer = browser("INVESTMENT_HEAD").get("/api/papers")
    assert [row["id"] for row in answer.json()] == [papers[0].pk]
    assert set(noted()) == {str(papers[1].pk), str(papers[2].pk)}
