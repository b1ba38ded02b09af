"""``gongbu account``: the first administrators come from the command line, and only three different people."""

import pytest
from click.testing import CliRunner

from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.commands import account
from gongbu.ground.orgs.models import Person
from gongbu.ground.orgs.queries import actor_for

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _home_is_ready(monkeypatch):
    """The test database stands already."""
    monkeypatch.setattr("gongbu.ground.orgs.commands.setup_django", lambda: None)


def run(*words):
    return CliRunner().invoke(account, list(words))


def add(login, role, post="系统管理岗", region="990121"):
    return run("add", login, "张三", "--unit", "东县大数据局", "--region", region, "--post", post, "--role", role)


def test_administrator_is_set_up_with_a_temporary_password(town):
    result = add("zhang.san", "SYSTEM_ADMIN")
    assert result.exit_code == 0, result.output
    person = Person.objects.get(login_name="zhang.san")
    assert actor_for(person).roles == {"SYSTEM_ADMIN"}
    password = result.output.split("临时密码：")[1].split("，")[0]
    assert person.check_password(password)
    assert person.must_change_password
    assert run("reset", "zhang.san").exit_code == 0
    assert not Person.objects.get(pk=person.pk).check_password(password)


def test_a_refused_set_up_leaves_nothing(town):
    assert add("zhang.san", "SYSTEM_ADMIN").exit_code == 0
    before = (Person.objects.count(), Entry.objects.count())
    assert add("li.si", "AUDIT_ADMIN", post="系统管理岗").exit_code == 1  # the post carries SYSTEM_ADMIN already
    assert add("li.si", "NO_SUCH_ROLE", post="新岗").exit_code == 1
    assert add("李四", "LEADER", post="新岗").exit_code == 1
    assert add("li.si", "LEADER", post="新岗", region="000001").exit_code == 2
    assert run("reset", "nobody").exit_code == 1
    assert (Person.objects.count(), Entry.objects.count()) == before


def test_one_of_the_three_leaves_and_another_comes(town):
    assert add("zhang.san", "SECURITY_ADMIN", post="安全岗").exit_code == 0
    assert run("reset", "zhang.san", "--second-factor").exit_code == 0
    result = run("leave", "zhang.san")
    assert result.exit_code == 0, result.output
    assert "安全岗" in result.output
    assert "没有在任的岗位" in run("leave", "zhang.san").output
    assert run("leave", "nobody").exit_code == 1
    assert add("li.si", "SECURITY_ADMIN", post="安全岗").exit_code == 0
    assert actor_for(Person.objects.get(login_name="li.si")).roles == {"SECURITY_ADMIN"}
    assert add("zhao.liu", "AUDIT_ADMIN", post="安全岗").exit_code == 1
