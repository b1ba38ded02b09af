"""Reports filed with projects: read behind the pages, compared, shown to those who may see both, decided by a person."""

import io
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult
from hypothesis import given, settings
from hypothesis import strategies as st

from gongbu.ground.basics.findings import ChangedMeanwhile, InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.documents import services as documents
from gongbu.ground.documents.models import Document
from gongbu.ground.documents.tests.factories import pdf
from gongbu.ground.jobs.worker import JobWorker
from gongbu.ground.ledger import queries as ledger
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.models import Region
from gongbu.ground.outbox import services as outbox
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.mainline.likeness import report_queries, report_services, report_work
from gongbu.mainline.likeness.models import Report, ReportPair, ReportPrint
from gongbu.mainline.likeness.rules.prints import pack, prints_of, unpack
from gongbu.mainline.likeness.rules.texts import Text
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.test_pages import signed_in

pytestmark = pytest.mark.django_db
_SIGNS = "山水田林路桥渠站厂校园区村镇街河库坝房舍塔池井棚圃场馆院所库仓室厅梯管线网杆灯柜泵阀闸槽沟坡岸滩湾岭坪坝垭口沿东南西北中上下内外新旧高低长短"


@pytest.fixture(autouse=True)
def _place(db: None, settings: Any, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path / "files"
    Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})


def words(seed: str, size: int = 1_500) -> str:
    """Text that no other seed has a passage of."""
    dice = random.Random(seed)
    return "，".join("".join(dice.choices(_SIGNS, k=12)) for _ in range(size // 12))


def docx(*paragraphs: str) -> bytes:
    out, ns = io.BytesIO(), 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = "".join(f"<w:p><w:r><w:t>{p}</w:t></w:r></w:p>" for p in paragraphs)
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "word/document.xml", f"<?xml version='1.0'?><w:document {ns}><w:body>{body}</w:body></w:document>"
        )
    return out.getvalue()


def file(project: Project, content: bytes, *, title: str = "可行性研究报告", name: str = "可研.docx", kind: str = "FEASIBILITY",
         access: str = "INTERNAL", by: Any = None) -> Document:  # fmt: skip
    return documents.store(
        io.BytesIO(content), name, subject_kind="project", subject_id=project.pk, region_key=project.region_key,
        access=access, actor=by or make.officer(), kind=kind, title=title,
    )  # fmt: skip


def settle() -> int:
    """Do what the worker does: deliver messages, then run the jobs; returns how many ran."""
    while outbox.dispatch():
        pass
    ran, worker = 0, JobWorker()
    while worker.run_one():
        ran += 1
    failed = [row.traceback for row in DBTaskResult.objects.filter(status="FAILED")]
    assert not failed, failed[0]
    return ran


def pairs() -> list[ReportPair]:
    return list(ReportPair.objects.unscoped("test").order_by("pk"))


def state_of(document: Document) -> str:
    return str(Report.objects.unscoped("test").get(document_id=document.pk).state)


def copied(*, at: Region | None = None, access: str = "INTERNAL") -> tuple[Project, Project, Document, Document]:
    """A report of one project, and one of another of which two thirds are the first one's."""
    one, other = make.reserve_project(name="石桥镇中心小学教学楼", at=at), make.reserve_project(name="东铺镇敬老院")
    shared = words("shared", 2_000)
    first = file(one, docx(words("one", 500), shared), access=access, by=make.officer(at))
    second = file(other, docx(shared, words("other", 1_000)), title="项目建议书", kind="PROPOSAL")
    return one, other, first, second


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.text(min_size=40, max_size=200))
def test_fingerprints_of_a_passage_are_among_those_of_any_text_that_holds_it(before: str, passage: str) -> None:
    whole = Text(before + passage).counted
    assert set(prints_of(Text(passage).counted)) <= set(prints_of(whole))
    assert unpack(pack(prints_of(whole))) == prints_of(whole)
    assert all(0 <= value < 2**63 for value in prints_of(whole))


