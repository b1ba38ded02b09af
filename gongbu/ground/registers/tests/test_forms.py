"""Forms: drafts, errors beside their fields, and two people on one record."""

import json
from datetime import timedelta

import pytest

from gongbu.ground.basics import clock
from gongbu.ground.orgs.tests.conftest import make_person
from gongbu.ground.registers import drafts, forms
from gongbu.ground.registers.models import FormDraft

pytestmark = [pytest.mark.django_db, pytest.mark.urls("gongbu.ground.registers.tests.urls_with_gallery")]
GOOD = {"s_name": "示例工程", "s_nature": "GOVERNMENT", "s_total": "约8亿元", "rev": "3"}


@pytest.fixture
def region(town):
    return town.east.pk


def test_prefilled_values_say_where_they_come_from(officer, demo):
    html = officer.get("/_gallery/form").content.decode()
    assert "取自资金来源" in html
    assert 'value="820,000"' in html  # 820,000 万元 = 820,000,000,000 fen ÷ 1,000,000


def test_problems_stand_beside_the_field_and_in_the_summary(officer, demo):
    answer = officer.post("/_gallery/form", {**GOOD, "s_name": "", "s_start": "2026.13.40"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "有 3 处需要修改" in html  # name, region, start
    assert 'href="#form-sample-form-s_start"' in html
    assert 'aria-invalid="true"' in html
    assert "约数" in html
    assert 'value="约8亿元"' in html  # what was typed is never lost


def test_a_good_form_goes_on(officer, demo, region):
    answer = officer.post("/_gallery/form", {**GOOD, "s_region": region})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/_gallery")


def test_a_record_changed_meanwhile_shows_both_values_and_can_be_sent_again(officer, demo, region):
    answer = officer.post("/_gallery/form", {**GOOD, "s_name": "冲突", "s_region": region})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "李明在您打开表单之后保存过" in html
    assert "示例区污水处理厂" in html
    assert "<del>冲突</del>" in html
    assert '<input type="hidden" name="rev" value="4">' in html
    assert 'name="s_total" value="约8亿元"' in html


DRAFTED = forms.FormSpec("tests.drafted", [forms.Step("", ["name", "total_investment_fen"])])


def test_a_draft_keeps_the_forms_own_fields_and_nothing_else(officer, town):
    answer = officer.post("/_/drafts/tests.drafted", {"name": "写了一半", "evil": "x", "csrfmiddlewaretoken": "t"})
    assert answer.status_code == 200
    draft = FormDraft.objects.get()
    assert draft.data == {"name": "写了一半"}
    officer.post("/_/drafts/tests.drafted", {"name": "写完了"})
    assert FormDraft.objects.get().data == {"name": "写完了"}


def test_a_draft_is_the_persons_own_and_comes_back(officer, town, rf):
    officer.post("/_/drafts/tests.drafted", {"name": "写了一半"})
    form = DRAFTED.bind(request_of(rf, officer.person.pk))
    form.take_draft()
    assert form.fields["name"].value == "写了一半"
    assert "草稿" in form.draft_note
    other = DRAFTED.bind(request_of(rf, officer.person.pk + 1))
    other.take_draft()
    assert other.fields["name"].value == ""
    form.drop_draft()
    assert not FormDraft.objects.exists()


def test_an_unknown_form_keeps_no_draft(officer, town):
    assert officer.post("/_/drafts/no.such", {"name": "x"}).status_code == 404
    assert not FormDraft.objects.exists()


def test_a_draft_too_long_is_not_kept(officer, town):
    assert officer.post("/_/drafts/tests.drafted", {"name": "长" * 60_000}).status_code == 413
    assert not FormDraft.objects.exists()


def request_of(rf, person_id):
    from gongbu.ground.orgs.actor import Actor

    request = rf.get("/")
    request.actor = Actor(person_id, "某")
    return request


def test_read_only_fields_cannot_be_posted(officer, town, rf):
    spec = forms.FormSpec("tests.readonly", [forms.Step("", ["name"])], readonly=["name"], keeps_draft=False)
    form = spec.bind(request_of(rf, 1), initial={"name": "定了"})
    assert form.read({"name": "改掉"})
    assert form.values == {"name": "定了"}
    assert form.changes == {}


STAND = {"name": "甲工程", "total_investment_fen": 100_000_000_00}  # 10,000 万元


def opened_on(rf, person_id, rev=3, subject="9", spec=DRAFTED, **stand):
    form = spec.bind(request_of(rf, person_id), initial={**STAND, **stand}, subject=subject, rev=rev)
    form.take_draft()
    return form


def autosave(client, form, **typed):
    """Post what the browser posts: the texts and what goes with them unseen."""
    data = {n: f.value for n, f in form.fields.items()} | typed
    return client.post(form.draft_url, data | dict(form.carries))


def submit(rf, person_id, form):
    """Let the form be sent by its window."""
    request = rf.post("/", dict(form.carries))
    request.actor = request_of(rf, person_id).actor
    form.spec.bind(request, subject=form.subject).drop_draft()


def settle(client, form, **button):
    rev = "" if form.rev is None else form.rev
    return client.post(
        form.settle_url, {"rev": rev, "_opened": form.opened, "_begun_on": form.begun_on, "_back": "/x?y=1", **button}
    )


def adopt(client, form):
    return settle(client, form, _adopt=form.draft_offer.token)


def shown(form):
    return {n: f.value for n, f in form.fields.items()}


def test_a_draft_keeps_what_it_was_begun_on(officer, town, rf):
    autosave(officer, opened_on(rf, officer.person.pk), name="乙工程")
    draft = FormDraft.objects.get()
    assert draft.rev == 3
    assert draft.opened == drafts.marks_of({"name": "甲工程", "total_investment_fen": "10,000"})


def test_a_draft_of_the_same_revision_is_filled_in(officer, town, rf):
    autosave(officer, opened_on(rf, officer.person.pk), name="乙工程")
    form = opened_on(rf, officer.person.pk)
    assert form.draft_offer is None
    assert shown(form) == {"name": "乙工程", "total_investment_fen": "10,000"}
    assert json.loads(form.opened)["name"] == drafts.mark("甲工程")  # begun on what stands, not on the draft


def test_a_draft_does_not_cover_a_newer_value(officer, town, rf):
    me = officer.person.pk
    autosave(officer, opened_on(rf, me), name="乙工程")
    form = opened_on(rf, me, rev=4, name="丙工程", total_investment_fen=200_000_000_00)
    assert shown(form) == {"name": "丙工程", "total_investment_fen": "20,000"}
    assert form.draft_url == ""  # nothing is saved over the draft before the person decided
    name, total = form.draft_offer.differences
    assert (name.present, name.drafted, name.is_clash, name.is_kept) == ("丙工程", "乙工程", True, False)
    assert (total.present, total.is_kept) == ("20,000", True)
    assert FormDraft.objects.get().data["name"] == "乙工程"


def test_an_adopted_draft_fills_in_what_the_person_changed_and_nothing_else(officer, town, rf):
    me = officer.person.pk
    autosave(officer, opened_on(rf, me), name="乙工程")
    form = opened_on(rf, me, rev=4, name="丙工程", total_investment_fen=200_000_000_00)
    answer = adopt(officer, form)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/x?y=1")
    form = opened_on(rf, me, rev=4, name="丙工程", total_investment_fen=200_000_000_00)
    assert (form.draft_offer, form.rev) == (None, 4)
    assert shown(form) == {"name": "乙工程", "total_investment_fen": "20,000"}


def test_a_record_changed_again_between_seeing_and_adopting_is_offered_again(officer, town, rf):
    me = officer.person.pk
    autosave(officer, opened_on(rf, me), name="乙工程")
    adopt(officer, opened_on(rf, me, rev=4, name="丙工程"))
    form = opened_on(rf, me, rev=5, name="丁工程")
    assert form.fields["name"].value == "丁工程"
    assert [(d.present, d.drafted) for d in form.draft_offer.differences] == [("丁工程", "乙工程")]


def test_a_draft_saved_again_after_it_was_seen_is_not_adopted(officer, town, rf):
    me = officer.person.pk
    first = opened_on(rf, me)
    autosave(officer, first, name="乙工程")
    form = opened_on(rf, me, rev=4, name="丙工程")
    FormDraft.objects.update(data={"name": "另一窗口"}, saved_at=clock.now() + timedelta(seconds=1))
    adopt(officer, form)
    assert FormDraft.objects.get().rev == 3
    assert opened_on(rf, me, rev=4, name="丙工程").draft_offer.differences[0].drafted == "另一窗口"


def test_a_draft_is_thrown_away_on_the_persons_word(officer, town, rf):
    me = officer.person.pk
    autosave(officer, opened_on(rf, me), name="乙工程")
    settle(officer, opened_on(rf, me, rev=4, name="丙工程"), _discard="1")
    assert not FormDraft.objects.exists()


def test_nobody_settles_the_draft_of_another(officer, town, rf):
    me = officer.person.pk
    autosave(officer, opened_on(rf, me), name="乙工程")
    FormDraft.objects.update(person=make_person("other", town.bureau))
    settle(officer, opened_on(rf, me, rev=4), _discard="1")
    assert FormDraft.objects.count() == 1


def test_a_change_elsewhere_in_the_record_asks_nothing(officer, town, rf):
    me = officer.person.pk
    autosave(officer, opened_on(rf, me), name="乙工程")
    form = opened_on(rf, me, rev=4)
    assert (form.draft_offer, form.fields["name"].value) == (None, "乙工程")
    assert "本表各项没有受影响" in form.draft_note


def test_a_draft_from_before_marks_were_kept_is_offered(officer, town, rf):
    me = officer.person.pk
    officer.post("/_/drafts/tests.drafted?subject=9", {"name": "乙工程", "total_investment_fen": "10,000"})
    form = opened_on(rf, me, rev=4)
    assert [(d.present, d.drafted, d.is_clash) for d in form.draft_offer.differences] == [("甲工程", "乙工程", False)]


def test_a_form_without_revision_goes_by_its_values(officer, town, rf):
    me = officer.person.pk
    autosave(officer, opened_on(rf, me, rev=None), name="乙工程")
    # 20,000 was prefilled by the system meanwhile: it stands, and what the person typed stands beside it
    form = opened_on(rf, me, rev=None, total_investment_fen=200_000_000_00)
    assert shown(form) == {"name": "乙工程", "total_investment_fen": "20,000"}
    form = opened_on(rf, me, rev=None, name="丙工程")
    assert (form.draft_offer is None, form.fields["name"].value) == (False, "丙工程")


def test_unreadable_marks_and_revisions_are_none(officer, town, rf):
    for marks in ("[1]", "{", '{"name": "x"}', '{"name": 3}'):
        officer.post("/_/drafts/tests.drafted", {"name": "甲", "rev": "9" * 30, "_opened": marks})
        draft = FormDraft.objects.get()
        assert (draft.rev, draft.opened) == (None, {})


def test_settling_goes_back_to_this_site_only(officer, town, rf):
    form = opened_on(rf, officer.person.pk)
    assert officer.post(form.settle_url, {"_back": "https://elsewhere.example/"}).headers["Location"] == "/"
    assert officer.post("/_/drafts/no.such/settle").status_code == 404


@pytest.mark.req("GO-15")
def test_a_secret_draft_is_refused_with_the_rule_and_without_the_content(officer, town, rf):
    form = opened_on(rf, officer.person.pk)
    autosave(officer, form, name="仓库")
    answer = autosave(officer, form, name="仓库（绝密★长期）")
    assert answer.status_code == 422
    why = answer.json()["why"]
    assert "草稿没有保存" in why
    assert "密级标志" in why
    assert "改写" in why
    assert "仓库" not in why
    assert FormDraft.objects.get().data["name"] == "仓库"  # what was kept before stays


def test_a_draft_too_long_says_so(officer, town):
    why = officer.post("/_/drafts/tests.drafted", {"name": "长" * 60_000}).json()["why"]
    assert "100,000 字" in why


def test_two_windows_of_one_record_do_not_save_over_each_other(officer, town, rf):
    person = officer.person.pk
    first, second = (opened_on(rf, person, rev=None) for _ in range(2))
    assert autosave(officer, first, name="第一份").status_code == 200
    answer = autosave(officer, second, name="第二份")
    assert answer.status_code == 409
    assert "另一个窗口" in answer.json()["why"]
    assert "先提交另一个窗口" in answer.json()["why"]
    assert autosave(officer, first, name="第一份，又写").status_code == 200, "a window saves again and again"
    assert FormDraft.objects.get().data["name"] == "第一份，又写"

    # Submitting the second leaves the draft of the first; submitting the first ends it.
    submit(rf, person, second)
    assert FormDraft.objects.get().data["name"] == "第一份，又写"
    submit(rf, person, first)
    assert not FormDraft.objects.exists()
    assert autosave(officer, second, name="第三份").status_code == 200, "nothing is in its way any more"


def test_a_window_opened_later_goes_on_with_the_draft_and_the_earlier_one_is_told(officer, town, rf):
    person = officer.person.pk
    first = opened_on(rf, person, rev=None)
    autosave(officer, first, name="写了一半")
    later = opened_on(rf, person, rev=None)
    assert later.fields["name"].value == "写了一半"
    assert autosave(officer, later, name="写完了").status_code == 200
    assert autosave(officer, first, name="旧窗口").status_code == 409
    assert FormDraft.objects.get().data["name"] == "写完了"
    submit(rf, person, later)
    assert not FormDraft.objects.exists()


def new_form(rf, person_id, draft=""):
    request = rf.get("/", {"draft": draft} if draft else {})
    request.actor = request_of(rf, person_id).actor
    form = DRAFTED.bind(request)
    form.take_draft()
    return form


def test_two_windows_of_a_new_form_each_keep_their_draft(officer, town, rf):
    person = officer.person.pk
    first, second = new_form(rf, person), new_form(rf, person)
    assert autosave(officer, first, name="第一份").status_code == 200
    assert autosave(officer, second, name="第二份").status_code == 200
    assert autosave(officer, first, name="第一份，又写").status_code == 200
    assert set(FormDraft.objects.values_list("data__name", flat=True)) == {"第一份，又写", "第二份"}

    back = new_form(rf, person)
    assert back.fields["name"].value == "第一份，又写", "the newest is filled in"
    ((other, _at, called),) = back.other_drafts
    assert called == "第二份"
    assert new_form(rf, person, str(other)).fields["name"].value == "第二份"
    blank = new_form(rf, person, "blank")
    assert (blank.fields["name"].value, len(blank.other_drafts)) == ("", 2)

    submit(rf, person, second)
    assert FormDraft.objects.get().data["name"] == "第一份，又写", "the other window's stays"


def test_going_on_with_a_draft_elsewhere_does_not_take_it_from_the_first_window(officer, town, rf):
    person = officer.person.pk
    first = new_form(rf, person)
    autosave(officer, first, name="写了一半")
    later = new_form(rf, person)
    assert autosave(officer, later, name="写完了").status_code == 200
    assert FormDraft.objects.count() == 1, "gone on with, not doubled"
    assert autosave(officer, first, name="旧窗口").status_code == 200
    assert set(FormDraft.objects.values_list("data__name", flat=True)) == {"写完了", "旧窗口"}
    settle(officer, new_form(rf, person), _discard="1")
    assert FormDraft.objects.get().data["name"] == "写完了", "only the draft that was shown is thrown away"


def test_somebody_elses_draft_is_not_opened_and_too_many_are_refused(officer, town, rf):
    person = officer.person.pk
    for n in range(forms.MOST_DRAFTS):
        assert autosave(officer, new_form(rf, person, "blank"), name=f"第{n}份").status_code == 200
    mine = FormDraft.objects.first()
    theirs = new_form(rf, person + 1, str(mine.pk))
    assert (theirs.fields["name"].value, theirs.other_drafts) == ("", [])
    answer = autosave(officer, new_form(rf, person, "blank"), name="再一份")
    assert answer.status_code == 409
    assert "最多保存 10 份" in answer.json()["why"]
    assert FormDraft.objects.count() == forms.MOST_DRAFTS
