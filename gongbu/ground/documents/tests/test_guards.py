"""涉密 at the door of the store: nothing is kept, nothing recorded, and the answer does not repeat the text."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from gongbu.ground.basics.messages import word
from gongbu.ground.documents import pages, services, store, uploads
from gongbu.ground.documents.models import Document, Upload, Version
from gongbu.ground.documents.services import SecretRefused
from gongbu.ground.documents.tests import factories as make
from gongbu.ground.documents.tests.test_services import WHERE, file, nothing_happened
from gongbu.ground.ledger.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_bridges")]


def nothing_is_kept():
    clean, contents = nothing_happened()
    return clean and contents == [] and not Upload.objects.exists() and not list(store.work_folder("uploads").iterdir())


@pytest.mark.req("GO-15")
def test_a_marked_title_or_name_is_refused_before_a_byte_is_read():
    class Unread(io.BytesIO):
        def read(self, *size):
            pytest.fail("read")

    for name, more in (("绝密 方案.pdf", {}), ("方案.pdf", {"title": "绝密★ 方案"})):
        with pytest.raises(SecretRefused) as refusal:
            services.store(
                Unread(make.pdf()), name, actor=make.actor(), kind="APPROVAL", access="INTERNAL", **WHERE, **more
            )
        text = word(refusal.value)
        assert "涉密拦截规则“" in text
        assert "方案" not in text
    assert nothing_is_kept()


def gbk_zip(name):
    """A ZIP as Chinese Windows makes it: the member's name in GBK, the UTF-8 flag down."""
    raw, stand_in = name.encode("gb18030"), b"x" * len(name.encode("gb18030"))
    return make.zipped({stand_in.decode(): b"x"}).replace(stand_in, raw)


@pytest.mark.req("GO-15")
@pytest.mark.parametrize(
    "archive",
    [
        make.zipped({"图纸.pdf": make.pdf(), "机密级/方案七三一.txt": b"x"}),
        make.zipped({"方案七三一/绝密.txt": b"x"}),
        make.zipped({"材料/机密.docx": b"x"}),
        gbk_zip("机密/方案七三一.txt"),
    ],
)
def test_an_archive_with_marked_names_inside_is_refused_and_nothing_of_it_is_kept(archive):
    with pytest.raises(SecretRefused) as refusal:
        file(archive, "竣工资料.zip")
    text = word(refusal.value)
    assert "涉密拦截规则“" in text
    assert "七三一" not in text
    assert nothing_is_kept()
    clerk = make.actor()
    upload = uploads.begin(name="竣工资料.zip", size=len(archive), actor=clerk)
    uploads.append(upload, io.BytesIO(archive), offset=0)
    with pytest.raises(SecretRefused):
        uploads.take([str(upload.pk)], clerk)
    assert nothing_is_kept()
    assert file(make.zipped({"非涉密/竣工图.pdf": make.pdf()}), "竣工图.zip").pk


def test_published_fields_are_looked_at_too():
    with pytest.raises(SecretRefused):
        file(public={"文书": "绝密件"})
    assert not Document.objects.unscoped("test").exists()
    assert not Entry.objects.exists()


def test_an_upload_is_not_begun_under_such_a_name():
    with pytest.raises(SecretRefused):
        uploads.begin(name="绝密.pdf", size=10, actor=make.actor())
    assert nothing_is_kept()


def test_a_finished_upload_goes_when_its_title_is_refused():
    clerk, data = make.actor(), make.pdf()
    upload = uploads.begin(name="方案.pdf", size=len(data), actor=clerk)
    uploads.append(upload, io.BytesIO(data), offset=0)
    for form in (
        {"documents": str(upload.pk), "title": "绝密"},
        {"files": SimpleUploadedFile("绝密.pdf", data), "title": ""},
    ):
        request = RequestFactory().post("/x", {"kind": "DESIGN", "access": "INTERNAL", **form})
        request.actor = clerk
        with pytest.raises(SecretRefused):
            pages.add(request, subject_kind="bridge", subject_id=5)
        assert nothing_is_kept()


def test_a_version_and_a_reason_are_looked_at():
    document = file()
    before = services.Received("绝密.pdf", services.receive(io.BytesIO(make.pdf("b")), "b.pdf").stored, "PDF", ())
    with pytest.raises(SecretRefused):
        services.replace(document_id=document.pk, received=before, actor=make.actor(), rev=document.rev)
    with pytest.raises(SecretRefused):
        services.withdraw(document_id=document.pk, reason="内容绝密", actor=make.actor(), rev=document.rev)
    assert Version.objects.count() == Entry.objects.count() == 1
    document.refresh_from_db()
    assert document.withdrawn_at is None
