"""Every page of the room × every role: who may open it follows the matrix; scope, forms and exports hold."""

from io import BytesIO
from types import SimpleNamespace

import pytest
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs import services, urls, urls_oidc
from gongbu.ground.orgs.actor import ANONYMOUS
from gongbu.ground.orgs.models import AuditEvent, Grant, Holding, Person, Post, Unit
from gongbu.ground.orgs.queries import console_actor
from gongbu.ground.orgs.rights import rights
from gongbu.ground.orgs.tests.conftest import make_person
from gongbu.ground.orgs.tests.test_services import PDF, form

pytestmark = pytest.mark.django_db
ROLES = [role for role in rights().roles if role not in {"PUBLIC", "CONSOLE"}]


@pytest.fixture
def enter(client, monkeypatch):
    """Sign somebody in without the second factor (its own tests are elsewhere)."""
    from gongbu.ground.orgs import middleware, signing

    for room in (signing, middleware):
        monkeypatch.setattr(room, "needs_second_factor", lambda person_id: False)

    def go(person):
        Person.objects.filter(pk=person.pk).update(password_set_at=clock.now())
        client.post("/sign-out")
        answer = client.post("/sign-in", {"login_name": person.login_name, "password": "Test-pass-2026"})
        assert answer.status_code == 302
        return client

    return go


@pytest.fixture
def world(town, home):
    """One of everything a page may show, in 东县; and the same in 西县 for looking over the fence."""
    person = make_person("subject", town.bureau, "VIEWER", name="对象某")
    stranger = make_person("stranger", town.other, "VIEWER", name="邻县某")
    row, _ = services.register(actor=ANONYMOUS, application=form(town), letter=BytesIO(PDF), letter_name="授权书.pdf")
    post = Post.objects.get(holdings__person=person)
    return SimpleNamespace(
        person=person,
        stranger=stranger,
        row=row,
        post=post,
        grant=Grant.objects.unscoped("test").get(post=post),
        holding=Holding.objects.get(person=person),
        town=town,
    )


def targets(world):
    """Return (name, address, view) of every route of the room."""
    pks = {
        "unit": world.town.bureau.pk, "person": world.person.pk, "grant": world.grant.pk, "region": world.town.east.pk,
        "registration": world.row.pk, "post": world.post.pk, "holding": world.holding.pk, "token": 987654321,
    }  # fmt: skip
    owner = {
        "units/": "unit",
        "people/": "person",
        "grants/": "grant",
        "regions/": "region",
        "posts/": "post",
        "registrations/": "registration",
        "holdings/": "holding",
        "delegations/": "holding",
        "audit/": "person",
        "account/": "token",
    }
    for pattern in [*urls.urlpatterns, *urls_oidc.urlpatterns]:
        route = str(pattern.pattern)
        kwargs = {}
        if "<int:pk>" in route:
            kwargs["pk"] = pks[next(kind for start, kind in owner.items() if route.startswith(start))]
        if "<str:form>" in route:
            kwargs["form"] = "csv"
        name = pattern.name if pattern in urls_oidc.urlpatterns else f"orgs:{pattern.name}"
        yield pattern.name, reverse(name, kwargs=kwargs), pattern.callback


def test_every_route_declares_its_right(world):
    found = list(targets(world))
    assert len(found) > 45
    for name, _, view in found:
        right = getattr(view, "right", None)
        assert right in {"PUBLIC", "SIGNED_IN"} or right in rights().acts, name


def test_visitors_reach_public_pages_only(client, world):
    for name, address, view in targets(world):
        answer = client.get(address)
        if view.right == "PUBLIC":
            assert answer.status_code in {200, 302, 404, 405, 403}, name
        elif "GET" in view.methods:
            assert (answer.status_code, answer.url.split("?")[0]) == (302, "/sign-in"), name
        if "POST" in view.methods and view.right != "PUBLIC":
            before = Entry.objects.count()
            assert client.post(address).url.startswith("/sign-in"), name
            assert Entry.objects.count() == before


@pytest.mark.parametrize("role", ROLES)
def test_pages_open_as_the_matrix_says(enter, world, role):
    client = enter(make_person("tester", world.town.bureau, role))
    for name, address, view in targets(world):
        if view.right == "PUBLIC":
            continue
        allowed = view.right == "SIGNED_IN" or role in rights().roles_for(view.right)
        for method in view.methods:
            if method == "POST" and (allowed or "GET" in view.methods):
                continue  # posts that are allowed are tested one by one
            answer = getattr(client, method.lower())(address)
            if allowed:
                assert answer.status_code == 200 or (answer.status_code == 404 and name in EMPTY), (
                    name,
                    answer.status_code,
                )
            else:
                assert answer.status_code == 403, (name, answer.status_code)