@pytest.mark.req("LY-22")
def test_a_copied_report_is_found_behind_the_page_with_its_passages() -> None:
    _one, _other, first, second = copied()
    file(make.reserve_project(), docx(words("alone")), title="第三份可行性研究报告")
    file(make.reserve_project(), docx(words("shared", 2_000)), title="可研批复", kind="APPROVAL")
    assert settle() == 3, "an approval is no report"
    (pair,) = pairs()
    assert (pair.a.document_id, pair.b.document_id, pair.state) == (first.pk, second.pk, "OPEN")
    assert 0.6 < pair.share_b < 0.7
    assert 0.75 < pair.share_a < 0.85
    assert pair.passages_total == 1
    assert pair.passages[0]["a"][:40] == pair.passages[0]["b"][:40] == words("shared")[:40]
    report = Report.objects.unscoped("test").get(document_id=first.pk)
    assert (
        len(unpack(bytes(report.prints)))
        == ReportPrint.objects.unscoped("test").filter(report_id=report.pk).count()
        > 20
    )


def test_a_job_that_runs_again_or_was_cut_off_leaves_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    _one, _other, _first, second = copied()

    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(report_work, "_compare", stopped)
        while outbox.dispatch():
            pass
        with pytest.raises(KeyboardInterrupt):
            report_work.read_and_compare(second.pk)
    assert pairs() == []
    assert settle() == 2
    before = [(p.pk, p.rev, p.share_b, p.state) for p in pairs()], ReportPrint.objects.unscoped("test").count()
    report_work.read_and_compare(second.pk)
    assert report_work.submit_missing() == 0
    assert settle() == 0
    assert (
        [(p.pk, p.rev, p.share_b, p.state) for p in pairs()],
        ReportPrint.objects.unscoped("test").count(),
    ) == before
    assert len(before[0]) == 1


def test_a_job_that_read_an_older_version_keeps_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    _one, _other, _first, second = copied()
    settle()
    (pair,) = pairs()
    real, officer = report_work._read, make.officer()

    def replaced_meanwhile(sha256: str) -> Text:
        text = real(sha256)
        second.refresh_from_db()
        received = documents.receive(io.BytesIO(docx(words("quite another"))), "可研.docx")
        documents.replace(document_id=second.pk, received=received, actor=officer, rev=second.rev)
        return text

    with monkeypatch.context() as patch:
        patch.setattr(report_work, "_read", replaced_meanwhile)
        report_work.read_and_compare(second.pk)
    assert settle() == 1
    assert [p.state for p in pairs()] == ["CLOSED"]
    report = Report.objects.unscoped("test").get(document_id=second.pk)
    assert unpack(bytes(report.prints)) == prints_of(Text(words("quite another")).counted)
    assert pair.a.document_id != second.pk


def test_reports_filed_before_are_found_by_the_daily_look() -> None:
    copied()
    OutboxMessage.objects.all().delete()
    assert report_work.submit_missing() == 2
    assert settle() == 2
    assert len(pairs()) == 1


@pytest.mark.req("LY-22", "GO-15")
def test_what_cannot_be_read_says_so_and_secret_words_leave_no_trace() -> None:
    project = make.reserve_project(name="石桥镇中心小学教学楼")
    scan = file(project, pdf(""), name="扫描.pdf", title="可行性研究报告（扫描）")
    broken = file(project, b"%PDF-1.7 nothing at all" + b" " * 400 + b"\n%%EOF\n", name="损坏.pdf", title="项目建议书")
    secret = file(project, docx("机密★十年", words("secret")), title="实施方案")
    settle()
    assert state_of(scan) in {"NO_WORDS", "READ"}
    assert state_of(broken) == "UNREADABLE"
    assert state_of(secret) == "WITHHELD"
    ids = Report.objects.unscoped("test").filter(document_id__in=[broken.pk, secret.pk]).values_list("pk", flat=True)
    assert not ReportPrint.objects.unscoped("test").filter(report_id__in=list(ids)).exists()
    page = signed_in("INVESTMENT_OFFICER").get(f"/projects/{project.pk}/?tab=likeness").content.decode()
    assert "含涉密标志，不予比对" in page
    assert "加密或损坏，不能比对" in page


