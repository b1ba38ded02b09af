"""系统·后台作业: seen by the system administrator, who tries a failed job again; nobody else may."""

import pytest
from django.db import transaction
from django.test import Client
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from gongbu.ground.basics.findings import NotAllowed, Refusal
from gongbu.ground.jobs import services
from gongbu.ground.jobs.registry import JOBS
from gongbu.ground.jobs.retrying import retry_job
from gongbu.ground.orgs.actor import ANONYMOUS
from gongbu.ground.orgs.queries import actor_for
from gongbu.ground.orgs.tests.conftest import make_person, town  # noqa: F401
from gongbu.ground.registers.tests.conftest import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def failed():
    """A job that has failed with an error."""
    services.job("test.page", "测试作业", lambda: None)
    with transaction.atomic():
        task_id = services.submit("test.page")
    DBTaskResult.objects.filter(pk=task_id).update(
        status=TaskResultStatus.FAILED, traceback="Traceback\nValueError: 第 3 行写坏了", worker_ids=["a", "b", "c"]
    )
    yield task_id
    del JOBS["test.page"]


def test_the_administrator_sees_why_it_failed_and_tries_again(town, failed):  # noqa: F811
    admin = make_person("sysadmin", town.bureau, "SYSTEM_ADMIN", town.city)
    client = Client()
    sign_in(client, admin)
    page = client.get("/jobs/").content.decode()
    assert "测试作业" in page
    assert "后台作业进程没有运行" in page
    assert "ValueError: 第 3 行写坏了" in client.get(f"/jobs/{failed}/").content.decode()
    assert client.post(f"/jobs/{failed}/retry").status_code == 302
    task = DBTaskResult.objects.get(pk=failed)
    assert (task.status, task.worker_ids, task.finished_at) == (TaskResultStatus.READY, [], None)
    with pytest.raises(Refusal, match="not_failed"):
        retry_job(task_id=failed, actor=actor_for(admin))


def test_others_neither_see_nor_retry(town, failed):  # noqa: F811
    officer = make_person("officer", town.bureau, "INVESTMENT_OFFICER", town.city)
    client = Client()
    sign_in(client, officer)
    assert client.get("/jobs/").status_code == 403
    assert client.post(f"/jobs/{failed}/retry").status_code == 403
    with pytest.raises(NotAllowed):
        retry_job(task_id=failed, actor=ANONYMOUS)
    assert DBTaskResult.objects.get(pk=failed).status == TaskResultStatus.FAILED


def test_an_id_of_nothing_is_not_found(town):  # noqa: F811
    admin = make_person("sysadmin", town.bureau, "SYSTEM_ADMIN", town.city)
    client = Client()
    sign_in(client, admin)
    assert client.get("/jobs/nothing/").status_code == 404
    assert client.get("/jobs/00000000-0000-4000-8000-000000000000/").status_code == 404
