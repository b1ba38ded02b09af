"""Recording, correcting and importing papers."""

from datetime import date

import pytest

from gongbu.ground.basics.findings import ChangedMeanwhile, InvalidInput, NotAllowed, Refusal
from gongbu.ground.ledger import queries as ledger
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.models import Region
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.ground.registers.importing import commands, kinds
from gongbu.ground.registers.importing import services as importing
from gongbu.mainline.approvals import queries, services
from gongbu.mainline.approvals.models import ApprovalPaper
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories

WAN = 1_000_000
HEAD = (
    "doc_type,doc_no,doc_date,issuer,applicant,project_name,project_code,total_wan,engineering_wan,other_wan,"
    "contingency_wan,source,quality_note"
)


@pytest.fixture
def county(db):
    Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})
    return factories.region()


def papers():
    return ApprovalPaper.objects.unscoped("test").order_by("pk")


def record(project, actor, **more):
    values = {"doc_type": "可行性研究报告批复", "doc_no": "云发改审〔2026〕1号", "issuer": "云溪县发展和改革局",
              "issued_on": date(2026, 3, 4), "issued_precision": "DAY", "total_fen": 2960 * WAN, **more}  # fmt: skip
    return services.record_paper(project_id=project.pk, actor=actor, **values)


@pytest.mark.req("GO-03", "GO-07")
def test_a_paper_gets_a_receipt_with_whitelisted_fields_only(county):
    officer, project = factories.officer(county), factories.approval_project()
    paper = record(project, officer, funding_text="内部约定的资金口径")
    receipt = ledger.get_receipt(paper.receipt)
    assert receipt.public["文号"] == "云发改审〔2026〕1号"
    assert receipt.public["项目名称"] == project.name
    assert "内部约定" not in str(receipt.public)
    assert receipt.occurred_on == date(2026, 3, 4), "the legal day is the paper's own"
    assert receipt.late.is_late


def test_refusals_leave_nothing(county):
    project = factories.approval_project()
    entries, told = Entry.objects.count(), OutboxMessage.objects.count()
    with pytest.raises(NotAllowed):
        record(project, factories.actor("VIEWER", county))
    with pytest.raises(NotAllowed):
        record(project, factories.officer(factories.neighbour()))
    with pytest.raises(InvalidInput):
        record(project, factories.officer(county), issued_on=date(2999, 1, 1))
    with pytest.raises(InvalidInput):
        record(project, factories.officer(county), content="密级：机密")
    assert not papers().exists()
    assert (Entry.objects.count(), OutboxMessage.objects.count()) == (entries, told)


def test_the_same_number_stands_once_and_a_repeated_request_answers_alike(county):
    officer, project = factories.officer(county), factories.approval_project()
    first = record(project, officer, key="once")
    with pytest.raises(Refusal):
        record(project, officer)
    again = record(project, officer, key="once", doc_no="云发改审〔2026〕2号")
    assert again.pk == first.pk, "a repeated request gets the first answer, and nothing of the second is kept"
    assert papers().count() == 1


@pytest.mark.req("GO-16")
def test_a_correction_is_a_new_entry_and_the_old_receipt_says_so(county):
    head, project = factories.head(county), factories.approval_project()
    paper = record(project, head)
    old = paper.receipt
    with pytest.raises(Refusal):
        services.correct_paper(paper_id=paper.pk, rev=1, changes={"total_fen": 1}, reason="", actor=head)
    corrected = services.correct_paper(
        paper_id=paper.pk, rev=1, changes={"total_fen": 2980 * WAN}, reason="抄录有误", actor=head
    )
    assert corrected.total_fen == 2980 * WAN
    assert ledger.get_receipt(old).is_corrected
    assert ledger.get_receipt(corrected.receipt).corrects == old
    with pytest.raises(ChangedMeanwhile):
        services.correct_paper(paper_id=paper.pk, rev=1, changes={"total_fen": 3}, reason="又改", actor=head)


def stage(actor, county, *lines, head=HEAD):
    content = "\n".join([head, *lines]).encode()
    return importing.stage(
        content=content, file_name="批文.csv", kind=kinds.get("approvals"), actor=actor, region=county
    )


def found(batch):
    return {(f["row"], f["code"]) for f in commands.report_of_batch(batch)["findings"]}


def row(number="1", total="632.99", parts="531.58,71.27,30.14", name="云溪县小学改造", kind="可行性研究报告批复"):
    return f"{kind},云发改审〔2026〕{number}号,2026-03-04,云溪县发展和改革局,云溪县教育局,{name},,{total},{parts},示例来源,"


@pytest.mark.req("GO-13")
def test_sums_exact_rounded_and_wrong(county):
    officer = factories.officer(county)
    batch = stage(
        officer, county,
        row("1"), row("2", parts="531.58,71.27,30.15", name="乙"), row("3", parts="531.58,71.27,35.14", name="丙"),
        row("4", parts="531.58,71.27元,30.14", name="丁"),
    )  # fmt: skip
    codes = found(batch)
    assert not {c for c in codes if c[0] == 2 and c[1].startswith("approvals.sum")}
    assert {(3, "approvals.sum_rounding"), (4, "approvals.sum_disagrees"), (5, "approvals.sum_slip")} <= codes
    assert (batch.rows_rejected, batch.rows_total) == (2, 4)
    importing.accept(batch_id=batch.pk, actor=officer)
    assert [p.doc_no for p in papers()] == ["云发改审〔2026〕1号", "云发改审〔2026〕2号"]
    paper = papers()[0]
    assert (paper.engineering_fen, paper.other_fen, paper.contingency_fen) == (531_580_000, 71_270_000, 30_140_000)
    assert paper.is_published


def test_papers_go_to_the_project_found_or_made_and_a_second_import_adds_nothing(county):
    officer = factories.officer(county)
    standing = factories.approval_project(name="云溪县小学改造")
    lines = [row("1"), row("2", kind="初步设计概算批复"), row("9", name="新项目")]
    importing.accept(batch_id=stage(officer, county, *lines).pk, actor=officer)
    assert [p.project.name for p in papers().select_related("project")] == [
        "云溪县小学改造",
        "云溪县小学改造",
        "新项目",
    ]
    assert papers()[0].project_id == standing.pk
    entries = Entry.objects.count()
    batch = importing.accept(batch_id=stage(officer, county, *lines).pk, actor=officer)
    assert (papers().count(), Entry.objects.count(), batch.rows_rejected) == (3, entries, 0)
    assert {(2, "approvals.import_on_file"), (4, "approvals.import_on_file")} <= found(batch)
    chain = queries.list_chain(standing.pk)
    assert [r.paper.step for r in chain] == ["FEASIBILITY", "ESTIMATE"]


def test_two_papers_of_a_project_made_by_the_same_file(county):
    officer = factories.officer(county)
    importing.accept(batch_id=stage(officer, county, row("1"), row("2", kind="初步设计概算批复")).pk, actor=officer)
    assert Project.objects.unscoped("test").count() == 1
    assert papers().count() == 2