def test_a_scan_without_words_says_so() -> None:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (200, 100), "white").save(out, "PDF")
    document = file(make.reserve_project(), out.getvalue(), name="扫描.pdf")
    settle()
    assert state_of(document) == "NO_WORDS"


@pytest.mark.req("LY-22")
def test_common_wording_does_not_count_and_a_template_used_by_many_is_told() -> None:
    law, own = words("law", 900), [make.reserve_project() for _ in range(7)]
    for n, project in enumerate(own[:6]):
        file(project, docx(words(f"own{n}", 1_500), law), title=f"第{n}份可行性研究报告")
    settle()
    for project in own[:6]:
        report_work.read_and_compare(Report.objects.unscoped("test").get(project=project).document_id)
    assert [p for p in pairs() if p.state == "OPEN"] == [], "a clause that six reports quote is nobody's copy"
    file(own[6], docx(law, words("rest", 300)), title="套用的可行性研究报告")
    settle()
    newest = [p for p in pairs() if p.state == "OPEN"]
    assert newest
    assert all(p.common_share > 0.7 and p.b.project_id == own[6].pk for p in newest), (
        "mostly common wording: one template"
    )


def test_a_new_version_or_a_withdrawal_changes_the_finding() -> None:
    _one, _other, first, second = copied()
    settle()
    (pair,) = pairs()
    officer = make.officer()
    report_services.decide_report(pair_id=pair.pk, verdict="COPIED", reason="需求分析整段照搬", actor=officer)
    half = docx(words("shared", 2_000), words("again", 1_500))
    second.refresh_from_db()
    documents.replace(document_id=second.pk, received=documents.receive(io.BytesIO(half), "可研.docx"), actor=officer,
                      rev=second.rev)  # fmt: skip
    settle()
    (pair,) = pairs()
    assert (pair.state, pair.verdict) == ("OPEN", ""), "other words are judged again; the book keeps what was said"
    first.refresh_from_db()
    documents.withdraw(document_id=first.pk, reason="报错项目", actor=officer, rev=first.rev)
    settle()
    (pair,) = pairs()
    assert (pair.state, pair.passages) == ("CLOSED", [])
    assert state_of(first) == "GONE"
    with pytest.raises((Refusal, NotFound)):
        report_services.decide_report(pair_id=pair.pk, verdict="COPIED", reason="照搬", actor=officer)


@pytest.mark.req("LY-22", "GO-03")
def test_a_person_decides_with_a_reason_that_stands_in_both_books() -> None:
    one, other, _first, _second = copied()
    settle()
    (pair,) = pairs()
    officer = make.officer()
    before = Entry.objects.count(), OutboxMessage.objects.count()
    with pytest.raises(InvalidInput):
        report_services.decide_report(pair_id=pair.pk, verdict="COPIED", reason=" ", actor=officer)
    with pytest.raises(InvalidInput):
        report_services.decide_report(pair_id=pair.pk, verdict="PERHAPS", reason="照搬", actor=officer)
    with pytest.raises(NotAllowed):
        report_services.decide_report(pair_id=pair.pk, verdict="COPIED", reason="照搬", actor=make.actor("LEADER"))
    with pytest.raises(NotFound):
        report_services.decide_report(
            pair_id=pair.pk, verdict="COPIED", reason="照搬", actor=make.officer(make.neighbour())
        )
    assert (Entry.objects.count(), OutboxMessage.objects.count(), pairs()[0].state) == (*before, "OPEN")
    report_services.decide_report(
        pair_id=pair.pk, verdict="COPIED", reason="需求分析整段照搬", actor=officer, rev=pair.rev
    )
    with pytest.raises(ChangedMeanwhile):
        report_services.decide_report(pair_id=pair.pk, verdict="NOT_COPIED", reason="另说", actor=officer, rev=pair.rev)
    for project in (one, other):
        entry = next(
            row for row in ledger.list_for_subject("project", project.pk) if row.kind == "likeness.report_decided"
        )
        assert entry.content["after"]["reason"] == "需求分析整段照搬"
        assert {ref["key"] for ref in entry.content["policy"]} >= {"likeness.report_share", "likeness.common_in"}
    settle()
    report_work.read_and_compare(pair.b.document_id)
    assert pairs()[0].verdict == "COPIED", "another look does not undo what a person said"


