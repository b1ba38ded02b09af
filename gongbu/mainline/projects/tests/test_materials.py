"""材料 of a project: who sees them, who files them, and that nothing marked 涉密 gets in by this door."""

import io
from datetime import date

import pytest

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotAllowed, NotFound
from gongbu.ground.documents import queries
from gongbu.ground.documents import services as documents
from gongbu.ground.documents.models import Document, Upload
from gongbu.ground.documents.tests.factories import pdf
from gongbu.ground.ledger.models import Entry
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.mainline.projects import materials, services
from gongbu.mainline.projects.tests import factories as make

pytestmark = pytest.mark.django_db
VIEW, ADD, RESTRICTED = "documents.view", "documents.add", "documents.view_restricted"


@pytest.fixture(autouse=True)
def _own_store(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"


@pytest.fixture
def project():
    """A project of the county's own investment company, supervised by an outside firm."""
    made = make.reserve_project(owner_unit_id=make.unit().pk)
    firm = make.unit("清源工程监理有限公司", "ENTERPRISE")
    services.add_member(project_id=made.pk, unit_id=firm.pk, role="SUPERVISION", actor=make.officer())
    return made


def store(project, actor, name="批复.pdf", *, access="INTERNAL", data=None, **more):
    return documents.store(
        io.BytesIO(data or pdf()), name, subject_kind="project", subject_id=project.pk, region_key=project.region_key,
        access=access, actor=actor, kind="APPROVAL", **more,
    )  # fmt: skip


def people():
    firm = make.unit("清源工程监理有限公司", "ENTERPRISE")
    return {
        "officer": make.officer(),
        "owner": make.actor("OWNER_UNIT", of=make.unit()),
        "third party": make.actor("THIRD_PARTY", of=firm),
        "viewer": make.actor("VIEWER"),
        "system admin": make.actor("SYSTEM_ADMIN"),
        "officer next door": make.officer(make.neighbour()),
        "another owner": make.actor("OWNER_UNIT", of=make.unit("云溪县水务集团有限公司")),
        "another firm": make.actor("THIRD_PARTY", of=make.unit("长风造价咨询有限公司", "ENTERPRISE")),
        "officer of another sector": make.actor("SECTOR_OFFICER", sector="EDUCATION"),
    }


@pytest.mark.req("CM-10")
@pytest.mark.parametrize(
    ("who", "sees", "files"),
    [
        ("officer", True, True),
        ("owner", True, True),
        ("third party", True, True),
        ("viewer", True, False),
        ("system admin", False, False),
        ("officer next door", False, False),
        ("another owner", False, False),
        ("another firm", False, False),
        ("officer of another sector", False, False),
    ],
)
def test_who_sees_and_files(project, who, sees, files):
    inside = store(project, make.officer(name="林知秋"))
    actor = people()[who]
    assert materials.may(actor, VIEW, project.pk) is sees
    found = queries.list_for_subject("project", project.pk, actor)
    assert [row.id for row in found.rows] == ([inside.pk] if sees else [])
    if not sees:
        with pytest.raises(NotFound):
            queries.get_document(inside.pk, actor)
    entries, messages = Entry.objects.count(), OutboxMessage.objects.count()
    if files:
        filed = store(project, actor, "图纸.pdf", data=pdf("drawing"))
        assert queries.get_document(filed.pk, actor)
        assert Entry.objects.order_by("pk").last().subject_id == project.pk
    else:
        with pytest.raises(NotAllowed):
            store(project, actor, "图纸.pdf", data=pdf("drawing"))
        assert Document.objects.unscoped("test").count() == 1
        assert (Entry.objects.count(), OutboxMessage.objects.count()) == (entries, messages)


def test_restricted_ones_are_for_the_county_and_their_filer(project):
    owner, firm = people()["owner"], people()["third party"]
    theirs = store(project, make.officer(), "会议纪要.pdf", access="RESTRICTED")
    own = store(project, owner, "报价.pdf", access="RESTRICTED", data=pdf("own"))
    for reader, expected in ((make.officer(), {theirs.pk, own.pk}), (owner, {own.pk}), (firm, set())):
        assert {row.id for row in queries.list_for_subject("project", project.pk, reader).rows} == expected


def test_a_member_that_left_sees_no_more(project):
    firm = people()["third party"]
    inside = store(project, make.officer())
    assert queries.get_document(inside.pk, firm)
    member = project.members.get()
    services.end_member(member_id=member.pk, actor=make.officer(), on=clock.today())
    member.refresh_from_db()
    assert member.valid_to <= date.today()
    with pytest.raises(NotFound):
        queries.get_document(inside.pk, firm)
    with pytest.raises(NotAllowed):
        store(project, firm, data=pdf("late"))


def test_a_project_that_is_not_there_has_no_materials():
    assert materials.find(10**9) is None
    assert not materials.may(make.officer(), VIEW, 10**9)
    assert not materials.may(make.officer(), ADD, 10**9)
    assert not materials.may(make.officer(), RESTRICTED, 10**9)


@pytest.mark.req("GO-15")
@pytest.mark.parametrize(("name", "title"), [("机密★5年 选址报告.pdf", ""), ("选址报告.pdf", "密级：秘密")])
def test_a_secret_material_is_refused_and_leaves_nothing(project, settings, name, title):
    entries, messages = Entry.objects.count(), OutboxMessage.objects.count()
    with pytest.raises(documents.SecretRefused):
        store(project, make.officer(), name, title=title)
    assert not Document.objects.unscoped("test").exists()
    assert not Upload.objects.exists()
    assert (Entry.objects.count(), OutboxMessage.objects.count()) == (entries, messages)
    assert not [path for path in settings.FILES_DIR.rglob("*") if path.is_file()]
    assert store(project, make.officer(), "商业秘密保护承诺（不涉密）.pdf")
