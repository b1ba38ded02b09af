"""What one web server did, the other knows at the next request."""

import base64
import json
from datetime import date, timedelta

import pytest

from bench.scale.proxy import LARGEST_BODY
from tests.scale.conftest import PASSWORD
from tests.scale.visiting import Visitor

pytestmark = [pytest.mark.postgres, pytest.mark.long]
ADOPT_A_TRIAL = """
import sys
from gongbu.ground.basics import clock
from gongbu.ground.orgs.queries import actor_for
from gongbu.ground.policy.sandbox import services
from gongbu.ground.policy.sandbox.tests.test_services import with_rows
head, region = actor_for(int(sys.argv[1])), int(sys.argv[2])
trial = services.open_trial(region_id=region, subject="GRADING", base="centralized", name="降低 A 级界限",
                            on=clock.today(), actor=head)
with_rows(trial, head); trial.refresh_from_db()
services.replay_trial(trial_id=trial.pk, actor=head); trial.refresh_from_db()
services.adopt_trial(trial_id=trial.pk, rev=trial.rev, effective_from=trial.on, document_number="云政发〔2026〕8号",
                     document_title="关于调整分级标准的通知", is_checked=True, actor=head)
"""
TUS = {"Tus_Resumable": "1.0.0"}


def plan(pair, project, wan="1.00"):
    (rev,) = pair.rows("SELECT rev FROM projects_project WHERE id = %s", project)[0]
    today = date.today().isoformat()
    return {
        "annual_year": today[:4],
        "annual_planned_fen": wan,
        "annual_completed_fen": "",
        "occurred_on": today,
        "rev": rev,
    }


@pytest.mark.req("GO-05")
def test_whoever_signs_in_at_one_acts_at_the_other_and_signs_out_of_both(pair):
    project, clerk = pair.new_project(), Visitor()
    assert clerk.sign_in(pair.one, "clerk", PASSWORD).status == 302
    assert clerk.get(pair.two, f"/projects/{project}/").status == 200
    before = pair.rows("SELECT count(*) FROM ledger_entry")[0][0]
    answer = clerk.post(pair.two, f"/projects/{project}/annual", **plan(pair, project, "123.00"))
    assert answer.status == 302
    assert pair.rows("SELECT count(*) FROM ledger_entry")[0][0] > before
    assert pair.rows("SELECT year_planned_fen FROM projects_status WHERE id = %s", project) == [(123_000_000,)]
    assert "123.00" in clerk.get(pair.one, "/projects/?sort=-year_planned_fen").words
    kept = dict(clerk.cookies)
    assert clerk.post(pair.one, "/sign-out").status == 302
    clerk.cookies = kept
    assert clerk.get(pair.two, f"/projects/{project}/").status == 302, "the session is over everywhere"


@pytest.mark.req("GO-05")
def test_of_two_who_act_at_once_on_one_project_one_is_refused(pair):
    project, here, there = pair.new_project(), pair.visitor("clerk"), pair.visitor("head")
    seen = plan(pair, project)
    assert here.post(pair.one, f"/projects/{project}/annual", **seen).status == 302
    assert there.post(pair.two, f"/projects/{project}/annual", **(seen | {"annual_planned_fen": "2.00"})).status == 409


@pytest.mark.req("GO-05")
def test_wrong_passwords_count_together_behind_the_proxy_whatever_address_is_claimed(pair, front):
    pair.composition.python(
        "from gongbu.ground.orgs.tests.conftest import make_person\nfrom gongbu.mainline.projects.tests import factories as make\n"
        "make_person('guessed', make.unit('云溪县发展和改革局'), 'VIEWER', make.region())"
    )
    for n in range(5):
        Visitor(address=f"203.0.113.{n}").sign_in(front.port, "guessed", "wrong-one")
    for server in (pair.one, pair.two):
        at_server = Visitor(address="127.0.0.1")  # what the proxy would say of this client
        assert at_server.sign_in(server, "guessed", PASSWORD).status == 429
    assert pair.rows("SELECT DISTINCT ip_address::text FROM axes_accessattempt WHERE username = 'guessed'") == [
        ("127.0.0.1/32",)
    ]