# Drawers of a register asked for a row that is not there; a delegation form for a post that is not one's own.
EMPTY = {"audit_drawer", "registrations_export", "delegate"}


@pytest.mark.req("CM-14")
def test_a_neighbouring_county_is_not_there(enter, world):
    client = enter(make_person("tester", world.town.other, "SYSTEM_ADMIN"))
    for address in (
        f"/units/{world.town.bureau.pk}/",
        f"/people/{world.person.pk}/",
        f"/units/{world.town.bureau.pk}/rename",
    ):
        assert client.get(address).status_code == 404
    text = client.get("/units/").content.decode()
    assert "西县发展和改革局" in text
    assert "东县发展和改革局" not in text
    before = Entry.objects.count()
    assert client.post(f"/people/{world.person.pk}/reset-password").status_code == 404
    assert client.post(f"/units/{world.town.bureau.pk}/close").status_code == 403
    assert Entry.objects.count() == before


def test_unit_is_made_by_the_form_and_a_wrong_code_is_said_beside_the_field(enter, world):
    client = enter(make_person("tester", world.town.bureau, "SYSTEM_ADMIN"))
    data = {
        "orgs.unit_name": "东县水务公司",
        "orgs.unit_kind": "STATE_OWNED",
        "orgs.region_id": world.town.east.pk,
        "orgs.credit_code": "91350100M000100Y44",
        "orgs.unit_short_name": "",
        "orgs.sector": "",
    }
    answer = client.post("/units/new", data)
    assert answer.status_code == 422
    assert "第18位应为" in answer.content.decode()
    answer = client.post("/units/new", data | {"orgs.credit_code": ""})
    assert answer.status_code == 302
    assert "东县水务公司" in client.get(answer.url).content.decode()


def test_role_is_granted_by_the_form_and_not_beyond(enter, world):
    client = enter(make_person("tester", world.town.bureau, "SECURITY_ADMIN"))
    data = {
        "orgs.role_id": "INVESTMENT_OFFICER",
        "orgs.grant_post_id": world.post.pk,
        "orgs.region_id": world.town.east.pk,
        "orgs.sector": "",
        "orgs.valid_from": clock.today().isoformat(),
        "orgs.valid_to": "",
    }
    before = Grant.objects.unscoped("test").count()
    assert client.post("/grants/new", data | {"orgs.role_id": "AUDIT_ADMIN"}).status_code == 422
    assert client.post("/grants/new", data | {"orgs.region_id": world.town.city.pk}).status_code in {403, 422}
    assert Grant.objects.unscoped("test").count() == before
    answer = client.post("/grants/new", data)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    assert Grant.objects.unscoped("test").filter(post=world.post, role="INVESTMENT_OFFICER").exists()
    page = client.get("/grants/").content.decode()
    assert "发改经办" in page


def test_hand_over_by_the_form(enter, world):
    client = enter(make_person("tester", world.town.bureau, "SYSTEM_ADMIN"))
    heir = make_person("heir", world.town.bureau)
    data = {"from_person": world.person.pk, "to_person": heir.pk, "on": clock.today().isoformat(), "reason": "轮岗"}
    address = f"/posts/{world.post.pk}/hand-over"
    for wrong in ({"reason": ""}, {"on": "明天"}, {"to_person": world.person.pk}, {"to_person": ""}):
        assert client.post(address, data | wrong).status_code == 422
    assert client.post(address, data).status_code == 302
    assert (
        "轮岗" in client.get(f"/units/{world.town.bureau.pk}/").content.decode()
        or Entry.objects.filter(kind="orgs.handed_over").exists()
    )


def test_people_are_imported_by_the_page(enter, world):
    client = enter(make_person("tester", world.town.bureau, "SYSTEM_ADMIN"))
    csv = "姓名,登录名,手机,岗位\n赵一,zhaoyi,13800000004,综合股\n钱二,钱二,,\n".encode("gb18030")

    def send(**more):
        file = BytesIO(csv)
        file.name = "people.csv"
        return client.post("/people/import", {"unit": world.town.bureau.pk, "file": file, **more})

    trial = send().content.decode()
    assert "1 行可以导入，1 行有问题" in trial
    assert not Person.objects.filter(login_name="zhaoyi").exists()
    assert "已导入 1 人" in send(go="1").content.decode()
    assert Person.objects.filter(login_name="zhaoyi").exists()
    broken = BytesIO(b"PK\x03\x04 not a workbook")
    broken.name = "x.xlsx"
    assert client.post("/people/import", {"unit": world.town.bureau.pk, "file": broken}).status_code == 422


