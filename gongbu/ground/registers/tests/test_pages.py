"""Who may open a page, and what is said when something is refused."""

import json

import pytest
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path

from gongbu.ground.basics.findings import Basis, Finding, InvalidInput, NotFound, Refusal, Severity
from gongbu.ground.orgs.tests.conftest import make_person
from gongbu.ground.registers import middleware, pages
from gongbu.ground.registers.tests.conftest import sign_in


@pages.page("orgs.view")
def guarded(request):
    return HttpResponse("里面")


@pages.public_page
def refuses(request, kind):
    raise {
        "refusal": Refusal("registers.sample_changed", by="李明", basis=Basis("示例办法", "第三条")),
        "missing": NotFound("registers.row_not_found", title="单位台账"),
        "invalid": InvalidInput([Finding("forms.required", {"label": "名称"}, "name", Severity.REJECT)]),
        "large": RequestDataTooBig(),
        "broken": ZeroDivisionError(),
    }[kind]


@pages.signed_in_page(methods=("GET", "POST"))
def anybody(request):
    return HttpResponse("好")


@pages.signed_in_page(methods=("POST",))
def button(request):
    return HttpResponse("办了")


urlpatterns = [
    path("button", button),
    path("guarded", guarded),
    path("refuses/<str:kind>", refuses),
    path("api/refuses/<str:kind>", refuses),
    path("anybody", anybody),
    path("", include("gongbu.ground.registers.urls")),
]
handler404 = "gongbu.ground.registers.errors.not_found"
handler500 = "gongbu.ground.registers.errors.server_error"
handler400 = "gongbu.ground.registers.errors.bad_request"
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


def test_each_decorator_declares_its_right():
    assert (guarded.right, refuses.right, anybody.right) == ("orgs.view", "PUBLIC", "SIGNED_IN")


def test_the_right_guards_the_page(town, officer):
    assert officer.get("/guarded").content.decode() == "里面"
    stranger = Client()
    sign_in(stranger, make_person("stranger", town.bureau))
    answer = stranger.get("/guarded")
    assert answer.status_code == 403
    assert "没有办理权限" in answer.content.decode()
    assert stranger.get("/anybody").status_code == 200
    assert Client().get("/guarded").status_code == 302


def test_htmx_is_sent_to_the_door_as_a_whole():
    answer = Client().get("/guarded", headers={"HX-Request": "true"})
    assert (answer.status_code, "HX-Redirect" in answer.headers) == (204, True)


def test_an_address_that_only_takes_a_button_says_so_when_opened(officer):
    answer = officer.get("/button")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert "这里只接收提交" in answer.content.decode()
    assert officer.put("/button").content == b""
    assert officer.post("/button").content.decode() == "办了"


def test_other_methods_are_refused(officer):
    assert officer.delete("/anybody").status_code == 405
    assert officer.head("/guarded").status_code == 200


@pytest.mark.parametrize(
    ("kind", "status", "said"),
    [
        ("refusal", 409, "李明在您打开表单之后保存过这份记录。依据：示例办法第三条。"),
        ("missing", 404, "单位台账中没有这条记录"),
        ("invalid", 422, "请填写名称"),
        ("large", 413, "提交的内容太大"),
    ],
)
def test_a_refusal_is_a_page_in_words(kind, status, said):
    answer = Client().get(f"/refuses/{kind}")
    assert answer.status_code == status
    assert said in answer.content.decode()
    assert "g-trouble" in answer.content.decode()


def test_a_refusal_is_a_notice_for_htmx():
    answer = Client().get("/refuses/refusal", headers={"HX-Request": "true"})
    assert answer.headers["HX-Retarget"] == "#notice"
    assert "<html" not in answer.content.decode()


def test_a_refusal_is_a_problem_for_the_api():
    answer = Client().get("/api/refuses/refusal")
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = json.loads(answer.content)
    assert (body["type"], body["status"]) == ("registers.sample_changed", 409)


def test_a_fault_of_ours_tells_no_details(caplog):
    client = Client(raise_request_exception=False)
    answer = client.get("/refuses/broken")
    assert answer.status_code == 500
    assert "系统出错了" in answer.content.decode()
    assert "ZeroDivision" not in answer.content.decode()


def test_a_page_that_is_not_there():
    answer = Client().get("/nowhere")
    assert answer.status_code == 404
    assert "没有找到这个页面" in answer.content.decode()


def test_a_form_open_too_long_says_so(officer):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = officer.cookies
    answer = strict.post("/anybody", {"x": "1"})
    assert answer.status_code == 403
    assert "页面已过期" in answer.content.decode()


@pytest.mark.parametrize(
    ("agent", "is_old"),
    [
        ("Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 Chrome/108.0.0.0 Safari/537.36", True),
        ("Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 Chrome/109.0.0.0 Safari/537.36", False),
        ("Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko", True),
        ("Mozilla/5.0 (X11; Linux) Gecko/20100101 Firefox/114.0", True),
        ("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Version/16.4 Mobile/15E148 Safari/604.1", False),
        ("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Version/14.0 Mobile/15E148 Safari/604.1", True),
        ("curl/8.0", False),
        ("", False),
    ],
)
def test_browsers_below_the_floor_get_a_plain_page(agent, is_old):
    assert middleware.is_below_floor(agent) is is_old
    answer = Client().get("/refuses/missing", headers={"User-Agent": agent})
    assert ("请升级浏览器" in answer.content.decode()) is is_old
