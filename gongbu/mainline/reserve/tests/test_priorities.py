"""入库优先事项: the five of the packs as a column that the 发改 office and later rooms fill (实施方案 第5条)."""

import csv
import io
import re
from datetime import date, timedelta

import pytest

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.ledger import queries as ledger
from gongbu.ground.orgs.models import Region
from gongbu.mainline.projects.tests import factories as projects
from gongbu.mainline.reserve import files, priorities, services
from gongbu.mainline.reserve.models import Priority, ReserveFile
from gongbu.mainline.reserve.system import system_of
from gongbu.mainline.reserve.tests import factories as make
from gongbu.mainline.reserve.tests.factories import browser

pytestmark = [pytest.mark.django_db, pytest.mark.req("JC-02")]
FIVE = ["专班调度", "前期费", "申报国省资金", "土地资源", "节能减排、用水、用能指标"]
COLUMNS = ["专班", "前期费", "国省资金", "土地", "能耗环境"]
EMPTY = "|专班调度-|前期费-|申报国省资金-|土地资源-|节能减排、用水、用能指标-|"


@pytest.fixture(autouse=True)
def _nation() -> None:
    Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})


def held(days: int = 30):
    return make.admitted(on=clock.today() - timedelta(days=days))


def test_every_file_carries_the_five_of_the_pack_as_not_yet_arranged() -> None:
    entry = held()
    assert make.flat(entry).priorities == EMPTY
    page = browser(make.head()).get(f"/projects/{entry.project_id}/?tab=reserve").content.decode()
    card = page[page.index("入库优先事项") :]
    assert all(name in card for name in FIVE)
    assert card.count("尚未安排") >= 5
    assert "第5条" in page


def test_the_office_records_one_with_day_and_note_and_it_stands_in_list_file_export_and_filter() -> None:
    entry, other = held(), held()
    day = clock.today() - timedelta(days=3)
    row = services.set_priority(
        project_id=entry.project_id, name="前期费", actor=make.officer(), note="安排可研编制费 30 万元", on=day
    )
    assert row is not None
    assert (row.arranged_on, row.unit_name) == (day, "云溪县发展和改革局")
    assert row.receipt
    assert make.flat(entry).priorities == EMPTY.replace("前期费-", f"前期费={day.isoformat()}")
    assert files.rebuild() >= 2
    assert make.flat(entry).priorities == EMPTY.replace("前期费-", f"前期费={day.isoformat()}"), "rebuilt the same"
    client = browser(make.head())
    page = client.get("/reserve/").content.decode()
    assert f"前期费：{day.isoformat()} 安排" in page
    assert "前期费：尚未安排" in page
    heads = [re.sub("<[^>]+>", "", head) for head in re.findall(r"<th [^>]*>.*?</th>", page)]
    assert [head for head in heads if head in COLUMNS] == COLUMNS, "a column each"
    for words in ("✓ 已安排", 'title="入库优先事项：申报国省资金"', "前期费：尚未安排"):
        assert words in page, words
    shown = client.get("/reserve/?priority=YES:前期费").content.decode()
    assert make.flat(entry).name in shown
    assert make.flat(other).name not in shown
    shown = client.get("/reserve/?priority=NO:前期费").content.decode()
    assert make.flat(entry).name not in shown
    assert make.flat(other).name in shown
    assert make.flat(other).name in client.get("/reserve/?priority=NONE").content.decode()
    answer = client.get("/reserve/export.csv")
    table = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    at = [table[0].index(label) for label in COLUMNS]
    cells = {line[0]: [line[place] for place in at] for line in table[1:]}
    assert cells[make.flat(entry).name] == ["尚未安排", f"{day.isoformat()} 安排", "尚未安排", "尚未安排", "尚未安排"]
    assert cells[make.flat(other).name] == ["尚未安排"] * 5
    tab = client.get(f"/projects/{entry.project_id}/?tab=reserve").content.decode()
    assert "安排可研编制费 30 万元" in tab
    drawer = client.get(f"/reserve/{entry.project_id}/drawer").content.decode()
    assert f"{day.isoformat()} 安排" in drawer


