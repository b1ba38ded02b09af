"""The workbench in a browser's hands: who sees what, what a drawer does, what a refusal shows, query counts."""

import re
from datetime import date

import pytest
from django.test import Client

from gongbu.ground.inbox import services
from gongbu.ground.inbox.models import Delegation, Message, Task
from gongbu.ground.inbox.tests.conftest import assign
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.ledger.models import Entry
from gongbu.ground.registers.tests.conftest import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(office):
    """Return a signed-in browser of a person; call it inside the simulated day."""

    def open_browser(person) -> Client:
        client = Client()
        sign_in(client, person)
        client.get("/inbox/")  # the first request builds the actor and keeps it in the session
        return client

    return open_browser


def text(answer) -> str:
    return answer.content.decode()


def test_the_first_page_is_the_workbench_and_needs_an_account(office, browser, on):
    assert Client().get("/inbox/").status_code == 302
    with on("2026-03-05"):
        assert browser(office.officer).get("/")["Location"] == "/inbox/"


def test_open_tasks_with_lamps_and_quick_tabs(office, browser, on):
    with on("2026-03-05"):
        assign(office, due_on=date(2026, 3, 2))
        assign(office, key="b", title="初步设计审批", due_on=date(2026, 3, 9))
        client = browser(office.officer)
        page = text(client.get("/inbox/"))
        assert "逾期 3 天" in page
        assert "1 件已逾期" in page
        assert "初步设计审批" in page
        late = text(client.get("/inbox/?tab=OVERDUE"))
        assert "可行性研究报告审批" in late
        assert "初步设计审批" not in late
        assert "没有待办" in text(browser(office.deputy).get("/inbox/"))


def test_a_delegate_sees_the_mark(office, browser, on):
    with on("2026-03-05"):
        assign(office)
        services.delegate(
            post_id=office.officer_post.pk, to_person_id=office.deputy.pk, valid_from=date(2026, 3, 5),
            valid_to=date(2026, 3, 6), reason="出差", actor=office.acting(office.officer),
        )  # fmt: skip
        assert "受托" in text(browser(office.deputy).get("/inbox/"))


def test_a_task_is_opened_by_whoever_has_it_and_hidden_from_others(office, browser, on):
    with on("2026-03-05"):
        task = assign(office)
        assert browser(office.officer).get(f"/inbox/tasks/{task.pk}/open")["Location"] == "/approvals/1"
        assert browser(office.deputy).get(f"/inbox/tasks/{task.pk}/").status_code == 404
        assert browser(office.deputy).get(f"/inbox/tasks/{task.pk}/open").status_code == 404
        assert "催办意见" in text(browser(office.head).get(f"/inbox/tasks/{task.pk}/"))


def test_a_task_never_leads_out_of_the_site(office, browser, on):
    with on("2026-03-05"):
        task = assign(office, url="https://example.com/phish")
        assert browser(office.officer).get(f"/inbox/tasks/{task.pk}/open")["Location"] == "/inbox/"


def test_urging_from_the_page_is_refused_to_who_may_not(office, browser, on):
    with on("2026-03-05"):
        task = assign(office)
        assert browser(office.officer).post(f"/inbox/tasks/{task.pk}/urge").status_code == 403
        assert not Entry.objects.filter(kind="inbox.task_urged").exists()
        head = browser(office.head)
        assert head.post(f"/inbox/tasks/{task.pk}/urge", {"text": "请今天办结"}).status_code == 302
        again = head.post(f"/inbox/tasks/{task.pk}/urge")
        assert again.status_code == 409
        assert "今天已经催办过" in text(again)
        assert "催办 1 次" in text(browser(office.officer).get("/inbox/"))
        listed = text(browser(office.officer).get("/inbox/messages/"))
        assert "催办：" in listed
        assert re.search(r'<a href="/inbox/messages/\d+/" data-drawer>', listed), "a message is opened by keyboard too"


def test_opening_a_message_marks_it_read_for_its_reader_only(office, browser, on):
    with on("2026-03-05"):
        services.notify(key="k", people=[office.officer.pk, office.head.pk], title="可研批复已出", text="请查收")
        mine = Message.objects.get(person=office.officer)
        assert browser(office.head).get(f"/inbox/messages/{mine.pk}/").status_code == 404
        client = browser(office.officer)
        assert "请查收" in text(client.get(f"/inbox/messages/{mine.pk}/"))
        mine.refresh_from_db()
        assert mine.read_at is not None
        assert Message.objects.filter(read_at=None).count() == 1
        browser(office.head).post("/inbox/messages/read")
        assert not Message.objects.filter(read_at=None).exists()


def test_delegating_by_form_names_what_is_wrong_and_keeps_what_was_typed(office, browser, on):
    with on("2026-03-05"):
        client = browser(office.officer)
        given = {
            "to_person": str(office.deputy.pk),
            "valid_from": "2026-03-05",
            "last_day": "3月8日",
            "reason": "赴省开会",
        }
        wrong = client.post("/inbox/delegations/", given)
        assert wrong.status_code == 422
        assert "结束日期不是有效日期" in text(wrong)
        assert "赴省开会" in text(wrong)
        assert not Delegation.objects.exists()
        right = client.post("/inbox/delegations/", {**given, "last_day": "2026-03-08"})
        assert right.status_code == 302
        row = Delegation.objects.get()
        assert row.valid_to == date(2026, 3, 9)
        assert "2026-03-05 至 2026-03-08" in text(client.get("/inbox/delegations/"))
        assert browser(office.deputy).post(f"/inbox/delegations/{row.pk}/end").status_code in (403, 404)
        assert client.post(f"/inbox/delegations/{row.pk}/end").status_code == 302
        row.refresh_from_db()
        assert row.ended_at is not None


def test_the_region_list_is_for_heads_of_the_region(office, browser, on):
    with on("2026-03-05"):
        assign(office)
        elsewhere = Subject("case", 9, 110_000_000_000, "别处的项目")
        assign(office, key="far", subject=elsewhere)
        assert browser(office.officer).get("/inbox/region/").status_code == 403
        page = text(browser(office.head).get("/inbox/region/"))
        assert "城关镇污水管网工程" in page
        assert "别处的项目" not in page


@pytest.mark.parametrize("address", ["/inbox/", "/inbox/done/", "/inbox/messages/", "/inbox/region/"])
def test_lists_cost_the_same_for_one_row_and_for_thirty(office, browser, on, address):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost(client) -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert client.get(address).status_code == 200
        return len(caught)

    with on("2026-03-05"):
        client = browser(office.head)
        client.get(address)
        numbers = []
        for count in (1, 30):
            for n in range(count):
                assign(office, key=f"{count}:{n}", post_id=office.head_post.pk, due_on=date(2026, 3, 9))
                assign(office, key=f"done:{count}:{n}", post_id=office.head_post.pk)
                services.finish_task(key=f"done:{count}:{n}", actor=office.acting(office.head))
                services.notify(key=f"{count}:{n}", people=[office.head.pk], title="通知")
            numbers.append(cost(client))
    assert numbers[0] == numbers[1] <= 12


def test_the_tab_on_a_subject_page_lists_its_tasks(office, on, rf):
    from types import SimpleNamespace

    from gongbu.ground.inbox import pages

    with on("2026-03-05"):
        assign(office, due_on=date(2026, 3, 4))
        request = rf.get("/cases/1")
        request.actor = office.acting(office.head)
        request.session = {}
        shown = pages.panel(request, SimpleNamespace(pk=1, subject_kind="case"))
    assert "可行性研究报告审批" in shown
    assert "已逾期" in shown
    assert "催办" in shown
    assert Task.objects.count() == 1
