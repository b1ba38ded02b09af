"""A draft begun before somebody else saved: shown beside the present values, adopted or thrown away, never filled in unseen."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from gongbu.ground.orgs.models import Grant, Person
from gongbu.ground.registers import assets, counting, region_picker
from gongbu.ground.registers.models import FormDraft
from gongbu.ground.registers.tests.conftest import sign_in
from gongbu.mainline.projects import services
from gongbu.mainline.projects.models import Project
from gongbu.mainline.projects.tests import factories as make


@pytest.fixture(autouse=True)
def _fresh() -> None:
    counting.forget()
    region_picker.forget()


def clerk() -> Client:
    person = Person.objects.create(login_name="clerk", name="岳知行")
    Grant.objects.create(person=person, role="INVESTMENT_OFFICER", region=make.region(), valid_from=date(2020, 1, 1))
    client = Client()
    sign_in(client, person)
    return client


def others_save(project: Project, **changes: Any) -> None:
    rev = Project.objects.unscoped("test").get(pk=project.pk).rev
    services.update_project(project_id=project.pk, rev=rev, changes=changes, actor=make.head())


def inputs(page: str) -> dict[str, str]:
    """Return what a browser would send of the form: hidden inputs, text areas, chosen options and typed texts."""
    form = page[page.index('id="form-projects-update"') :]
    found = dict(re.findall(r'name="([\w.]+)"[^>]*>([^<]*)</textarea>', form))
    for tag in re.findall(r"<input [^>]*>", form):
        given = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if given.get("type") in ("text", "hidden"):
            found[given["name"]] = given.get("value", "").replace("&#34;", '"')
    for body in re.findall(r"<select [^>]*>.*?</select>", form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', body)
        found[re.search(r'name="([^"]+)"', body)[1]] = chosen[1] if chosen else ""  # type: ignore[index]
    return found


@pytest.mark.django_db
def test_an_old_draft_is_adopted_knowingly_and_still_cannot_cover_what_comes_later() -> None:
    project, client = make.reserve_project(content="旧内容", location="城西"), clerk()
    edit = f"/projects/{project.pk}/edit"
    drafts = f"/_/drafts/projects.update?subject={project.pk}"
    begun = inputs(client.get(edit).content.decode())
    assert client.post(drafts, {**begun, "content": "我写的内容"}).status_code == 200
    others_save(project, content="别人的内容", location="城东")

    page = client.get(edit).content.decode()
    assert inputs(page)["content"] == "别人的内容"
    assert "<ins>别人的内容</ins>" in page
    assert "<del>我写的内容</del>" in page
    assert "您没有改过，保留现值" in page  # the place: only others changed it
    assert 'type="submit">保存</button>' not in page
    assert "data-draft=" not in page

    token = re.search(r'name="_adopt" value="([^"]+)"', page)[1]  # type: ignore[index]
    seen = inputs(page)
    others_save(project, content="后来的内容")  # between seeing and adopting
    settle = drafts.replace("?", "/settle?")
    posted = {"rev": seen["rev"], "_opened": seen["_opened"], "_adopt": token, "_back": edit}
    assert client.post(settle, posted).headers["Location"] == edit
    page = client.get(edit).content.decode()
    assert "<ins>后来的内容</ins>" in page
    assert inputs(page)["content"] == "后来的内容"

    seen = inputs(page)
    client.post(settle, {**posted, "rev": seen["rev"], "_opened": seen["_opened"]})
    adopted = inputs(client.get(edit).content.decode())
    assert (adopted["content"], adopted["location"]) == ("我写的内容", "城东")
    others_save(project, content="最后的内容")  # between adopting and submitting
    answer = client.post(edit, adopted)
    assert answer.status_code == 409
    assert "最后的内容" in answer.content.decode()
    assert Project.objects.unscoped("test").get(pk=project.pk).content == "最后的内容"
    assert FormDraft.objects.get().data["content"] == "我写的内容"  # and nothing typed is lost


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_choice_in_a_browser(size: str, live_server: Any, new_context: Callable[..., Any]) -> None:
    if not assets.manifest():
        pytest.skip("缺前端构建：请先运行 make build")
    project, client = make.reserve_project(content="旧内容", location="城西"), clerk()
    cookie = {"name": "gongbu_session", "value": client.cookies["gongbu_session"].value, "url": live_server.url}
    context = new_context(size=size)
    context.add_cookies([cookie])
    page = context.new_page()
    edit = f"{live_server.url}/projects/{project.pk}/edit"
    page.goto(edit)
    page.fill("[name=content]", "我写的内容")
    page.wait_for_selector("[data-saved]:has-text('草稿已保存')")
    page.fill("[name=content]", "绝密★长期")
    page.wait_for_selector("[data-saved][data-failed]:has-text('密级标志')")
    page.fill("[name=content]", "我写的内容")
    page.wait_for_selector("[data-saved]:not([data-failed]):has-text('草稿已保存')")
    others_save(project, content="别人的内容", location="城东")

    page.goto(edit)
    assert page.is_disabled("[name=content]")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="采用草稿").click()
    page.wait_for_selector("text=已带出")
    assert (page.input_value("[name=content]"), page.input_value("[name=location]")) == ("我写的内容", "城东")
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url(f"**/projects/{project.pk}/")
    saved = Project.objects.unscoped("test").get(pk=project.pk)
    assert (saved.content, saved.location) == ("我写的内容", "城东")
    assert not FormDraft.objects.exists()