@pytest.mark.req("GO-05")
def test_an_upload_goes_on_at_the_other_server(pair, front):
    project, clerk, content = pair.new_project(), pair.visitor("clerk"), b"%PDF-1.4\n" + b"0" * 300_000 + b"\n%%EOF\n"
    name = base64.b64encode("批复.pdf".encode()).decode()
    begun = clerk.ask(
        pair.one,
        "POST",
        "/documents/uploads",
        b"",
        Upload_Length=str(len(content)),
        Upload_Metadata=f"filename {name}",
        **TUS,
    )
    where, half = begun.headers["location"], len(content) // 2
    kind = {"Content_Type": "application/offset+octet-stream"}
    assert clerk.ask(pair.one, "PATCH", where, content[:half], Upload_Offset="0", **kind, **TUS).status == 204
    assert clerk.ask(pair.two, "HEAD", where, **TUS).headers["upload-offset"] == str(half)
    third = half + half // 2
    assert (
        clerk.ask(pair.two, "PATCH", where, content[half:third], Upload_Offset=str(half), **kind, **TUS).status == 204
    )
    rest = clerk.ask(front.port, "PATCH", where, content[third:], Upload_Offset=str(third), **kind, **TUS)
    assert rest.headers["upload-offset"] == str(len(content))
    filed = clerk.post(
        pair.one,
        f"/documents/of/project/{project}/add",
        documents=where.rpartition("/")[2],
        access="INTERNAL",
        kind="APPROVAL",
        title="批复",
    )
    assert filed.status == 302, filed.words
    ((document,),) = pair.rows("SELECT id FROM documents_document WHERE subject_id = %s", project)
    assert clerk.get(pair.two, f"/documents/{document}/file").body == content


@pytest.mark.req("GO-05")
def test_a_body_as_large_as_a_document_passes_the_proxy(pair, front):
    clerk = pair.visitor("clerk")
    answer = clerk.ask(front.port, "POST", "/imports/new", b"0" * 6_000_000, Content_Type="application/octet-stream")
    assert LARGEST_BODY == "520m"
    assert answer.status != 413


@pytest.mark.req("GO-05")
def test_a_pack_adopted_at_one_decides_at_the_other_at_the_next_request(pair):
    county, head, clerk = pair.known["county"], pair.visitor("head"), pair.visitor("clerk")
    projects = [pair.new_project() for _ in range(3)]

    def grade_after_an_act_at(port, project):
        assert clerk.post(port, f"/projects/{project}/annual", **plan(pair, project)).status == 302
        return pair.rows("SELECT grade FROM projects_status WHERE id = %s", project)[0][0]

    region = f"/policy/regions/{county}"
    assert grade_after_an_act_at(pair.two, projects[0]) == ""
    assert clerk.get(pair.two, region).status == 200  # what applies here is now kept by web 2
    answer = head.post(
        pair.one, f"{region}/adopt",
        **{"policy.subject": "GRADING", "policy.first_pack": "centralized", "policy.document_number": "云政发〔2026〕1号",
           "policy.effective_from": (date.today() - timedelta(days=1)).isoformat()},
    )  # fmt: skip
    assert answer.status == 302, answer.words
    assert grade_after_an_act_at(pair.two, projects[1]) == "B"
    pair.composition.python(ADOPT_A_TRIAL, pair.known["head"], county)  # a third process
    for port in (pair.two, pair.one):
        page = clerk.get(port, region)
        assert page.status == 200
        assert "关于调整分级标准的通知" in page.text or "云政发〔2026〕8号" in page.text
    assert grade_after_an_act_at(pair.two, projects[2]) == "A"


@pytest.mark.req("GO-05")
def test_a_right_taken_away_at_one_is_gone_at_the_other(pair):
    project = pair.new_project()
    set_up = (
        "import json\nfrom gongbu.ground.orgs.tests.conftest import make_person\nfrom gongbu.mainline.projects import bench\n"
        "from gongbu.mainline.projects.tests import factories as make\n"
        "one = make_person('leaving', make.unit('云溪县发展和改革局'), 'INVESTMENT_OFFICER', make.region())\n"
        "print(json.dumps([one.pk, bench.signed_in(one).cookies['gongbu_session'].value]))"
    )
    pk, session = json.loads(pair.composition.python(set_up))
    leaving = Visitor(session)
    assert leaving.get(pair.two, f"/projects/{project}/").status == 200
    pair.composition.python(
        "import sys\nfrom gongbu.ground.orgs.models import Person\nfrom django.db.models import F\n"
        "Person.objects.filter(pk=int(sys.argv[1])).update(is_active=False)", pk,
    )  # fmt: skip
    assert leaving.get(pair.two, f"/projects/{project}/").status == 302


@pytest.mark.req("GO-05")
def test_tries_at_a_public_door_count_together(pair):
    visitor = Visitor(address="198.51.100.7")
    tried = [visitor.post((pair.one, pair.two)[n % 2], "/register", unit_name="").words for n in range(21)]
    assert ["一小时内最多提交 20 次" in words for words in tried] == [False] * 20 + [True]


@pytest.mark.req("GO-05")
def test_when_one_server_dies_the_other_answers(pair, front):
    clerk, extra = pair.visitor("clerk"), pair.composition.web()
    from bench.scale import proxy

    both = proxy.start(front.log.parent.parent / "nginx-2", [extra.port, pair.two])
    try:
        assert {clerk.get(both.port, "/projects/").status for _ in range(6)} == {200}
        extra.kill()
        assert {clerk.get(both.port, "/projects/").status for _ in range(20)} == {200}
    finally:
        both.stop()
