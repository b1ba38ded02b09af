"""Pages of notices: the public ones without an account, the officer's; and both looked at in Chromium."""

from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from gongbu.ground.basics import clock
from gongbu.ground.notices import captcha, services
from gongbu.ground.notices.models import Comment, Notice
from gongbu.ground.notices.tests.conftest import CONTENT
from gongbu.ground.orgs.tests.conftest import make_person
from gongbu.ground.registers.tests.conftest import sign_in

AXE = Path(__file__).resolve().parents[4] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def today_open(town, officer):
    """A notice opened today."""
    draft = services.draft_notice(kind="GENERAL", region_id=town.east.pk, content=CONTENT, actor=officer)
    return services.open_notice(notice_id=draft.pk, rev=draft.rev, actor=officer)


@pytest.fixture(autouse=True)
def _no_tries():
    cache.clear()


def typed(**more):
    question = captcha.new()
    return {
        "name": "张三", "phone": "13800001234", "text": "建议把人行道一并列入。", "token": question.token,
        "answer": captcha._open(question.token)["answer"], **more,
    }  # fmt: skip


@pytest.mark.django_db
def test_anybody_reads_a_notice_and_says_something(today_open):
    visitor = Client()
    assert CONTENT.title in visitor.get("/notices/").content.decode()
    page = visitor.get(f"/notices/{today_open.pk}/").content.decode()
    assert "18,600.00" in page
    assert "验证码" in page
    answer = visitor.post(f"/notices/{today_open.pk}/", typed())
    assert answer.status_code == 200
    assert Comment.objects.get().receipt in answer.content.decode().replace("-", "")
    assert "建议把人行道" not in visitor.get(f"/notices/{today_open.pk}/").content.decode()  # not before its review


@pytest.mark.django_db
def test_a_wrong_picture_keeps_what_was_typed(today_open):
    answer = Client().post(f"/notices/{today_open.pk}/", typed(answer="XXXX"))
    assert answer.status_code == 422
    assert "建议把人行道一并列入。" in answer.content.decode()
    assert "验证码不对" in answer.content.decode()
    assert not Comment.objects.exists()


@pytest.mark.django_db
def test_an_address_that_keeps_knocking_is_asked_to_wait(today_open, monkeypatch):
    monkeypatch.setattr("gongbu.ground.notices.public_pages.TRIES_PER_HOUR", 2)
    visitor = Client()
    codes = [visitor.post(f"/notices/{today_open.pk}/", typed()).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    assert Comment.objects.count() == 2


@pytest.mark.django_db
def test_the_reviewer_is_warned_of_numbers_before_letting_a_comment_through(today_open, town):
    assert Client().post(f"/notices/{today_open.pk}/", typed(text="请打13800005678问李四的路。")).status_code == 200
    client = Client()
    sign_in(client, make_person("head", town.bureau, "INVESTMENT_HEAD", town.east))
    page = client.get(f"/notices/manage/{today_open.pk}/").content.decode()
    for words in (
        "意见中有手机号 1 个",
        "公开后以星号遮盖：请打138********问李四的路。",
        "请打13800005678问李四的路。",
    ):
        assert words in page, words
    comment = Comment.objects.get()
    assert client.post(f"/notices/manage/comments/{comment.pk}/review", {"decision": "show"}).status_code == 302
    assert "公开页面已以星号遮盖" in client.get(f"/notices/manage/{today_open.pk}/").content.decode()
    assert "13800005678" not in Client().get(f"/notices/{today_open.pk}/").content.decode()


@pytest.mark.django_db
def test_a_draft_has_no_public_page(town, officer):
    draft = services.draft_notice(kind="GENERAL", region_id=town.east.pk, content=CONTENT, actor=officer)
    assert Client().get(f"/notices/{draft.pk}/").status_code == 404
    assert CONTENT.title not in Client().get("/notices/").content.decode()


@pytest.mark.django_db
def test_the_picture_is_served_and_a_made_up_token_is_not(today_open):
    visitor = Client()
    image = visitor.get("/notices/captcha.png", {"t": captcha.new().token})
    assert (image.status_code, image.headers["Content-Type"]) == (200, "image/png")
    assert visitor.get("/notices/captcha.png", {"t": "x"}).status_code == 404


@pytest.mark.django_db
def test_an_officer_drafts_opens_and_cannot_close_before_the_end(town):
    client = Client()
    sign_in(client, make_person("head", town.bureau, "INVESTMENT_HEAD", town.east))
    form = {
        "notice_kind": "GENERAL", "notice_region": str(town.east.pk), "notice_title": CONTENT.title,
        "notice_body": CONTENT.body, "notice_table": "项目名称\t总投资（万元）\n东河治理工程\t18,600.00",
        "notice_contact": CONTENT.contact, "notice_period": "",
    }  # fmt: skip
    drafted = client.post("/notices/manage/new", form)
    assert drafted.status_code == 302
    notice = Notice.objects.unscoped("test").get()
    assert notice.rows == [["东河治理工程", "18,600.00"]]
    assert client.post(f"/notices/manage/{notice.pk}/open", {"rev": notice.rev}).status_code == 302
    early = client.post(f"/notices/manage/{notice.pk}/close", {"result": "无意见"})
    assert early.status_code == 422
    assert "次日起才能办结" in early.content.decode()
    bad = client.post("/notices/manage/new", {**form, "notice_table": "甲\t乙\n一"})
    assert bad.status_code == 422
    assert "第 1 行有 1 格" in bad.content.decode()


@pytest.mark.django_db
def test_statements_do_not_grow_with_comments(today_open):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count():
        with CaptureQueriesContext(connection) as seen:
            assert Client().get(f"/notices/{today_open.pk}/").status_code == 200
        return len(seen)

    def say(n):
        for _ in range(n):
            assert Client().post(f"/notices/{today_open.pk}/", typed()).status_code == 200
        Comment.objects.update(state="SHOWN", reviewed_by="某", reviewed_at=clock.now())

    say(1)
    one = count()
    say(20)
    assert count() == one


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_public_page_in_a_browser(live_server, new_context, today_open, size):
    page = new_context(size=size).new_page()
    page.goto(f"{live_server.url}/notices/")
    page.click(f"text={CONTENT.title}")
    page.fill("#c-text", "建议把人行道一并列入。")
    page.click("text=提交意见")
    assert "意见还没有提交" in page.inner_text("main")
    assert page.input_value("#c-text") == "建议把人行道一并列入。"
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert not [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found["violations"]]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
