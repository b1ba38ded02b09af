"""A sign-in that ran out while a form was filled in loses nothing of it, and gives nothing of it to somebody else."""

import pytest
from django.test import Client

from gongbu.ground.basics import clock
from gongbu.ground.orgs import middleware
from gongbu.ground.orgs.models import Person
from gongbu.ground.registers.models import FormDraft
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.test_pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.req("GO-12")]
NEW = "/projects/new"


def typed(client: Client, **more: str) -> dict[str, str]:
    page = client.get(NEW).content.decode()
    sealed = page.split('name="_draft" value="')[1].split('"')[0]
    return {"name": "写了半小时的工程", "content": "泵站一座", "stage": "RESERVE", "funding_nature": "GOVERNMENT",
            "competent_region_id": str(make.region().pk), "declared_level": "OPEN", "_draft": sealed, **more}  # fmt: skip


def run_out(client: Client) -> None:
    """End the session as thirty idle minutes do; the browser keeps its form."""
    session = client.session
    session[middleware.SEEN_KEY] = 0
    session.save()


def test_what_was_typed_comes_back_after_signing_in_again() -> None:
    client = signed_in("TOWNSHIP_CLERK")
    posted = typed(client)
    person = Person.objects.get(pk=client.session[middleware.PERSON_KEY])
    run_out(client)
    answer = client.post(NEW, posted)
    assert answer.status_code == 302
    page = client.get(answer.url).content.decode()
    assert "超过 30 分钟没有操作" in page
    assert "登录后带回原来的表单" in page
    assert not Project.objects.unscoped("test").exists()
    assert not FormDraft.objects.exists()
    again(client, person)
    page = client.get(NEW).content.decode()
    assert 'value="写了半小时的工程"' in page
    assert "已带出" in page
    assert FormDraft.objects.get().person_id == person.pk


def test_another_person_at_the_same_desk_gets_nothing() -> None:
    client = signed_in("TOWNSHIP_CLERK")
    posted = typed(client)
    run_out(client)
    client.post(NEW, posted)
    other = signed_in("INVESTMENT_OFFICER")
    again(client, Person.objects.get(pk=other.session[middleware.PERSON_KEY]))
    assert "写了半小时的工程" not in client.get(NEW).content.decode()
    assert not FormDraft.objects.exists()


@pytest.mark.req("GO-15")
def test_secret_or_forged_content_is_not_carried() -> None:
    client = signed_in("TOWNSHIP_CLERK")
    secret, forged = typed(client, content="机密★20年 某工程"), typed(client, _draft="forged")
    run_out(client)
    for posted in (secret, forged):
        client.post(NEW, posted)
        assert "carried_form" not in client.session


def test_a_draft_of_an_expired_sign_in_says_so() -> None:
    client = signed_in("TOWNSHIP_CLERK")
    run_out(client)
    answer = client.post("/_/drafts/projects.create", {"name": "x"}, headers={"X-Requested-With": "draft"})
    assert answer.status_code == 401
    assert answer.json() == {"at": "", "why": "登录已过期，草稿没有保存。提交时会先请您登录，填写的内容登录后带出。"}


def again(client: Client, person: Person) -> None:
    """Sign in within the same browser by login name and password."""
    person.set_password("Test-pass-2026")
    person.password_set_at, person.must_change_password = clock.now(), False
    person.login_name = f"person{person.pk}"
    person.save()
    answer = client.post("/sign-in", {"login_name": person.login_name, "password": "Test-pass-2026", "next": NEW})
    assert answer.url == NEW
