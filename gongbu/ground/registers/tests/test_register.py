"""A register over units: list, filters, tabs, order, pages, drawer, exports."""

import csv
import io

import openpyxl
import pytest
from django.test import Client
from django.urls import include, path

from gongbu.ground.orgs.models import AuditEvent, Unit
from gongbu.ground.orgs.tests.conftest import make_person
from gongbu.ground.registers import counting, pages
from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.filters import ChoiceFilter, RangeFilter, RegionFilter, TextFilter
from gongbu.ground.registers.register import BatchAction, Button, Empty, Register, RowAction, Tabs
from gongbu.ground.registers.tests.conftest import sign_in

UNITS = Register(
    key="units",
    title="单位台账",
    act="orgs.view",
    source=lambda request: Unit.objects.visible_to(request.actor, "orgs.view"),
    columns=[
        Column("name", "名称", title=True, frozen=True, link=True, sort=True),
        Column("credit_code", "统一社会信用代码", kind="code", sort=True),
        Column("kind", "类别", kind="choice", choices=Unit.Kind),
        Column("id", "编号", kind="int", sort=True),
        Column("region__name", "所在地"),
        Column("short_name", "简称", listed=False),
    ],
    filters=[
        TextFilter("q", "关键字", fields=["name", "short_name"]),
        ChoiceFilter("kind", "类别", field="kind", choices=Unit.Kind),
        RegionFilter("region", "所在地", field="region__key_lo"),
        RangeFilter("number", "编号", field="id", more=True),
    ],
    tabs=Tabs("status", Unit.Status),
    default_order="name",
    row_route=("units:show", {"pk": "id"}),
    row_actions=[
        RowAction("停用", ("units:show", {"pk": "id"}), when=lambda row: row["status"] == "ACTIVE", needs=["status"])
    ],
    toolbar=[Button("新建单位", "units:create", "plus", "primary")],
    batch=[BatchAction("批量催办", "units:remind")],
    empty=Empty("还没有单位", "登记后显示。", "新建单位", "units:create"),
)


def everyone():
    return Unit.objects.unscoped("test")


def nothing(request, pk=None):
    raise AssertionError("not called")


rooms = [
    *UNITS.urls("units:"),
    path("<int:pk>/", nothing, name="show"),
    path("new", pages.page("orgs.view")(nothing), name="create"),
    path("new-by-others", pages.page("orgs.grant_role")(nothing), name="create_by_others"),
    path("remind", nothing, name="remind"),
]
urlpatterns = [
    path("units/", include((rooms, "units"))),
    path("", include("gongbu.ground.registers.urls")),
]
pytestmark = pytest.mark.urls(__name__)


def make_units(town, number, **fields):
    rows = [
        Unit(name=f"单位{i:04d}", kind="ENTERPRISE" if i % 3 else "GOVERNMENT", region=town.east, **fields)
        for i in range(number)
    ]
    return Unit.objects.bulk_create(rows)


def names_of(response):
    return [part.split("<")[0] for part in response.content.decode().split('/">')[1:] if part.startswith("单位")]


def test_the_list_counts_tabs_and_shows_a_page(officer, town):
    make_units(town, 45)
    make_units(town, 2, status="CLOSED")
    html = officer.get("/units/?q=单位").content.decode()
    assert "共 47 条" in html
    assert '全部<em class="g-count">47</em>' in html
    assert '停用<em class="g-count">2</em>' in html
    assert html.count("<tr data-drawer=") == 20


@pytest.mark.parametrize("rows", [1, 30])
def test_queries_do_not_grow_with_rows(officer, town, rows, django_assert_num_queries):
    make_units(town, rows)
    officer.get("/units/")  # the session keeps the actor, the region picker its options
    with django_assert_num_queries(4):  # session, person; counts, page
        officer.get("/units/?size=50")


def test_rows_outside_the_scope_are_neither_listed_nor_counted_nor_opened(town, db):
    clerk = Client()
    sign_in(clerk, make_person("clerk", town.other, "INVESTMENT_OFFICER", town.west))
    make_units(town, 3)
    assert "共 1 条" in clerk.get("/units/").content.decode()
    hidden = everyone().get(name="单位0001")
    answer = clerk.get(f"/units/{hidden.pk}/drawer")
    assert answer.status_code == 404
    assert "没有这条记录" in answer.content.decode()


def test_nobody_signed_in_is_sent_to_the_door_and_nobody_without_a_right_gets_in(town):
    assert Client().get("/units/").status_code == 302
    stranger = Client()
    sign_in(stranger, make_person("stranger", town.bureau))
    answer = stranger.get("/units/export.csv")
    assert answer.status_code == 403
    assert not AuditEvent.objects.unscoped("test").filter(kind=AuditEvent.Kind.EXPORTED).exists()


def test_filters_narrow_and_a_bad_value_is_said_and_ignored(officer, town):
    make_units(town, 9)
    assert "共 3 条" in officer.get("/units/?q=单位&kind=GOVERNMENT").content.decode()
    assert "共 9 条" in officer.get(f"/units/?q=单位&region={town.east.pk}").content.decode()
    assert "没有符合条件的记录" in officer.get(f"/units/?q=单位&region={town.west.pk}").content.decode()
    said = officer.get("/units/?q=单位&number_min=abc").content.decode()
    assert "请填数字，此条件未生效" in said
    assert "共 9 条" in said