def test_a_correction_replaces_and_taking_back_needs_a_reason() -> None:
    entry, by = held(), make.officer()
    first = clock.today() - timedelta(days=9)
    services.set_priority(project_id=entry.project_id, name="专班调度", actor=by, note="列入水利专班", on=first)
    with pytest.raises(Refusal, match="priority_same"):
        services.set_priority(project_id=entry.project_id, name="专班调度", actor=by, note="列入水利专班", on=first)
    services.set_priority(project_id=entry.project_id, name="专班调度", actor=by, note="列入农业专班", on=first)
    assert Priority.objects.unscoped("test").filter(is_standing=True).count() == 1
    assert Priority.objects.unscoped("test").count() == 2, "the first stays readable"
    with pytest.raises(InvalidInput):
        services.set_priority(project_id=entry.project_id, name="专班调度", actor=by, is_arranged=False, note="错")
    services.set_priority(project_id=entry.project_id, name="专班调度", actor=by, is_arranged=False, note="专班已撤销")
    assert make.flat(entry).priorities == EMPTY
    written = [
        row for row in ledger.list_for_subject("project", entry.project_id) if row.kind == "reserve.set_priority"
    ]
    assert written[0].content["after"]["priority_state"] == "尚未安排"
    with pytest.raises(Refusal, match="priority_not_set"):
        services.set_priority(
            project_id=entry.project_id, name="专班调度", actor=by, is_arranged=False, note="再撤一次"
        )


def test_refusals_say_what_was_found_and_expected_and_leave_nothing() -> None:
    entry = held(days=10)
    by = make.officer()
    in_on = make.fresh(entry).in_on
    before = (*make.footprint(), Priority.objects.unscoped("test").count())
    early = in_on - timedelta(days=1)
    with pytest.raises(InvalidInput) as caught:
        services.set_priority(project_id=entry.project_id, name="前期费", actor=by, on=early)
    said = word(caught.value.findings[0])
    assert early.isoformat() in said
    assert f"应不早于 {in_on.isoformat()}" in said
    with pytest.raises(InvalidInput) as caught:
        services.set_priority(project_id=entry.project_id, name="优惠政策", actor=by)
    assert "没有“优惠政策”这一优先事项" in word(caught.value.findings[0])
    with pytest.raises(NotAllowed):
        services.set_priority(project_id=entry.project_id, name="前期费", actor=make.department())
    waiting = make.declared()
    after = (*make.footprint(), Priority.objects.unscoped("test").count())
    with pytest.raises(Refusal) as refused:
        services.set_priority(project_id=waiting.project_id, name="前期费", actor=by)
    assert "不在任何储备库中（办理中）" in word(refused.value)
    with pytest.raises(NotFound):
        services.set_priority(project_id=10**9, name="前期费", actor=by)
    assert (*make.footprint(), Priority.objects.unscoped("test").count()) == after
    assert after[-1] == before[-1] == 0


def test_a_later_room_fills_its_column_and_is_not_overwritten_by_hand() -> None:
    entry = held()
    day = date(2026, 3, 2)
    priorities.add_source(
        priorities.Source(
            "test.land",
            ("土地",),
            lambda ids: {entry.project_id: priorities.Arrangement(day, "配置新增建设用地 20 亩")},
        )
    )
    try:
        files.refresh([entry.project_id])
        assert f"|土地资源={day.isoformat()}|" in make.flat(entry).priorities
        with pytest.raises(Refusal, match="priority_by_room"):
            services.set_priority(project_id=entry.project_id, name="土地资源", actor=make.officer(), note="另记一次")
    finally:
        priorities.drop_source("test.land")


def test_rows_follow_what_the_packs_name() -> None:
    """Rows of before the column existed, or of another version of the packs, are written once a day."""
    entry = held()
    ReserveFile.objects.unscoped("test").update(priorities="")
    system = system_of(make.county(), clock.today())
    assert files.catch_up(system) == 1
    assert make.flat(entry).priorities == EMPTY
    assert files.catch_up(system) == 0


def test_the_form_is_the_offices_alone_and_prefilled_with_what_stands() -> None:
    entry = held()
    address = f"/reserve/projects/{entry.project_id}/priorities"
    assert browser(make.department()).get(address).status_code == 403
    client = browser(make.officer())
    day = clock.today()
    answer = client.post(
        address,
        {
            "priority_name": "前期费",
            "priority_state": "ARRANGED",
            "occurred_on": day.isoformat(),
            "priority_note": "可研费",
        },
    )
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    page = client.get(address + "?name=前期费").content.decode()
    assert "可研费" in page
    assert f"前期费（{day.isoformat()} 安排）" in page


def test_a_county_without_such_a_list_shows_nothing() -> None:
    place = projects.neighbour()
    assert files.catch_up(system_of(place, clock.today())) == 0
    assert priorities.pack((), {}) == ""
    assert priorities.unpack("") == []
