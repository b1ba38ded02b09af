"""Forms: drafts, errors beside their fields, and two people on one record."""

import pytest

from gongbu.ground.registers import forms
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
