"""The pages as people meet them: who sees what, what was typed stays, constant query counts, exports in scope."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongbu.ground.basics import clock
from gongbu.ground.policy import services as policy
from gongbu.ground.policy.models import StoredPack
from gongbu.ground.policy.sandbox import editing, editions, services
from gongbu.ground.policy.sandbox.models import Trial, TrialRow
from gongbu.ground.policy.sandbox.tests.test_services import ROWS, opened, ready, with_rows, zipped
from gongbu.ground.policy.tests.test_pages import page, visit

__all__ = ["visit"]
pytestmark = pytest.mark.django_db


def typed(rev, rows=ROWS, **more):
    """What the grid of centralized.grade sends."""
    sent = {"rev": rev, "rows": len(rows), "since": clock.today().isoformat(), "article": "第一条", "do": "save"}
    for at, row in enumerate(rows):
        sent |= {f"{at}.id": row["id"], f"{at}.then": row["then"]}
        for word, value in row["total_investment_fen"].items():
            end = "low" if word in ("above", "at_least") else "high"
            sent |= {
                f"{at}.total_investment_fen.{end}_op": word,
                f"{at}.total_investment_fen.{end}": value,
            }
    return sent | more


def grid(trial):
    return f"/policy/sandbox/{trial.pk}/tables/centralized.grade"


@pytest.mark.req("GO-02")
def test_the_grid_is_read_judged_and_kept(place, visit):
    trial = opened(place)
    client = visit("INVESTMENT_OFFICER", place.city)
    assert "1亿元" in page(client, grid(trial))
    said = client.post(grid(trial) + "/check", typed(1, ROWS[:2])).content.decode()
    assert "没有任何一行给出" in said
    assert Trial.objects.get().rev == 1
    answer = client.post(grid(trial), typed(1))
    assert answer.status_code == 302, answer.content.decode()[:2000]
    assert Trial.objects.get().rev == 2
    assert "总投资 &gt; 8,000 万元" in page(client, f"/policy/sandbox/{trial.pk}")


def test_what_was_typed_stays_when_another_was_faster(place, visit):
    trial = opened(place)
    client = visit("INVESTMENT_OFFICER", place.city)
    with_rows(trial, place.city_head)
    answer = client.post(grid(trial), typed(1, [{**ROWS[0], "total_investment_fen": {"above": "7777万元"}}, *ROWS[1:]]))
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "7777万元" in said
    assert "王处长" in said
    assert Trial.objects.get().rev == 2


@pytest.mark.parametrize("value", ["8000", "=1+1", "__import__('os')", "1e9", "八千万", "{{ 7*7 }}"])
def test_nothing_typed_is_run_and_the_cell_is_named(place, visit, value):
    trial = opened(place)
    client = visit("INVESTMENT_OFFICER", place.city)
    rows = [{**ROWS[0], "total_investment_fen": {"above": value}}, *ROWS[1:]]
    said = client.post(grid(trial) + "/check", typed(1, rows)).content.decode()
    assert "g-bad" in said
    assert "49" not in said


def test_a_cell_that_cannot_be_read_is_named_and_marked(place, visit):
    trial = opened(place)
    client = visit("INVESTMENT_OFFICER", place.city)
    rows = [ROWS[0], {**ROWS[1], "total_investment_fen": {"at_least": "500万元", "up_to": "abc"}}, ROWS[2]]
    said = client.post(grid(trial) + "/check", typed(1, rows)).content.decode()
    assert "第 B 行，“总投资”列上端：“abc”不是金额" in said
    assert 'data-fields="1.total_investment_fen.high"' in said
    answer = client.post(grid(trial), typed(1, rows))
    said = answer.content.decode()
    assert answer.status_code == 422
    assert said.count('aria-invalid="true"') == 1
    assert 'name="1.total_investment_fen.high" aria-invalid="true" aria-describedby="e-1-total_investment_fen"' in said
    assert 'id="e-1-total_investment_fen"' in said
    assert Trial.objects.get().rev == 1


def test_a_value_that_cannot_be_marks_its_field(place, visit):
    trial = opened(place)
    key = next(key for key, one in services.check(trial).trial.parameters.items() if one.unit == "times")
    client = visit("INVESTMENT_OFFICER", place.city)
    at = f"/policy/sandbox/{trial.pk}/parameters/{key}"
    sent = {"rev": 1, "value": "-4", "since": clock.today().isoformat(), "article": "", "note": ""}
    said = client.post(at + "/check", sent).content.decode()
    assert "超出这种数值可能的范围" in said
    assert 'data-fields="value"' in said
    answer = client.post(at, sent)
    assert (answer.status_code, 'aria-invalid="true"' in answer.content.decode()) == (422, True)
    assert Trial.objects.get().rev == 1


def test_editing_the_own_draft_again_names_the_day_of_the_base(place, visit):
    trial = with_rows(opened(place), place.city_head)
    said = page(visit("INVESTMENT_OFFICER", place.city), grid(trial))
    assert "原为 2023-01-01 起的版本" in said


@pytest.mark.parametrize(("since", "said"), [("明天", "不是日期"), ("2022-12-31", "须晚于现行版本的 2023-01-01")])
def test_a_day_that_is_none_or_changes_the_past_is_refused(place, visit, since, said):
    trial = opened(place)
    client = visit("INVESTMENT_OFFICER", place.city)
    assert said in client.post(grid(trial) + "/check", typed(1, since=since)).content.decode()
    answer = client.post(grid(trial), typed(1, since=since))
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert Trial.objects.get().rev == 1


def test_nonsense_opens_nothing(place, visit):
    client = visit("INVESTMENT_OFFICER", place.city)
    good = {"region": place.city.pk, "base": "centralized", "subject": "GRADING", "name": "试", "on": "2026-12-01"}
    for wrong in ({"region": "9" * 30}, {"base": "../etc"}, {"on": "2026-13-45"}, {"name": "a\x00b"}, {"region": ""}):
        assert client.post("/policy/sandbox/new", good | wrong).status_code in (404, 422), wrong
    assert Trial.objects.count() == 0


def test_rows_are_added_moved_and_removed_without_saving(place, visit):
    trial = opened(place)
    client = visit("INVESTMENT_OFFICER", place.city)
    said = client.post(grid(trial), typed(1, do="add")).content.decode()
    assert 'name="3.then"' in said
    said = client.post(grid(trial), typed(1, do="remove:0")).content.decode()
    assert 'name="2.then"' not in said
    assert Trial.objects.get().rev == 1


def test_a_parameter_gets_a_new_value_and_can_be_taken_back(place, visit):
    trial = opened(place)
    key = next(key for key, one in services.check(trial).trial.parameters.items() if one.unit == "times")
    client = visit("INVESTMENT_OFFICER", place.city)
    at = f"/policy/sandbox/{trial.pk}/parameters/{key}"
    assert "现有的数值" in page(client, at)
    sent = {"rev": 1, "value": "四", "since": clock.today().isoformat(), "article": "第二条", "note": ""}
    assert "不是整数" in client.post(at + "/check", sent).content.decode()
    assert client.post(at, {**sent, "value": "4"}).status_code == 302
    assert "4 次" in page(client, f"/policy/sandbox/{trial.pk}")
    assert client.post(f"/policy/sandbox/{trial.pk}/undo", {"rev": 2, "what": f"parameter:{key}"}).status_code == 302
    assert "还没有改动" in page(client, f"/policy/sandbox/{trial.pk}")


@pytest.mark.req("CM-14")
def test_nobody_reaches_the_trial_of_another_region(place, visit):
    trial = ready(place)
    row = TrialRow.objects.create(
        trial=trial, source="decisions", table_key="centralized.grade", table_label="分级", subject_kind="project",
        subject_id=1, name="云城市秘密项目", region_key=place.city.key_lo, region_name="云城市", before_label="B 级",
        after_label="A 级", move="B 级 → A 级",
    )  # fmt: skip
    county = visit("INVESTMENT_HEAD", place.east)
    for address in (f"/policy/sandbox/{trial.pk}", grid(trial), f"/policy/sandbox/rows/{row.pk}",
                    f"/policy/sandbox/{trial.pk}/adopt", f"/policy/sandbox/{trial.pk}/progress"):  # fmt: skip
        assert county.get(address).status_code == 404, address
    for address in ("replay", "discard", "undo"):
        assert county.post(f"/policy/sandbox/{trial.pk}/{address}").status_code == 404
    assert "云城市秘密项目" not in page(county, f"/policy/sandbox/rows/?trial={trial.pk}")
    exported = county.get(f"/policy/sandbox/rows/export.csv?trial={trial.pk}")
    assert "云城市秘密项目" not in b"".join(exported.streaming_content).decode()
    assert visit("VIEWER", place.city).get("/policy/sandbox/").status_code == 403
    own = visit("INVESTMENT_OFFICER", place.city)
    assert "云城市秘密项目" in page(own, f"/policy/sandbox/rows/?trial={trial.pk}")
    assert own.get(f"/policy/sandbox/{trial.pk}/adopt").status_code == 403
    assert "采用</a>" not in page(own, f"/policy/sandbox/{trial.pk}")


def test_an_officer_may_try_but_a_head_adopts(place, visit):
    trial = ready(place)
    head = visit("INVESTMENT_HEAD", place.city)
    at = f"/policy/sandbox/{trial.pk}/adopt"
    assert (
        "没有填写依据文件"
        in head.post(
            at, {"rev": trial.rev, "effective_from": trial.on.isoformat(), "document_number": " "}
        ).content.decode()
    )
    assert StoredPack.objects.count() == 0
    sent = {"rev": trial.rev, "effective_from": "昨天", "document_number": "云政发〔2026〕8号"}
    assert "不是日期" in head.post(at, sent).content.decode()
    answer = head.post(at, {**sent, "effective_from": trial.on.isoformat()})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    said = page(head, answer.headers["Location"])
    assert "2026.11.501" in said
    assert "本地版本" in page(head, f"/policy/regions/{place.city.pk}/adopt")


def test_a_zip_opens_a_trial_and_a_bad_one_says_why(place, visit):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = visit("INVESTMENT_OFFICER", place.city)
    sent = {"region": place.city.pk, "base": "centralized", "subject": "GRADING", "name": "带来的", "on": "2026-12-01"}
    files = editions.files_of("centralized")
    files = editing.with_head(editing.with_table(editing.with_head(files, "2026.11.1"), "centralized.grade",
                                                 date(2026, 12, 1), ROWS, ""), "2026.11.1")  # fmt: skip
    good = SimpleUploadedFile("centralized.zip", zipped(files, "centralized/"))
    answer = client.post("/policy/sandbox/new", {**sent, "file": good})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    assert "总投资 &gt; 8,000 万元" in page(client, answer.headers["Location"])
    bad = SimpleUploadedFile("x.zip", zipped({"../pack.yaml": "key: centralized"}))
    answer = client.post("/policy/sandbox/new", {**sent, "file": bad})
    assert answer.status_code == 422
    assert "不能接受" in answer.content.decode()
    other = SimpleUploadedFile("y.zip", zipped(editions.files_of("works_bureau")))
    assert "而选择的是" in client.post("/policy/sandbox/new", {**sent, "file": other}).content.decode()
    assert Trial.objects.count() == 1


def test_the_pages_ask_no_more_for_thirty_rows_than_for_one(place, visit):
    trial = ready(place)
    client = visit("INVESTMENT_OFFICER", place.city)

    def fill(number):
        TrialRow.objects.bulk_create(
            TrialRow(
                trial=trial, source="projects", table_key="centralized.grade", table_label="分级",
                subject_kind="project", subject_id=n, name=f"项目{n}", region_key=place.city.key_lo,
                region_name="云城市", before_label="B 级", after_label="A 级", move="B 级 → A 级",
            )
            for n in range(number)
        )  # fmt: skip

    counts = []
    for number in (1, 29):
        fill(number)
        for address in (f"/policy/sandbox/rows/?trial={trial.pk}", f"/policy/sandbox/{trial.pk}", "/policy/sandbox/"):
            page(client, address)
            with CaptureQueriesContext(connection) as caught:
                page(client, address)
            counts.append(len(caught))
    assert counts[:3] == counts[3:]


def test_a_replay_whose_worker_is_gone_says_so_and_can_run_again(place, visit):
    trial = ready(place)
    Trial.objects.update(replay_state="RUNNING", job_id=None)
    client = visit("INVESTMENT_OFFICER", place.city)
    assert "试算中断了" in page(client, f"/policy/sandbox/{trial.pk}")
    assert client.post(f"/policy/sandbox/{trial.pk}/replay").status_code == 302
    assert Trial.objects.get().replay_state == "DONE"


def test_many_subjects_go_to_a_job_with_progress(place, visit, monkeypatch):
    from gongbu.ground.jobs.models import JobProgress
    from gongbu.ground.policy.sandbox import following

    trial = ready(place)
    monkeypatch.setattr(following, "AT_ONCE", -1)
    client = visit("INVESTMENT_OFFICER", place.city)
    assert client.post(f"/policy/sandbox/{trial.pk}/replay").status_code == 302
    trial.refresh_from_db()
    assert trial.replay_state == "RUNNING"
    assert "正在试算" in page(client, f"/policy/sandbox/{trial.pk}")
    assert "正在试算" in page(client, f"/policy/sandbox/{trial.pk}/progress")
    job = JobProgress.objects.get(pk=trial.job_id)
    assert job.name == following.JOB
    from gongbu.ground.orgs.models import Person

    following.run_job(trial.pk, Person.objects.get().pk, None)
    following.run_job(trial.pk, Person.objects.get().pk, None)  # at least once: twice changes nothing
    assert Trial.objects.get().replay_state == "DONE"
    assert client.get(f"/policy/sandbox/{trial.pk}/progress").status_code == 204
    assert "试算完成" in page(client, "/inbox/messages/")


def test_the_policy_of_the_region_is_untouched_by_trying(place):
    trial = ready(place)
    services.discard_trial(trial_id=trial.pk, actor=place.city_head)
    assert StoredPack.objects.count() == 0
    assert policy.queries.policy_for(place.city.pk, clock.today()).packs[0].version == "2026.11.1"


def test_a_leader_reads_the_result_and_changes_nothing(place, visit):
    trial = ready(place)
    leader = visit("LEADER", place.city)
    said = page(leader, f"/policy/sandbox/{trial.pk}")
    assert "总投资 &gt; 8,000 万元" in said
    for word in ("重新试算", "放弃", "撤回", "采用</a>", "查找参数"):
        assert word not in said, word
    assert trial.name in page(leader, "/policy/sandbox/")
    assert leader.get(f"/policy/sandbox/rows/?trial={trial.pk}").status_code == 200
    for address in (grid(trial), f"/policy/sandbox/{trial.pk}/adopt", "/policy/sandbox/new"):
        assert leader.get(address).status_code == 403, address
    for act in ("replay", "discard", "undo"):
        assert leader.post(f"/policy/sandbox/{trial.pk}/{act}").status_code == 403
    assert visit("LEADER", place.east).get(f"/policy/sandbox/{trial.pk}").status_code == 404
