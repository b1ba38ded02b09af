"""Trials: edited as data, judged by the loader, replayed, adopted as an act; and what refuses."""

import io
import json
import re
import zipfile
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.db import transaction

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import ChangedMeanwhile, NotAllowed, NotFound, Refusal
from gongbu.ground.basics.messages import is_worded, word
from gongbu.ground.ledger.models import Entry
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.ground.policy import queries, stored
from gongbu.ground.policy import services as policy
from gongbu.ground.policy.loading import content_hash
from gongbu.ground.policy.models import Adoption, StoredPack
from gongbu.ground.policy.sandbox import editing, editions, services
from gongbu.ground.policy.sandbox.messages import MESSAGES
from gongbu.ground.policy.sandbox.models import Trial, TrialRow

pytestmark = pytest.mark.django_db
ROWS = [
    {"id": "A", "total_investment_fen": {"above": "8000万元"}, "then": "A"},
    {"id": "B", "total_investment_fen": {"at_least": "500万元", "up_to": "8000万元"}, "then": "B"},
    {"id": "C", "total_investment_fen": {"below": "500万元"}, "then": "C"},
]


def adopt(place, since=date(2026, 1, 1)):
    return policy.adopt_packs(
        region_id=place.city.pk, subject="GRADING", packs=["centralized"], effective_from=since, actor=place.city_head
    )


def opened(place, base="centralized", actor=None, region=None, **more) -> Trial:
    return services.open_trial(
        region_id=(region or place.city).pk, subject=more.pop("subject", "GRADING"), base=base, name="降低 A 级界限",
        on=clock.today(), actor=actor or place.city_head, **more,
    )  # fmt: skip


def with_rows(trial, actor, rows=None, since=None):
    def change(files):
        return editing.with_table(files, "centralized.grade", since or trial.on, rows or ROWS, "第一条")

    return services.change(trial_id=trial.pk, rev=trial.rev, change=change, actor=actor)


def decide(place, fen, on=None):
    on = on or clock.today()
    return queries.policy_for(place.city.pk, on).decide("centralized.grade", {"total_investment_fen": fen}, on)


def kept():
    return (StoredPack.objects.count(), Adoption.objects.count(), Entry.objects.count(), OutboxMessage.objects.count())


def ready(place):
    adopt(place)
    trial = with_rows(opened(place), place.city_head)
    return services.replay_trial(trial_id=trial.pk, actor=place.city_head)


def test_what_is_written_is_read_back_as_it_was():
    for folder in sorted(settings.PACKS_DIR.iterdir()):
        if not folder.is_dir():
            continue
        for name, text in editions.read_folder(folder).items():
            content = editing.parse(text, name, facts=name.startswith("cases/"))
            assert editing.parse(editing.dump(content), name, facts=name.startswith("cases/")) == content


@pytest.mark.req("GO-02")
def test_an_edited_threshold_is_a_new_dated_version_and_past_days_stay(place):
    adopt(place)
    trial = with_rows(opened(place), place.city_head)
    checked = services.check(trial)
    assert (checked.faults, checked.cases) == ((), ())
    versions = checked.trial.tables["centralized.grade"]
    assert [one.effective_from for one in versions] == [date(2023, 1, 1), trial.on]
    assert versions[0].hash == checked.base.tables["centralized.grade"][0].hash
    again = with_rows(trial, place.city_head, since=trial.on + timedelta(days=3))
    assert len(services.check(again).trial.tables["centralized.grade"]) == 2  # the earlier try is replaced


