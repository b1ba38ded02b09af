"""A notice of 东县, drafted by its 发改经办, and somebody who comments."""

from datetime import date, datetime

import pytest

from gongbu.ground.basics import clock
from gongbu.ground.notices import captcha, services
from gongbu.ground.notices.services import Content
from gongbu.ground.orgs.tests.conftest import make_person, someone, town  # noqa: F401  fixtures of the room below

MONDAY = date(2026, 3, 2)


@pytest.fixture
def on():
    """Return a context manager that sets the day."""

    def set_day(day):
        return clock.simulate(datetime(day.year, day.month, day.day, 10, tzinfo=clock.SHANGHAI))

    return set_day


@pytest.fixture(autouse=True)
def _demo(monkeypatch):
    """Let entries carry a simulated clock."""
    monkeypatch.setattr("gongbu.ground.ledger.services._require_honest_clock", lambda: None)


CONTENT = Content(
    "东县2026年度重大项目清单公示",
    "根据实施方案，现将年度重大项目清单予以公示。\n\n如有意见，请在公示期内提出。",
    "东县发展和改革局投资股，0900-1234567",
    ["项目名称", "总投资（万元）"],
    [["东河治理工程", "18,600.00"], ["第二中学新校区", "9,860.00"]],
)


@pytest.fixture
def officer(someone):  # noqa: F811
    """发改经办 of 东县."""
    return someone("INVESTMENT_OFFICER")[1]


@pytest.fixture
def head(someone):  # noqa: F811
    """发改负责人 of 东县."""
    return someone("INVESTMENT_HEAD")[1]


@pytest.fixture
def draft(town, officer, on):  # noqa: F811
    """A draft of Monday, 2 March 2026."""
    with on(MONDAY):
        return services.draft_notice(kind="GENERAL", region_id=town.east.pk, content=CONTENT, actor=officer)


@pytest.fixture
def opened(draft, officer, on):
    """The same, opened that Monday: five working days, to 9 March."""
    with on(MONDAY):
        return services.open_notice(notice_id=draft.pk, rev=draft.rev, actor=officer)


@pytest.fixture
def solved(monkeypatch):
    """Return a maker of (token, answer) of a question."""

    def make():
        question = captcha.new()
        return question.token, captcha._open(question.token)["answer"]

    return make
