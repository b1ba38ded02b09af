"""What another target, month or limit comes to: library by library, project by project, and never 0 for what nobody asked."""

import pytest

from gongbu.ground.basics import clock
from gongbu.ground.policy.sandbox import editing, services
from gongbu.mainline.projects.tests.factories import YI
from gongbu.mainline.reserve.tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.req("GO-02")]


def tried(key, value):
    """A trial of the county with one value changed, replayed."""
    by, county = make.head(), make.county()
    trial = services.open_trial(
        region_id=county.pk, subject="RESERVE", base="county_reserve", name="改参数", on=clock.today(), actor=by
    )
    trial = services.change(
        trial_id=trial.pk, rev=trial.rev, actor=by,
        change=lambda files: editing.with_value(files, key, trial.on, value, "", ""),
    )  # fmt: skip
    return services.replay_trial(trial_id=trial.pk, actor=by)


def effects_of(trial):
    (outcome,) = trial.result["parameters"]
    return outcome, {one["source"]: one for one in outcome["effects"]}


def test_a_target_shows_the_gap_of_each_library_by_both_values():
    make.admitted(total_investment_fen=6 * YI)
    trial = tried("county_reserve.sector_target", "5亿元")
    outcome, found = effects_of(trial)
    assert (outcome["before"], outcome["after"], "储备库" in outcome["users"]) == ("100 亿元", "5 亿元", True)
    rows = {row["name"]: row for row in found["reserve.targets"]["rows"]}
    water = next(row for name, row in rows.items() if "水利" in name)
    assert water["before"] == "目标 100 亿元，在库 6 亿元，缺口 94 亿元"
    assert water["after"] == "目标 5 亿元，在库 6 亿元，已达到"
    assert water["money_fen"] == -94 * YI
    assert (found["reserve.targets"]["total"], found["reserve.targets"]["changed"]) == (2, 2)
    assert found["reserve.targets"]["money_fen"] is None  # gaps of libraries that share projects have no sum


def test_what_was_not_looked_at_has_no_figure():
    make.admitted(total_investment_fen=6 * YI)
    trial = tried("county_reserve.sector_target", "5亿元")
    assert {one["is_asked"] for one in trial.result["sources"]} == {False}
    assert {one["changed"] for one in trial.result["sources"]} == {None}
    assert (trial.changed, trial.money_fen) == (None, None)
    said = make.browser(make.head()).get(f"/policy/sandbox/{trial.pk}").content.decode()
    assert "没有一项改变" not in said
    assert "·会变" not in said
    assert "没有重判：" in said
    assert "缺口 94 亿元" in said
    assert "采用时适用的事项：储备管理" in said


def test_a_share_shows_what_is_missing():
    make.libraries()
    trial = tried("county_reserve.industry_share_target", "0.55")
    _outcome, found = effects_of(trial)
    (row,) = found["reserve.targets"]["rows"]
    assert (row["before"][:6], row["after"][:6]) == ("目标 50%", "目标 55%")


def test_months_of_renewal_move_the_last_day_of_each_project():
    entry = make.admitted(total_investment_fen=6 * YI)
    trial = tried("county_reserve.renewal_months", "3")
    _outcome, found = effects_of(trial)
    (row,) = found["reserve.renewals"]["rows"]
    assert row["name"] == entry.project.name
    assert row["before"] > row["after"]
    assert found["reserve.renewals"]["money_fen"] == 6 * YI


def test_a_limit_shows_when_what_runs_would_be_due():
    make.declared()
    trial = tried("county_reserve.step_limit", "2")
    _outcome, found = effects_of(trial)
    (row,) = found["deadlines"]["rows"]
    assert row["before"] > row["after"]
    assert "到期" in row["after"]
    assert found["deadlines"]["changed"] == 1


def test_a_parameter_that_nobody_can_try_says_so():
    trial = tried("county_reserve.chain_count", "7")
    outcome, found = effects_of(trial)
    assert found == {}
    assert outcome["after"] == "7 个"
    said = make.browser(make.head()).get(f"/policy/sandbox/{trial.pk}").content.decode()
    assert "还不能试算，这里什么也没有重算" in said
