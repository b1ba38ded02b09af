"""Contents and version records are held against what the ledger says of them."""

import io

import pytest
from django.db import connection

from gongbu.ground.documents import checking, services, store
from gongbu.ground.documents.models import Version
from gongbu.ground.documents.tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.req("GO-03")]
WHERE = {"subject_kind": "bridge", "subject_id": 5, "region_key": make.COUNTY[0], "kind": "APPROVAL"}


@pytest.fixture
def versions():
    for text, access in (("first", "INTERNAL"), ("second", "PUBLIC"), ("first", "RESTRICTED")):
        services.store(io.BytesIO(make.pdf(text)), f"{text}.pdf", actor=make.actor(), access=access, **WHERE)
    return list(Version.objects.order_by("pk"))


def found():
    return dict(checking.find_changed())


def test_what_was_filed_holds(versions):
    seen = []
    assert list(checking.find_changed(on_progress=seen.append)) == []
    assert seen == [3]


def test_a_changed_content_is_found_for_each_document_that_has_it(versions):
    path = store.path_of(versions[0].sha256)
    path.chmod(0o600)
    content = path.read_bytes()
    path.write_bytes(content[:9] + bytes([content[9] ^ 1]) + content[10:])
    assert found() == {row.pk: "文件内容与摘要不符：内容被改动" for row in (versions[0], versions[2])}


def test_a_lost_content_is_found(versions):
    store.path_of(versions[1].sha256).unlink()
    assert found() == {versions[1].pk: "文件内容不见了"}


@pytest.mark.parametrize(
    ("change", "what"),
    [({"name": "别的.pdf"}, "“name”"), ({"number": 7}, "“version”"), ({"size": 1}, "“size”"), ({"format": "OFD"}, "“format”"),
     ({"flags": ["macro"]}, "“flags”"), ({"sha256": "ab" * 32}, "摘要与账本"), ({"sm3": "ab" * 32}, "摘要与账本"),
     ({"receipt": "XXXXXXXXXXXX"}, "回执编号"), ({"entry_id": None}, "账本记录不见了"), ({"entry_id": 10**9}, "账本记录不见了")],
)  # fmt: skip
def test_a_changed_record_is_named(versions, change, what):
    Version.objects.filter(pk=versions[1].pk).update(**change)
    assert list(found()) == [versions[1].pk]
    assert what in found()[versions[1].pk]


@pytest.mark.sqlite
def test_a_record_that_cannot_be_read_hides_no_other(versions):
    store.path_of(versions[1].sha256).unlink()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        cursor.execute("UPDATE documents_version SET flags = CAST(x'ff' AS TEXT) WHERE id = %s", [versions[0].pk])
        cursor.execute("PRAGMA ignore_check_constraints = OFF")
    assert "读不出" in found()[versions[0].pk]
    assert found()[versions[1].pk] == "文件内容不见了"
