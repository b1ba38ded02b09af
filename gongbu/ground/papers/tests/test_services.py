"""Issuing and voiding papers as the people concerned: numbers, files, receipts, refusals that leave nothing behind."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.documents.models import Document
from gongbu.ground.ledger import queries as ledger
from gongbu.ground.ledger import services as book
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.models import Region, Unit
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.ground.papers import queries, services
from gongbu.ground.papers.models import NumberSeries, Paper
from gongbu.ground.papers.tests.conftest import ALL, DAY, NOTICE, YI, actor
from gongbu.ground.papers.typesetting import faces

pytestmark = pytest.mark.django_db


def footprint():
    """What a refusal must leave as it was."""
    return (
        Entry.objects.count(),
        OutboxMessage.objects.count(),
        Document.objects.unscoped("test").count(),
        list(Paper.objects.unscoped("test").order_by("pk").values_list("pk", "state", "rev")),
        list(NumberSeries.objects.unscoped("test").order_by("pk").values_list("mark", "year", "last_number")),
    )


def refuses(code, call):
    before = footprint()
    with pytest.raises(Refusal) as refusal:
        call()
    codes = (
        {f.code for f in refusal.value.findings} if isinstance(refusal.value, InvalidInput) else {refusal.value.code}
    )
    assert code in codes
    assert footprint() == before


@pytest.mark.req("GO-03")
def test_a_paper_gets_the_next_number_two_files_and_a_receipt_that_verifies_signed_out(county, issue):
    paper = issue()
    assert (paper.doc_no, paper.number, paper.state) == ("云发改〔2026〕12号", 12, "ISSUED")
    assert issue().doc_no == "云发改〔2026〕13号"
    files = {d.pk: d for d in Document.objects.unscoped("test").filter(subject_kind="paper", subject_id=paper.pk)}
    assert set(files) == {paper.pdf_id, paper.docx_id}
    assert {d.current.format for d in files.values()} == {"PDF", "DOCX"}
    assert {d.access for d in files.values()} == {"INTERNAL"}
    entry = next(e for e in ledger.list_for_subject("paper", paper.pk) if e.kind == "papers.issue")
    assert entry.receipt == paper.receipt
    assert entry.content["policy"][0]["key"] == "papers.notice"
    assert {f"SHA-256:{d.current.sha256}" for d in files.values()} <= set(entry.content["documents"])
    page = Client().get(reverse("ledger:receipt", args=[paper.receipt])).text
    assert "云发改〔2026〕12号" in page
    assert NOTICE["title"] in page
    assert files[paper.pdf_id].current.sm3[:8] in page
    message = OutboxMessage.objects.get(topic="paper.issued", data__paper=paper.pk)
    assert (message.subject_kind, message.subject_id) == ("unit", county.bureau.pk)


def test_an_act_that_fails_after_issuing_gives_the_number_back(county, issue):
    @act("papers_test.decide", "试办")
    def decide():
        issue()
        raise Refusal("papers.not_found")

    refuses("papers.not_found", decide)
    assert issue().number == 12


def test_the_same_key_issues_once(county, issue):
    first, second = issue(key="once"), issue(key="once")
    assert first.pk == second.pk
    assert NumberSeries.objects.unscoped("test").get(pk=county.series.pk).last_number == 12


def test_a_new_year_continues_the_series_from_one(county, issue, monkeypatch):
    monkeypatch.setattr(book, "_require_honest_clock", lambda: None)
    with clock.simulate(date(2027, 1, 4)):
        assert issue(on=date(2026, 12, 31)).doc_no == "云发改〔2026〕12号"
        assert issue(on=date(2027, 1, 4)).doc_no == "云发改〔2027〕1号"
        assert issue(on=date(2027, 1, 4)).doc_no == "云发改〔2027〕2号"
        assert issue(on=date(2026, 12, 31)).doc_no == "云发改〔2026〕13号"


def test_voiding_keeps_the_number_with_its_reason_and_leads_from_the_old_receipt(county, issue):
    paper = issue(access="PUBLIC")
    visitor = Client()
    assert visitor.get(reverse("documents:file", args=[paper.pdf_id])).status_code == 200
    voided = services.void_paper(paper_id=paper.pk, reason="附表金额抄录有误", actor=county.head, rev=1)
    assert (voided.state, voided.void_reason, voided.void_by) == ("VOID", "附表金额抄录有误", "施有恒")
    assert issue().number == 13, "the number of a void paper is not given again"
    assert visitor.get(reverse("documents:file", args=[paper.pdf_id])).status_code == 404
    old = visitor.get(reverse("ledger:receipt", args=[paper.receipt])).text
    assert "已被更正" in old
    new = visitor.get(reverse("ledger:receipt", args=[voided.void_receipt])).text
    assert "已作废，不再有效" in new
    assert "附表金额抄录有误" in new
    assert OutboxMessage.objects.filter(topic="paper.voided").count() == 1


def test_voiding_is_refused_without_reason_twice_by_an_officer_and_on_an_old_page(county, issue):
    paper = issue()
    refuses(
        "papers.reason_needed", lambda: services.void_paper(paper_id=paper.pk, reason=" ", actor=county.head, rev=1)
    )
    refuses("papers.changed", lambda: services.void_paper(paper_id=paper.pk, reason="错", actor=county.head, rev=7))
    refuses(
        "rights.not_allowed", lambda: services.void_paper(paper_id=paper.pk, reason="错", actor=county.officer, rev=1)
    )
    services.void_paper(paper_id=paper.pk, reason="错", actor=county.head, rev=1)
    refuses(
        "papers.void_already", lambda: services.void_paper(paper_id=paper.pk, reason="错", actor=county.head, rev=2)
    )


def test_bad_contents_are_refused_and_nothing_is_kept(county, issue):
    refuses("papers.field_missing", lambda: issue(fields={**NOTICE, "title": ""}))
    refuses("papers.field_unknown", lambda: issue(fields={**NOTICE, "colour": "红"}))
    refuses("papers.field_type", lambda: issue(fields={**NOTICE, "addressee": 12}))
    refuses("papers.too_long", lambda: issue(fields={**NOTICE, "title": "长" * 81}))
    refuses("papers.table_unknown", lambda: issue(tables={"rows": []}))
    refuses("papers.day_ahead", lambda: issue(on=clock.today() + timedelta(days=1)))
    refuses("policy.unknown_key", lambda: issue(kind="papers.unheard_of"))
    refuses("documents.unknown_access", lambda: issue(access="EVERYBODY"))
    refuses("secrecy.refused", lambda: issue(fields={**NOTICE, "content": "本项目密级：机密。"}))
    assert issue().number == 12


def test_the_issuer_must_lie_in_the_actors_range_and_have_a_series(county, issue):
    key = 991102 * 1_000_000
    next_door = Region.objects.create(name="松岭县", level="COUNTY", key_lo=key, key_hi=key + 1_000_000)
    theirs = Unit.objects.create(name="松岭县发展和改革局", kind="GOVERNMENT", region=next_door)
    refuses("rights.not_allowed", lambda: issue(unit_id=theirs.pk))
    refuses("rights.not_allowed", lambda: issue(by=actor("TOWNSHIP_CLERK", county.region)))
    refuses("rights.not_allowed", lambda: issue(by=actor("OWNER_UNIT", county.region, county.bureau)))
    education = Unit.objects.create(name="云溪县教育局", kind="GOVERNMENT", region=county.region)
    refuses("papers.no_series", lambda: issue(unit_id=education.pk))
    refuses("orgs.no_such_unit", lambda: issue(unit_id=999_999))


def test_a_series_is_opened_once_per_mark_and_sort(county):
    def open_(**more):
        given = {
            "unit_id": county.bureau.pk,
            "mark": "云发改审",
            "year": 2026,
            "sorts": ["LETTER"],
            "actor": county.head,
        }
        return lambda: services.open_series(**{**given, **more})

    refuses("papers.sort_taken", open_())
    refuses("papers.mark_taken", open_(mark="云发改", sorts=["LETTER"]))
    refuses("papers.bad_mark", open_(mark="云发改〔2026〕"))
    refuses("papers.bad_sorts", open_(sorts=["POEM"]))
    refuses("papers.bad_last_number", open_(last_used=-1))
    refuses("papers.bad_year", open_(year=26))
    refuses("rights.not_allowed", open_(actor=county.officer))
    education = Unit.objects.create(name="云溪县教育局", kind="GOVERNMENT", region=county.region)
    refuses("papers.mark_taken", open_(unit_id=education.pk, mark="云发改"))
    series = services.open_series(unit_id=education.pk, mark=" 云 教 ", year=2026, sorts=ALL, actor=county.head)
    assert (series.mark, series.last_number) == ("云教", 0)
    assert Entry.objects.filter(kind="papers.open_series", subject_id=series.pk).count() == 1


def test_rows_are_seen_in_the_region_only_and_restricted_ones_by_few(county, issue):
    paper, hidden = issue(), issue(access="RESTRICTED")
    clerk, viewer = actor("TOWNSHIP_CLERK", county.region, person=99), actor("VIEWER", county.region, person=98)
    assert set(queries.list_papers(county.head)) == {paper, hidden}
    assert set(queries.list_papers(clerk)) == set(queries.list_papers(viewer)) == {paper}
    key = 991102 * 1_000_000
    elsewhere = Region.objects.create(name="松岭县", level="COUNTY", key_lo=key, key_hi=key + 1_000_000)
    with pytest.raises(NotFound):
        queries.get_paper(paper.pk, actor("INVESTMENT_HEAD", elsewhere))
    with pytest.raises(NotFound):
        queries.get_paper(hidden.pk, clerk)
    assert [row.doc_no for row in queries.list_for_subject("unit", county.bureau.pk)] == [hidden.doc_no, paper.doc_no]


def test_papers_follow_their_subject_to_another_region(county, issue):
    paper = issue()
    key = 991102 * 1_000_000
    assert services.follow_subject(subject_kind="unit", subject_id=county.bureau.pk, region_key=key) == 1
    paper.refresh_from_db()
    assert paper.region_key == key
    assert set(Document.objects.unscoped("test").values_list("region_key", flat=True)) == {key}


@pytest.mark.req("JC-04")
def test_the_annual_list_is_issued_from_its_pack_template_with_its_annex(county, issue):
    rows = [
        {"name": f"云溪县第{n}中学新建工程", "owner": "云溪县教育局", "total_fen": n * YI, "year_fen": YI // 3, "duty": "云溪县教育局"}
        for n in range(1, 4)
    ]  # fmt: skip
    fields = {
        "year": 2026, "list_name": "云溪县2026年度重大项目清单", "meeting": "县重大项目联席会议", "meeting_on": date(2026, 2, 20),
        "notice_from": date(2026, 2, 21), "notice_to": date(2026, 2, 27), "project_count": 3, "total": 6 * YI,
        "year_plan": YI, "report_by": date(2026, 3, 31),
    }  # fmt: skip
    paper = issue("county_reserve.major_list", fields, {"projects": rows})
    assert (paper.title, paper.genre, paper.access, paper.form) == (
        "关于印发云溪县2026年度重大项目清单的通知", "通知", "PUBLIC", "RED_HEAD",
    )  # fmt: skip
    refuses("papers.table_empty", lambda: issue("county_reserve.major_list", fields, {"projects": []}))
    broken = [{**rows[0], "name": None}]
    refuses("papers.cell_missing", lambda: issue("county_reserve.major_list", fields, {"projects": broken}))
    refuses(
        "papers.cell_type",
        lambda: issue("county_reserve.major_list", fields, {"projects": [{**rows[0], "total_fen": 1.5}]}),
    )


def test_before_its_first_day_a_template_is_not_in_force(county, issue):
    services.open_series(unit_id=county.bureau.pk, mark="云发改旧", year=2012, sorts=["DOCUMENT"], actor=county.head)
    refuses("policy.no_value", lambda: issue(on=date(2012, 6, 30)))
    assert issue(on=date(2012, 7, 1)).doc_no == "云发改旧〔2012〕1号"
    assert issue(on=date(2012, 7, 2)).doc_no == "云发改旧〔2012〕2号"


def test_without_typefaces_nothing_is_numbered(county, issue, monkeypatch):
    def none():
        raise faces.NoFonts("none")

    monkeypatch.setattr(faces, "faces", none)
    refuses("papers.no_fonts", issue)


def test_nobody_without_the_right_previews(county):
    wanted = services.Request("papers.notice", county.subject, county.bureau.pk, NOTICE, {}, DAY)
    with pytest.raises(NotAllowed):
        services.draft_pdf(wanted, actor("VIEWER", county.region))
    before = footprint()
    assert services.draft_pdf(wanted, county.officer).startswith(b"%PDF")
    assert footprint() == before