@pytest.mark.req("GO-02")
def test_a_hole_and_an_overlap_are_shown_with_the_case_they_leave(place):
    trial = opened(place)
    hole = with_rows(trial, place.city_head, ROWS[:2])
    said = "；".join(str(fault) for fault in services.check(hole).faults)
    assert "结果 C 没有任何一行给出" in said
    rows = [*ROWS[:2], {"id": "C", "total_investment_fen": {"below": "400万元"}, "then": "C"}]
    hole = with_rows(hole, place.city_head, rows)
    assert "没有一行覆盖这种情形：总投资（total_investment_fen）＝400 万元" in str(services.check(hole).faults[0])
    rows = [*ROWS[:2], {"id": "C", "total_investment_fen": {"below": "600万元"}, "then": "C"}]
    overlap = with_rows(hole, place.city_head, rows)
    assert "第 B、C 行同时命中：总投资（total_investment_fen）＝500 万元" in str(services.check(overlap).faults[0])
    with pytest.raises(Refusal) as caught:
        services.replay_trial(trial_id=trial.pk, actor=place.city_head)
    assert caught.value.code == "sandbox.not_readable"


@pytest.mark.req("GO-02", "GO-01")
def test_adopting_a_trial_makes_a_version_that_decides_and_is_cited(place):
    trial = ready(place)
    assert decide(place, 9_000 * 10**6).value == "B"
    services.adopt_trial(
        trial_id=trial.pk, rev=trial.rev, effective_from=trial.on, document_number="云政发〔2026〕8号",
        document_title="关于调整分级标准的通知", is_checked=True, actor=place.city_head,
    )  # fmt: skip
    pack = StoredPack.objects.get()
    assert (str(pack), pack.document_number) == ("centralized@2026.11.501", "云政发〔2026〕8号")
    found = decide(place, 9_000 * 10**6)
    assert (found.value, found.ref.version, str(found.basis)) == (
        "A", "2026.11.501", "关于调整分级标准的通知（云政发〔2026〕8号）第一条",
    )  # fmt: skip
    assert (found.confidence, found.confidence.word) == ("V2", "已核原文")
    assert decide(place, 9_000 * 10**6, trial.on - timedelta(days=1)).ref.version == "2026.11.1"
    kinds = list(Entry.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds[-2:] == ["policy.pack_stored", "policy.adopted"]
    assert json.loads(Entry.objects.latest("pk").canonical)["policy"][0]["hash"] == pack.pack_hash
    assert OutboxMessage.objects.filter(topic="policy.adopted").count() == 2
    trial.refresh_from_db()
    assert (trial.state, trial.adoption.packs) == ("ADOPTED", ["centralized@2026.11.501"])
    # another process, which has read nothing yet
    stored.forget()
    queries._adopted.clear()
    queries._resolved.clear()
    queries._policy.cache_clear()
    assert queries.policies_of([place.city], clock.today())[place.city.pk].packs[0].version == "2026.11.501"
    # the stored edition can be the base of the next trial
    other = opened(place, base="centralized@2026.11.501")
    assert other.version == "2026.11.502"


def test_the_second_of_two_trials_does_not_undo_the_first(place):
    first, second = ready(place), with_rows(opened(place), place.city_head)
    second = services.replay_trial(trial_id=second.pk, actor=place.city_head)

    def go(trial, days, number):
        services.adopt_trial(
            trial_id=trial.pk, rev=trial.rev, effective_from=trial.on + timedelta(days=days), document_number=number,
            actor=place.city_head,
        )  # fmt: skip

    go(first, 0, "云政发〔2026〕8号")
    before = kept()
    with pytest.raises(Refusal) as caught:
        go(second, 1, "云政发〔2026〕9号")
    assert caught.value.code == "sandbox.base_changed"
    assert "现为 2026.11.501" in word(caught.value)
    assert "集中管理分级" in word(caught.value)
    assert kept() == before
    assert decide(place, 9_000 * 10**6).confidence == "V3"  # nobody said that it was compared
    third = with_rows(opened(place), place.city_head)  # opened knowing what applies
    third = services.replay_trial(trial_id=third.pk, actor=place.city_head)
    go(third, 2, "云政发〔2026〕10号")
    assert [str(one) for one in StoredPack.objects.order_by("pk")] == [
        "centralized@2026.11.501", "centralized@2026.11.502",
    ]  # fmt: skip
    assert decide(place, 9_000 * 10**6, third.on + timedelta(days=2)).ref.version == "2026.11.502"
    assert decide(place, 9_000 * 10**6, third.on).ref.version == "2026.11.501"


def test_a_stored_pack_that_was_tampered_with_is_refused(place):
    trial = ready(place)
    services.adopt_trial(
        trial_id=trial.pk, rev=trial.rev, effective_from=trial.on, document_number="云政发〔2026〕8号",
        actor=place.city_head,
    )  # fmt: skip
    assert stored.find_damaged() == []
    pack = StoredPack.objects.get()
    pack.files["tables/grade.yaml"] = pack.files["tables/grade.yaml"].replace("1亿元", "2亿元")
    pack.save()
    stored.forget()
    stored._READ.clear()
    with pytest.raises(Refusal) as caught:
        queries.all_packs()
    assert caught.value.code == "policy.stored_changed"
    assert stored.find_damaged() == [str(pack)]
    pack.digest = content_hash(pack.files)  # whoever writes the one can write the other: the book tells
    pack.save()
    assert stored.find_damaged() == [str(pack)]


@pytest.mark.parametrize(
    "case", ["clerk", "document", "stale", "unreplayed", "unchanged", "base", "national", "county"]
)
def test_an_adoption_that_is_refused_leaves_nothing(place, case, monkeypatch):
    trial = ready(place)
    who, rev, number, code = place.city_head, trial.rev, "云政发〔2026〕8号", ""
    if case == "clerk":
        who, code = place.clerk, "rights.not_allowed"
    elif case == "county":
        who, code = place.county_head, "sandbox.trial_missing"
    elif case == "document":
        number, code = " ", "sandbox.no_document"
    elif case == "stale":
        rev, code = rev - 1, "sandbox.changed_meanwhile"
    elif case == "unreplayed":
        trial = with_rows(trial, place.city_head, [ROWS[0], ROWS[1], {**ROWS[2], "note": "另行说明"}])
        rev, code = trial.rev, "sandbox.not_replayed"
    elif case == "unchanged":
        trial = services.replay_trial(trial_id=opened(place).pk, actor=place.city_head)
        rev, code = trial.rev, "sandbox.nothing_changed"
    elif case == "base":
        Trial.objects.update(base_hash="sha256:0", base_version="2026.1.1")
        code = "sandbox.base_changed"
    elif case == "national":
        trial = opened(place, base="national", subject="GRADING")
        trial = services.change(trial_id=trial.pk, rev=1, change=notes_limit, actor=place.city_head)
        trial = services.replay_trial(trial_id=trial.pk, actor=place.city_head)
        rev, code = trial.rev, "policy.pack_level"
    before = kept()
    with pytest.raises(Refusal) as caught:
        services.adopt_trial(trial_id=trial.pk, rev=rev, effective_from=trial.on, document_number=number, actor=who)
    assert caught.value.code == code, word(caught.value)
    assert "{" not in word(caught.value)
    assert kept() == before
    assert Trial.objects.get(pk=trial.pk).state == "DRAFT"


def notes_limit(files):
    """A stricter limit in the national pack, only to have a change."""
    return editing.with_value(files, "licences.decision_limit", date(2027, 1, 1), "18", "第一条", "")


def test_a_value_that_loosens_the_law_is_shown_with_both_clauses(place, write_loose):
    trial = write_loose
    said = [str(fault) for fault in services.check(trial).faults]
    assert any("25 个工作日" in one and "法定上限 20 个工作日（行政许可法第四十二条第一款）" in one for one in said), (
        said
    )


@pytest.fixture
def write_loose(place):
    trial = opened(place)
    text = (
        "key: licences.decision_limit\nlabel: 许可决定期限\nunit: workdays\nanchor: accepted_on\nversions:\n"
        f'  - from: {trial.on}\n    value: "25"\n    basis: {{instrument: {editing.DRAFT}, article: 第八条}}\n'
        "    confidence: S\n"
    )
    return services.change(
        trial_id=trial.pk, rev=1, change=lambda files: {**files, "parameters/loose.yaml": text}, actor=place.city_head
    )


@pytest.mark.req("GO-02")
def test_two_people_on_one_trial_lose_nothing(place):
    trial = opened(place)
    with_rows(trial, place.city_head)
    with pytest.raises(ChangedMeanwhile) as caught:
        with_rows(trial, place.clerk, [ROWS[0]])
    assert "王处长" in word(caught.value)
    assert Trial.objects.get().rev == 2


def test_a_discarded_trial_is_closed_and_its_rows_are_gone(place):
    trial = ready(place)
    services.discard_trial(trial_id=trial.pk, actor=place.clerk)
    assert TrialRow.objects.count() == 0
    with pytest.raises(Refusal) as caught:
        with_rows(trial, place.city_head)
    assert caught.value.code == "sandbox.closed"


def test_a_trial_of_another_region_is_not_there(place):
    trial = opened(place)
    with pytest.raises(NotFound):
        services.get_trial(trial.pk, place.county_head)
    with pytest.raises(NotAllowed):
        opened(place, actor=place.county_head)


def test_a_replay_that_died_in_the_middle_runs_again(place, monkeypatch):
    trial = ready(place)

    def die(*_args, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr(services, "_keep_rows", die)
    with pytest.raises(KeyboardInterrupt):
        services.replay_trial(trial_id=trial.pk, actor=place.city_head)
    assert Trial.objects.get().replay_state == "RUNNING"
    monkeypatch.undo()
    assert services.replay_trial(trial_id=trial.pk, actor=place.city_head).replay_state == "DONE"


def zipped(files, prefix=""):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(prefix + name, text)
    return out.getvalue()


def test_a_zip_of_the_folder_is_read_with_or_without_its_top_folder():
    files = editions.files_of("centralized")
    assert editions.read_archive(zipped(files)) == files
    assert editions.read_archive(zipped(files, "centralized/")) == files


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"no zip", "sandbox.not_zip"),
        (zipped({"../pack.yaml": "key: x"}), "sandbox.bad_path"),
        (zipped({"/etc/pack.yaml": "key: x"}), "sandbox.bad_path"),
        (zipped({"C:\\pack.yaml": "key: x"}), "sandbox.bad_path"),
        (zipped({"pack.yaml": "0" * 50_000_000}), "sandbox.too_large"),
        (zipped({f"tables/{n}.yaml": "x" for n in range(401)}), "sandbox.too_large"),
        (zipped({"tables/x.yaml": "key: x"}), "sandbox.no_head"),
        (zipped({"pack.yaml": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"}), "sandbox.not_flat"),
        (zipped({"pack.yaml": "a: " + "[" * 200_000}), "sandbox.not_flat"),
        (zipped({"pack.yaml": b"\xff\xfe"}), "sandbox.not_text"),
    ],
)  # fmt: skip
def test_a_harmful_or_unfit_archive_is_refused(content, code):
    with pytest.raises(Refusal) as caught:
        editions.read_archive(content)
    assert caught.value.code == code


def test_every_refusal_is_worded():
    assert all(is_worded(code) for code in MESSAGES)


def test_money_needs_its_unit_and_percent_is_taken():
    with pytest.raises(ValueError, match="没有写单位"):
        editing.money("8000")
    assert editing.money("8,000 万元") == "8000万元"
    assert editing.raw_value("ratio", "12.5%") == "0.125"
    assert editing.next_version("2026.11.1", ["2026.11.501", "2025.1.900"]) == "2026.11.502"


@pytest.fixture
def command(monkeypatch):
    """Run ``gongbu pack …`` on the test database."""
    from click.testing import CliRunner

    from gongbu.config import cli
    from gongbu.ground.policy.commands import pack

    monkeypatch.setattr(cli, "setup_django", lambda **_: None)
    monkeypatch.setattr("gongbu.config.home.prepare", lambda **_: None)
    return lambda *words: CliRunner().invoke(pack, list(words))


@pytest.mark.req("GO-02")
def test_an_adopted_version_is_written_as_a_folder_and_reads_the_same(place, command, tmp_path):
    trial = ready(place)
    services.adopt_trial(
        trial_id=trial.pk, rev=trial.rev, effective_from=trial.on, document_number="云政发〔2026〕8号",
        actor=place.city_head,
    )  # fmt: skip
    folder = tmp_path / "out" / "centralized"
    answer = command("export", "centralized@2026.11.501", str(folder))
    assert answer.exit_code == 0, answer.output
    assert editions.read_folder(folder) == StoredPack.objects.get().files
    assert editions.load(editions.read_folder(folder)).hash == StoredPack.objects.get().pack_hash
    assert command("check", str(folder)).exit_code == 0
    again = command("export", "centralized@2026.11.501", str(folder))
    assert (again.exit_code, "不是空目录" in again.output) == (2, True)
    assert command("export", "centralized@2026.9.999", str(tmp_path / "x")).exit_code == 1


@pytest.mark.req("GO-02")
def test_the_json_has_exactly_the_documented_keys(place, command, tmp_path):
    adopt(place)
    with transaction.atomic():
        decision = decide(place, 9_000 * 10**6)
        policy.record_decision(decision, "project", 7, place.city.key_lo)
    folder = tmp_path / "centralized"
    files = with_rows(opened(place), place.city_head).files
    stored.write(files, folder)
    answer = command("sandbox", "--pack", str(folder), "--json")
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.output)
    documented = settings.PACKS_DIR.parents[1] / "docs" / "sandbox.md"
    words = set(re.findall(r"[a-z_]+", documented.read_text("utf-8")))

    def keys(value):
        if isinstance(value, dict):
            return set(value).union(*(keys(one) for name, one in value.items() if name not in ("facts", "changes")))
        return set().union(*map(keys, value)) if isinstance(value, list) else set()

    told["notes"] = []
    assert keys(told) - {"id"} <= words | {"before", "after"}
    assert list(told) == [
        "ok", "faults", "cases", "notes", "pack", "base", "changes", "region", "on", "is_supposed", "parameters", "sources",
        "rows_total", "rows", "seconds",
    ]  # fmt: skip
    (row,) = told["rows"]
    assert (row["decision_id"] is not None, row["from"], row["to"], row["money_fen"], row["money_yuan"]) == (
        True, "B", "A", 9_000 * 10**6, "90000000.00",
    )  # fmt: skip
    assert command("sandbox", "--pack", str(folder), "--on", "昨天").exit_code == 2
    assert command("sandbox", "--pack", str(folder), "--region", "12345").exit_code == 2
    other = json.loads(command("sandbox", "--pack", str(folder), "--region", "990121", "--json").output)
    assert (other["region"]["name"], other["rows_total"]) == ("东县", 0)
    said = command("sandbox", "--pack", str(folder)).output
    assert "集中管理分级：B 级 → A 级 1 项，90,000,000.00 元" in said
    assert "  历次判定\t" in said
    head = (folder / "pack.yaml").read_text("utf-8").replace("2026.11.501", "2026.11.1")
    (folder / "pack.yaml").write_text(head, "utf-8")
    said = command("sandbox", "--pack", str(folder)).output
    assert "2026.11.1（改过的目录，版本号未改" in said
    assert "2026.11.1 → 2026.11.1" not in said


@pytest.mark.req("GO-02")
def test_a_pack_adopted_for_two_subjects_is_replaced_for_both_at_once(place):
    for subject in ("RESERVE", "COORDINATION"):
        policy.adopt_packs(
            region_id=place.east.pk, subject=subject, packs=["county_reserve"], effective_from=date(2026, 1, 1),
            actor=place.city_head,
        )  # fmt: skip
    trial = opened(place, base="county_reserve", region=place.east, subject="RESERVE")
    assert services.subjects_of(trial, trial.on) == ["RESERVE", "COORDINATION"]
    trial = services.change(
        trial_id=trial.pk, rev=trial.rev, actor=place.city_head,
        change=lambda files: editing.with_value(files, "county_reserve.industry_share_target", trial.on, "0.55", "", ""),
    )  # fmt: skip
    trial = services.replay_trial(trial_id=trial.pk, actor=place.city_head)
    done = services.adopt_trial(
        trial_id=trial.pk, rev=trial.rev, effective_from=trial.on, document_number="东政发〔2026〕9号",
        actor=place.city_head,
    )  # fmt: skip
    assert queries.adopted_by_subject(place.east.pk, trial.on) == {
        "RESERVE": [str(done.stored)],
        "COORDINATION": [str(done.stored)],
    }
    entered = Entry.objects.filter(kind="policy.adopted", canonical__contains="东政发〔2026〕9号")
    assert entered.count() == 2


@pytest.mark.req("GO-02", "GO-13")
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("county_reserve.industry_share_target", "-5"),
        ("county_reserve.industry_share_target", "1.5"),
        ("county_reserve.general_target", "-1亿元"),
        ("county_reserve.general_target", "9999999999999999亿元"),
        ("county_reserve.chain_count", "-7"),
    ],
)
def test_a_value_beyond_all_sense_is_a_fault_of_the_draft(place, key, value):
    trial = opened(place, base="county_reserve", region=place.east, subject="RESERVE")
    checked = services.check(trial, editing.with_value(trial.files, key, trial.on, value, "", ""))
    assert ["超出这种数值可能的范围" in str(fault) for fault in checked.faults] == [True]


