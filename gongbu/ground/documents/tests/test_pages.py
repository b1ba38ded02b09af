"""What the browser gets: previews, safe downloads, the panel, the packed archive."""

import csv
import io
import zipfile

import pytest
from django.test import RequestFactory
from PIL import Image

from gongbu.ground.basics.findings import NotAllowed, NotFound, Refusal
from gongbu.ground.documents import kinds, pages, previews, queries, services, store
from gongbu.ground.documents.models import Document
from gongbu.ground.documents.tests import factories as make
from gongbu.ground.documents.tests.test_services import file
from gongbu.ground.orgs.actor import ANONYMOUS
from gongbu.ground.orgs.models import AuditEvent
from gongbu.ground.orgs.trace import trace_of
from gongbu.ground.registers import downloads

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_bridges")]


def ask(view, actor, method="get", data=None, **arguments):
    request = getattr(RequestFactory(), method)("/documents/x", data or {})
    request.actor = actor
    return view(request, **arguments)


def body(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.req("PF-02")
def test_pdf_pages_are_drawn_once_and_kept(monkeypatch):
    document = file(make.pdf("drawing", pages=3))
    answer = ask(pages.preview, make.actor(), document_id=document.pk, page=2)
    picture = Image.open(io.BytesIO(body(answer)))
    assert picture.format == "PNG"
    assert picture.size == (previews.WIDTH, round(previews.WIDTH * 842 / 595))
    assert "sandbox" in answer["Content-Security-Policy"]
    assert previews.page_count(document.current) == 3
    monkeypatch.setattr(previews.subprocess, "run", lambda *a, **k: pytest.fail("drawn twice"))
    assert body(ask(pages.preview, make.actor(), document_id=document.pk, page=2))
    with pytest.raises(previews.NoPreview):
        previews.get_preview(document.current, 0)


def test_pictures_are_drawn_anew_without_what_was_hidden_in_them():
    photo = Image.new("RGB", (3000, 2000), "green")
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    photo.save(out, "JPEG", exif=exif)
    document = file(out.getvalue() + b"<script>alert(1)</script>", "现场.jpg", kind="PROGRESS")
    drawn = body(ask(pages.preview, make.actor(), document_id=document.pk, page=1))
    picture = Image.open(io.BytesIO(drawn))
    assert max(picture.size) <= previews.WIDTH
    assert b"secret place" not in drawn
    assert b"<script>" not in drawn


def test_a_decompression_bomb_and_a_broken_pdf_get_no_preview():
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\x00" * 10**6))
        + chunk(b"IEND", b"")
    )
    for data, name in ((bomb, "大图.png"), (b"%PDF-1.7\n" + b"garbage " * 50, "坏.pdf")):
        document = file(data, name)
        assert previews.page_count(document.current) == 0
        with pytest.raises(previews.NoPreview):
            ask(pages.preview, make.actor(), document_id=document.pk, page=1)
        page = ask(pages.show, make.actor(), document_id=document.pk).content.decode()
        assert "无法生成预览" in page


@pytest.mark.parametrize(
    ("data", "name"), [(make.ofd(), "批复.ofd"), (make.dwg(), "总图.dwg"), (make.ole("WordDocument"), "报告.wps")]
)
def test_formats_without_preview_say_so_and_download_unchanged(data, name):
    document = file(data, name)
    assert "此格式暂不能预览" in ask(pages.show, make.actor(), document_id=document.pk).content.decode()
    answer = ask(pages.download, make.actor(), document_id=document.pk)
    assert body(answer) == data
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_names_in_headers_cannot_break_out():
    value = downloads.disposition('批复"\r\nSet-Cookie: a=b;.pdf')
    assert value.startswith("attachment; filename=")
    assert "\r" not in value
    assert "\n" not in value
    assert value.count('"') == 2
    assert "filename*=UTF-8''%E6%89%B9%E5%A4%8D" in value


def test_downloads_are_checked_by_level_and_person():
    inside, public = file(), file(make.pdf("p"), access="PUBLIC")
    assert body(ask(pages.download, ANONYMOUS, document_id=public.pk))
    for stranger in (ANONYMOUS, make.actor(area=make.ELSEWHERE, person=9)):
        for view in (pages.download, pages.show):
            with pytest.raises(NotFound):
                ask(view, stranger, document_id=inside.pk)
        with pytest.raises(NotFound):
            ask(pages.preview, stranger, document_id=inside.pk, page=1)


def test_old_versions_stay_readable():
    document = file(make.pdf("first"))
    received = services.receive(io.BytesIO(make.pdf("second")), "批复.pdf")
    services.replace(document_id=document.pk, received=received, actor=make.actor(), rev=document.rev)
    request = RequestFactory().get("/documents/x", {"v": "1"})
    request.actor = make.actor()
    assert body(pages.download(request, document_id=document.pk)) == make.pdf("first")
    request = RequestFactory().get("/documents/x", {"v": "7"})
    request.actor = make.actor()
    with pytest.raises(NotFound):
        pages.download(request, document_id=document.pk)


