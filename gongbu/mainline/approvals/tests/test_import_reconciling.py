"""勾稽 (GO-13): a code of another county, a total far below, a project matched by its name."""

import pytest
from django.urls import reverse

from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.models import RegionCode
from gongbu.mainline.approvals.tests.test_import_gates import HEAD as PAPER_HEAD
from gongbu.mainline.approvals.tests.test_import_gates import PAPER, said, take
from gongbu.mainline.projects import dossier, services
from gongbu.mainline.projects.tests import factories
from gongbu.mainline.projects.tests.test_import_pages import browser
from gongbu.mainline.projects.tests.test_importing import HEAD, county, csv, findings, stage  # noqa: F401

ELSEWHERE = "project_code.region_elsewhere"


@pytest.fixture
def places(county):  # noqa: F811
    """The county, its neighbour, and a county of another city; all by code."""
    for region, code in (
        (county, "991101"),
        (factories.neighbour(), "991102"),
        (factories.region("远山县", 991201), "991201"),
    ):
        RegionCode.objects.get_or_create(code=code, defaults={"region": region, "name": region.name})
    return county


@pytest.mark.req("GO-13")
@pytest.mark.parametrize(
    ("segment", "is_flagged"),
    [("991101", False), ("991100", False), ("990000", False), ("991102", True), ("991201", True)],
)
def test_a_code_of_another_county_is_a_warning_at_import(places, segment, is_flagged):
    code = factories.valid_code(region_code=segment)
    batch = stage(csv(f"甲工程,{code},云溪县,100,2026,在建"), factories.officer(places), places)
    assert ((2, ELSEWHERE) in findings(batch)) is is_flagged
    assert batch.rows_rejected == 0


@pytest.mark.req("GO-13")
def test_a_code_of_another_county_is_a_warning_at_the_form_and_in_the_file(places):
    officer = factories.officer(places)
    project = factories.reserve_project(at=places, name="甲工程")
    code = factories.valid_code(region_code="991201")
    client = browser("INVESTMENT_OFFICER")
    form = client.get(reverse("projects:attach_code", args=[project.pk])).text
    assert f"?project={project.pk}" in form
    shown = client.get(reverse("projects:check_code"), {"project_code": code, "project": project.pk}).text
    assert "远山县，与主管区划云溪县不同" in shown
    assert "代码有效" in shown
    own = client.get(
        reverse("projects:check_code"), {"project_code": factories.valid_code(), "project": project.pk}
    ).text
    assert "与主管区划" not in own
    services.attach_code(project_id=project.pk, code=code, actor=officer)
    assert ELSEWHERE in str(Entry.objects.get(kind="project.code_attached").__dict__)
    file = dossier.read_dossier(project.pk, officer)
    assert ELSEWHERE in {f.code for f in file.findings}


@pytest.mark.req("GO-13")
@pytest.mark.parametrize(("total", "is_flagged"), [("1000", True), ("8399", True), ("8400", False), ("12000", False)])
def test_a_paper_far_below_its_projects_total_is_flagged(county, total, is_flagged):  # noqa: F811
    factories.reserve_project(at=county, name="甲工程", total_investment_fen=12_000_000_000)
    found = said(take(county, f"{PAPER},{total}", accept=False))
    assert ((2, "approvals.total_under_project") in found) is is_flagged
    if total == "1000":
        assert "91.6667%" in found[2, "approvals.total_under_project"]


@pytest.mark.req("GO-13")
def test_a_row_matched_by_name_to_a_project_with_a_code_says_so(county):  # noqa: F811
    officer, code = factories.officer(county), factories.valid_code()
    project = factories.reserve_project(at=county, name="甲工程")
    services.attach_code(project_id=project.pk, code=code, actor=officer)
    factories.reserve_project(at=county, name="乙工程")
    other = PAPER.replace("甲", "乙").replace("1号", "2号")
    found = said(take(county, f"{PAPER},100,", f"{other},100,", head=PAPER_HEAD + ",项目代码", accept=False))
    assert code in found[2, "projects.import_matched_by_name"]
    assert (2, "import.code_missing") not in found
    assert (3, "import.code_missing") in found
    rows = findings(stage(csv("甲工程,,云溪县,100,2026,在建", head=HEAD), officer, county))
    assert (2, "projects.import_matched_by_name") in rows
    assert (2, "import.code_missing") not in rows