@pytest.mark.req("GO-02")
@pytest.mark.parametrize("case", ["anchors", "bytes", "link"])
def test_an_unfit_folder_is_one_finding_and_not_a_failure(place, command, tmp_path, case):
    folder = tmp_path / "centralized"
    stored.write(editions.files_of("centralized"), folder)
    if case == "anchors":
        (folder / "parameters" / "x.yaml").write_text("a: &a [x]\nb: *a\n", "utf-8")
        name, said = "parameters/x.yaml", "用了引用（& 和 *）"
    elif case == "bytes":
        (folder / "pack.yaml").write_bytes(b"\xff\xfe")
        name, said = "pack.yaml", "不是 UTF-8 文字"
    else:
        (folder / "tables" / "x.yaml").symlink_to("/etc/hostname")
        name, said = "tables/x.yaml", "不能接受"
    answer = command("sandbox", "--pack", str(folder), "--json")
    assert (answer.exit_code, answer.exception.__class__) == (1, SystemExit)
    told = json.loads(answer.output)
    assert (told["ok"], told["faults"][0]["file"], told["faults"][0]["mend"] != "") == (False, name, True)
    assert said in told["faults"][0]["found"]
    plain = command("sandbox", "--pack", str(folder))
    assert plain.exit_code == 1
    assert "不能试算：1 处错误" in plain.output


def test_an_adoption_dated_back_names_the_day(place):
    trial = ready(place)
    before = kept()
    with pytest.raises(Refusal) as caught:
        services.adopt_trial(
            trial_id=trial.pk, rev=trial.rev, effective_from=date(2025, 12, 31), document_number="云政发〔2026〕8号",
            actor=place.city_head,
        )  # fmt: skip
    assert caught.value.code == "sandbox.other_day"
    said = word(caught.value)
    assert ("采用日期 2025-12-31 早于" in said, "那天云城市还没有采用它" in said) == (True, True)
    assert kept() == before