@pytest.mark.req("PF-03")
def test_registration_from_form_to_sign_in(client, enter, world, town):
    data = {
        "unit_name": "云城第二建筑公司",
        "unit_kind": "ENTERPRISE",
        "credit_code": "91350100M000100Y5" + "?",
        "region": "云城市东县",
        "contact_name": "赵六",
        "contact_phone": "13800000009",
        "login_name": "zhaoliu",
        "password": "Brick-Wall-73",
        "password_again": "Brick-Wall-73",
    }
    from gongbu.ground.orgs.rules.credit_code import compute_check_character

    body = "91350100M000100Y5"
    data["credit_code"] = body + compute_check_character(body)

    def send(**more):
        file = BytesIO(PDF)
        file.name = "授权书.pdf"
        return client.post("/register", data | {"letter": file} | more)

    assert send(password_again="x").status_code == 422
    assert send(region="火星").status_code == 422
    page = send().content.decode()
    import re

    query = re.search(r'<b class="g-code[^>]*>([0-9A-F]{10})</b>', page)[1]
    state = {"credit_code": data["credit_code"], "query_code": query}
    assert "待审核" in client.post("/register/state", state).content.decode()
    assert client.post("/register/state", state | {"query_code": "0"}).status_code == 404
    assert client.post("/sign-in", {"login_name": "zhaoliu", "password": "Brick-Wall-73"}).status_code == 401
    officer = enter(make_person("officer", town.bureau, "INVESTMENT_OFFICER"))
    from gongbu.ground.orgs.models import Registration

    row = Registration.objects.unscoped("test").get(login_name="zhaoliu")
    assert officer.get(f"/registrations/{row.pk}/letter").getvalue() == PDF
    assert officer.post(f"/registrations/{row.pk}/decide", {"decision": "approve"}).status_code == 302
    client.post("/sign-out")
    assert client.post("/sign-in", {"login_name": "zhaoliu", "password": "Brick-Wall-73"}).status_code == 302
    assert client.get("/units/").status_code == 403
    assert client.get("/account/").status_code == 200


def test_export_leaves_an_audit_row(enter, world):
    client = enter(make_person("tester", world.town.bureau, "SYSTEM_ADMIN"))
    answer = client.get("/units/export.csv?q=发展")
    assert "东县发展和改革局" in b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode(
        "utf-8-sig"
    )
    event = AuditEvent.objects.unscoped("test").filter(kind="EXPORTED").get()
    assert event.person_name == "tester某"
    assert event.data["rows"] == 1
    assert event.address == "127.0.0.1"


def test_looking_at_grants_is_audited(enter, world):
    enter(make_person("tester", world.town.bureau, "SECURITY_ADMIN")).get("/grants/")
    assert AuditEvent.objects.unscoped("test").filter(kind="GRANTS_VIEWED", login_name="tester").count() == 1


def test_region_page_finds_old_codes_and_names(enter, world):
    services.renumber_region(
        actor=console_actor(), region_id=world.town.east.pk, code="990105", name="东区", on=clock.today()
    )
    client = enter(make_person("tester", world.town.bureau, "VIEWER"))
    for query in ("990121", "990105", "东县", "云城市东区"):
        page = client.get("/regions/", {"q": query}).content.decode()
        assert "990121" in page
        assert "990105" in page
    assert "没有找到" in client.get("/regions/", {"q": "340264"}).content.decode()


@pytest.mark.parametrize("address", ["/units/", "/people/", "/grants/", "/registrations/", "/audit/", "unit"])
def test_queries_do_not_grow_with_rows(enter, world, address, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    role = {"/grants/": "SECURITY_ADMIN", "/registrations/": "INVESTMENT_OFFICER", "/audit/": "AUDIT_ADMIN"}
    client = enter(make_person("tester", world.town.bureau, role.get(address, "SYSTEM_ADMIN")))
    address = f"/units/{world.town.bureau.pk}/" if address == "unit" else address
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(address)
    for n in range(15):
        Unit.objects.create(name=f"单位{n}", kind="OTHER", region=world.town.east)
        make_person(f"p{n}", world.town.bureau, "VIEWER")
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few), [q["sql"][:120] for q in many.captured_queries]
    assert len(many) <= 16


def test_matrix_page_shows_every_act_and_role(enter, world):
    page = (
        enter(make_person("tester", world.town.bureau, "AUDIT_ADMIN"))
        .get("/grants/matrix?role=VIEWER")
        .content.decode()
    )
    for label in rights().roles.values():
        assert label in page
    assert page.count('scope="row"') == len(rights().acts)