def test_content_lost_from_the_disk_is_said_so():
    document = file()
    store.path_of(document.current.sha256).unlink()
    with pytest.raises(Refusal, match="content_missing"):
        ask(pages.download, make.actor(), document_id=document.pk)


def test_the_panel_shows_what_the_person_may_see_and_do():
    file(make.pdf("a"), "批复.pdf")
    file(make.pdf("b"), "会议纪要.pdf", access="RESTRICTED", kind="OTHER")
    where = {"subject_kind": "bridge", "subject_id": 5}
    officer = ask(pages.archive_page, make.actor(), **where).content.decode()
    viewer = ask(pages.archive_page, make.actor("VIEWER", person=9, unit=50), **where).content.decode()
    assert "会议纪要" in officer
    assert "归档新材料" in officer
    assert "会议纪要" not in viewer
    assert "另有 1 份" in viewer
    assert "归档新材料" not in viewer
    for nobody, number in ((make.actor("VIEWER", area=make.ELSEWHERE), 5), (make.actor(), 6)):
        with pytest.raises(NotFound):
            ask(pages.archive_page, nobody, subject_kind="bridge", subject_id=number)


def test_filing_by_a_plain_form_and_its_refusals():
    from django.core.files.uploadedfile import SimpleUploadedFile

    where = {"subject_kind": "bridge", "subject_id": 5}
    form = {"kind": "DESIGN", "access": "INTERNAL", "title": "总平面图"}
    upload = SimpleUploadedFile("总图.dwg", make.dwg())
    answer = ask(
        pages.add, make.actor(), "post", {**form, "files": upload, "next": "https://elsewhere.example/"}, **where
    )
    assert (answer.status_code, answer["Location"]) == (302, "/documents/of/bridge/5")
    assert Document.objects.unscoped("test").get().title == "总平面图"
    with pytest.raises(Refusal, match="nothing_chosen"):
        ask(pages.add, make.actor(), "post", form, **where)
    with pytest.raises(NotAllowed):
        ask(
            pages.add, make.actor("VIEWER"), "post", {**form, "files": SimpleUploadedFile("a.dwg", make.dwg())}, **where
        )
    assert Document.objects.unscoped("test").count() == 1


@pytest.mark.req("PF-02")
def test_the_whole_archive_as_one_zip():
    file(make.pdf("a"), "批复.pdf", access="PUBLIC")
    file(make.pdf("b"), "批复.pdf")
    file(make.dwg(), "总图.dwg", kind="DESIGN")
    file(make.pdf("c"), "内部.pdf", access="RESTRICTED", kind="OTHER")
    lost = file(make.pdf("d"), "丢失.pdf", kind="OTHER", title="=1+1")
    store.path_of(lost.current.sha256).unlink()
    reader = make.actor("VIEWER", person=9, unit=50)
    answer = ask(pages.download_archive, reader, subject_kind="bridge", subject_id=5)
    assert "%E6%B8%85%E6%BA%AA%E5%A4%A7%E6%A1%A5" in answer["Content-Disposition"]
    archive = zipfile.ZipFile(io.BytesIO(body(answer)))
    assert archive.testzip() is None
    # Folders are numbered by the kinds that the rooms of the installation bring, in their order.
    numbered = {label: f"{number:02d} {label}" for number, (_code, label) in enumerate(kinds.choices(), 1)}
    paper, design = numbered["批复文件"], numbered["勘察设计"]
    assert archive.namelist() == [
        f"{paper}/批复.pdf",
        f"{paper}/批复 (2).pdf",
        f"{design}/总图.dwg",
        "目录.csv",
        "导出说明.txt",
    ]
    assert archive.read(f"{design}/总图.dwg") == make.dwg()
    rows = list(csv.DictReader(io.StringIO(archive.read("目录.csv").decode("utf-8-sig"))))
    first = queries.list_for_subject("bridge", 5, reader).rows[0]
    assert rows[0]["SM3"] == first.sm3
    assert rows[0]["回执编号"].replace("-", "") == first.receipt
    assert rows[3]["标题"] == "'=1+1"
    assert "未能装入" in rows[3]["说明"]
    assert "另有 1 份" in rows[4]["序号"]
    event = AuditEvent.objects.unscoped("test").get(kind=AuditEvent.Kind.EXPORTED)
    assert event.data["what"] == "一项目一档"
    assert trace_of(event).code in archive.read("导出说明.txt").decode("utf-8-sig")
    assert archive.comment.decode() == trace_of(event).code
    with pytest.raises(NotFound):
        ask(pages.download_archive, make.actor("VIEWER", area=make.ELSEWHERE), subject_kind="bridge", subject_id=5)
    assert AuditEvent.objects.unscoped("test").count() == 1