@pytest.mark.parametrize("query", ["sort=nope", "sort=--name", "page=999", "page=x", "size=7", "tab=NOPE", "kind=NOPE"])
def test_nonsense_in_the_address_does_no_harm(officer, town, query):
    make_units(town, 3)
    assert officer.get(f"/units/?{query}").status_code == 200


def test_order_is_total_so_that_no_row_is_lost_between_pages(officer, town):
    make_units(town, 47)  # credit_code is NULL in all of them: the key must settle the order
    seen = []
    for page in range(1, 4):
        seen += names_of(officer.get(f"/units/?q=单位&sort=-credit_code&page={page}"))
    assert sorted(seen) == [f"单位{i:04d}" for i in range(47)]


def test_the_far_half_read_backwards_is_the_same_as_forwards(town, rf, officer):
    make_units(town, 4_500)
    last = names_of(officer.get("/units/?q=单位&size=100&page=44"))
    assert last == [f"单位{i:04d}" for i in range(4_300, 4_400)]
    down = names_of(officer.get("/units/?q=单位&size=100&page=44&sort=-name"))
    assert down == [f"单位{i:04d}" for i in range(199, 99, -1)]


def test_htmx_gets_the_inner_part_only(officer, town):
    html = officer.get("/units/", headers={"HX-Request": "true", "HX-Target": "list-units"}).content.decode()
    assert html.lstrip().startswith("<section")
    assert "<html" not in html


def test_the_drawer_shows_every_column_and_is_a_page_without_htmx(officer, town):
    [unit] = make_units(town, 1, short_name="<b>单</b>")
    inner = officer.get(
        f"/units/{unit.pk}/drawer", headers={"HX-Request": "true", "HX-Target": "drawer-body"}
    ).content.decode()
    assert "&lt;b&gt;单&lt;/b&gt;" in inner
    assert "<html" not in inner
    assert "<html" in officer.get(f"/units/{unit.pk}/drawer").content.decode()


def test_row_actions_depend_on_the_row(officer, town):
    make_units(town, 1)
    make_units(town, 1, status="CLOSED")
    assert officer.get("/units/?q=单位").content.decode().count(">停用</a></td>") == 1


def test_an_empty_register_says_why_and_what_to_do(officer, town):
    bare = Register(
        **{f: getattr(UNITS, f) for f in ("key", "title", "act", "columns", "row_route", "empty")},
        source=lambda r: everyone().none(),
    )
    bare.bind_names(list="units:list", drawer="units:drawer", export="units:export")
    html = bare.list_view(officer.get("/units/").wsgi_request).content.decode()
    assert "还没有单位" in html
    assert 'href="/units/new">新建单位' in html


@pytest.mark.parametrize(
    ("toolbar", "offered"),
    [([Button("导入单位", "units:create")], 'href="/units/new">导入单位'), ([], '">回到工作台')],
)
def test_who_may_not_use_the_button_is_offered_another(officer, town, toolbar, offered):
    bare = Register(
        **{f: getattr(UNITS, f) for f in ("key", "title", "act", "columns", "row_route")},
        empty=Empty("还没有单位", "登记后显示。", "新建单位", "units:create_by_others"),
        toolbar=toolbar,
        source=lambda r: everyone().none(),
    )
    bare.bind_names(list="units:list", drawer="units:drawer", export="units:export")
    html = bare.list_view(officer.get("/units/").wsgi_request).content.decode()
    assert offered in html
    assert "new-by-others" not in html


def test_csv_holds_the_filtered_rows_neutralises_formulas_and_is_recorded(officer, town):
    make_units(town, 6)
    everyone().filter(name="单位0001").update(short_name='=HYPERLINK("http://x")')
    text = b"".join(officer.get("/units/export.csv?kind=ENTERPRISE&q=单位").streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["名称", "统一社会信用代码", "类别", "编号", "所在地", "简称"]
    assert [row[0] for row in rows[1:]] == ["单位0001", "单位0002", "单位0004", "单位0005"]
    assert rows[1][5].startswith("'=")
    event = AuditEvent.objects.unscoped("test").get(kind=AuditEvent.Kind.EXPORTED)
    assert event.data["rows"] == 4
    assert event.data["filters"] == {"关键字": "单位", "类别": "企业"}


def test_xlsx_writes_text_as_text_and_only_the_ticked_rows(officer, town):
    units = make_units(town, 6)
    everyone().filter(pk=units[1].pk).update(short_name="=1+1")
    answer = officer.get(f"/units/export.xlsx?q=单位&ids={units[1].pk}&ids={units[4].pk}")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["名称", "单位0001", "单位0004"]
    assert sheet["F2"].data_type == "s"
    assert sheet["F2"].value == "=1+1"
    assert officer.get("/units/export.pdf").status_code == 404


def test_counts_are_kept_until_the_stamp_moves(town, django_assert_num_queries):
    make_units(town, 3)
    rows = everyone().filter(name__startswith="单位")
    with django_assert_num_queries(1):
        assert counting.total(rows, stamp=1) == 3
        assert counting.total(rows, stamp=1) == 3
    make_units(town, 1)
    assert counting.total(rows, stamp=2) == 4
    assert counting.total(rows) == 4


@pytest.mark.parametrize(
    "query", ["number_min=" + "9" * 25, "region=" + "9" * 25, "region=²", "ids=" + "9" * 25, "ids=²"]
)
def test_a_number_no_column_can_hold_is_no_error(officer, town, query):
    make_units(town, 2)
    assert officer.get(f"/units/?{query}").status_code == 200
    assert officer.get(f"/units/export.csv?{query}").status_code == 200