@pytest.mark.req("LY-22", "CM-10")
def test_only_those_who_may_open_both_documents_see_the_passages() -> None:
    one, other, _first, _second = copied(at=make.neighbour())
    restricted = make.reserve_project(name="城南水厂")
    file(restricted, docx(words("shared", 2_000)), title="实施方案", access="RESTRICTED")
    settle()
    assert len(pairs()) == 3
    sight = words("shared")[:30]
    mine = signed_in("INVESTMENT_OFFICER")
    page = mine.get(f"/projects/{other.pk}/?tab=likeness").content.decode()
    assert "另有 1 份雷同材料不在您的查看范围内" in page
    assert "石桥镇中心小学教学楼" not in page
    across = next(p for p in pairs() if p.a.project_id == one.pk and p.b.project_id == other.pk)
    assert mine.get(f"/likeness/reports/{across.pk}").status_code == 404
    inside = next(p for p in pairs() if p.a.project_id == other.pk and p.b.project_id == restricted.pk)
    assert sight in mine.get(f"/likeness/reports/{inside.pk}").content.decode()
    clerk = signed_in("SECTOR_OFFICER")
    assert clerk.get(f"/likeness/reports/{inside.pk}").status_code == 404, "受限 is not for everybody in the county"
    nation = Region.objects.get(level="NATION")
    assert sight in signed_in("INVESTMENT_HEAD", nation).get(f"/likeness/reports/{across.pk}").content.decode()
    assert "石桥镇" not in mine.get("/likeness/reports/").content.decode()


@pytest.mark.req("LY-22")
def test_the_panel_leads_to_the_passages_and_the_decision() -> None:
    one, other, _first, _second = copied()
    settle()
    (pair,) = pairs()
    officer = signed_in("INVESTMENT_OFFICER")
    for project in (one, other):
        page = officer.get(f"/projects/{project.pk}/?tab=likeness").content.decode()
        assert "雷同材料" in page
        assert "对照、认定" in page
        assert "待确认" in page, "the limit is a platform default, and says so"
    address = f"/likeness/reports/{pair.pk}"
    page = officer.get(address).content.decode()
    assert page.count(words("shared")[:30]) == 2, "side by side"
    assert officer.post(address, {"report_verdict": "COPIED", "report_verdict_reason": ""}).status_code == 422
    assert (
        signed_in("LEADER").post(address, {"report_verdict": "COPIED", "report_verdict_reason": "x"}).status_code == 403
    )
    answer = officer.post(address, {"report_verdict": "SAME_TEMPLATE", "report_verdict_reason": "同一编制单位的提纲"})
    assert answer.status_code == 302
    assert "同一编制单位的提纲" in officer.get(f"/projects/{one.pk}/?tab=likeness").content.decode()
    assert "认定雷同材料" in officer.get(f"/projects/{one.pk}/?tab=timeline").content.decode()
    assert "东铺镇敬老院" in officer.get("/likeness/reports/?tab=DECIDED").content.decode()
    assert officer.get("/likeness/reports/export.csv").status_code == 200


def test_the_panel_asks_as_much_for_many_reports_as_for_one() -> None:
    project, text = make.reserve_project(), words("shared", 600)
    file(project, docx(text))

    def more(count: int) -> None:
        for _ in range(count):
            file(make.reserve_project(), docx(text))
        settle()

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            report_queries.of_project(project.pk, officer)
        return len(captured)

    officer = make.officer()
    more(1)
    few = asked()
    more(2)
    assert len(report_queries.of_project(project.pk, officer).rows) == 3
    assert asked() == few
