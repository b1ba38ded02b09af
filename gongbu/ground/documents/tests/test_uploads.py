"""Resumable uploads: broken connections, killed servers, other people's hands."""

import base64
import hashlib
import io
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import RequestFactory
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotFound, Refusal
from gongbu.ground.documents import services, sweep, tus, uploads
from gongbu.ground.documents.models import Document, Upload
from gongbu.ground.documents.store import StorageRefusal
from gongbu.ground.documents.tests import factories as make
from gongbu.ground.documents.tests.test_services import WHERE
from gongbu.ground.ledger import AlreadyRecorded

pytestmark = pytest.mark.django_db
CHECKOUT = Path(__file__).resolve().parents[4]
DATA = make.pdf("upload", pages=40)


def ask(method, path, actor, data=b"", version="1.0.0", **headers):
    request = RequestFactory().generic(
        method, path, data, content_type=headers.pop("content_type", "application/offset+octet-stream"),
        headers={**({"Tus-Resumable": version} if version else {}), **headers},
    )  # fmt: skip
    request.actor = actor
    if path == reverse("documents:uploads"):
        return tus.collection(request)
    return tus.item(request, upload_id=path.rsplit("/", 1)[-1])


def begin(actor, name="可研报告.pdf", size=None):
    size = len(DATA) if size is None else size
    meta = f"filename {base64.b64encode(name.encode()).decode()},filetype {base64.b64encode(b'x').decode()}"
    return ask("POST", reverse("documents:uploads"), actor, **{"Upload-Length": str(size), "Upload-Metadata": meta})


@pytest.mark.req("PF-02")
def test_an_upload_goes_on_after_a_break_and_is_filed_once():
    clerk = make.actor()
    answer = begin(clerk)
    assert answer.status_code == 201
    where = answer["Location"]
    assert ask("PATCH", where, clerk, DATA[:3000], **{"Upload-Offset": "0"})["Upload-Offset"] == "3000"
    head = ask("HEAD", where, clerk)
    assert (head["Upload-Offset"], head["Upload-Length"]) == ("3000", str(len(DATA)))
    assert ask("PATCH", where, clerk, DATA[:10], **{"Upload-Offset": "0"}).status_code == 409
    upload_id = where.rsplit("/", 1)[-1]
    with pytest.raises(Refusal, match="upload_unfinished"):
        uploads.take([upload_id], clerk)
    assert ask("PATCH", where, clerk, DATA[3000:], **{"Upload-Offset": "3000"}).status_code == 204
    received = uploads.take([upload_id], clerk)
    assert received[0].stored.sha256 == hashlib.sha256(DATA).hexdigest()
    services.add(received=received[0], actor=clerk, kind="FEASIBILITY", access="INTERNAL", **WHERE)
    with pytest.raises(AlreadyRecorded):  # the form was sent twice
        services.add(received=received[0], actor=clerk, kind="FEASIBILITY", access="INTERNAL", **WHERE)
    assert Document.objects.unscoped("test").count() == 1
    uploads.done([upload_id], clerk)
    assert ask("HEAD", where, clerk).status_code == 404


def test_another_persons_upload_does_not_exist():
    where = begin(make.actor())["Location"]
    thief = make.actor(person=8)
    for method in ("HEAD", "PATCH", "DELETE"):
        assert ask(method, where, thief, b"x", **{"Upload-Offset": "0"}).status_code == 404
    with pytest.raises(NotFound):
        uploads.take([where.rsplit("/", 1)[-1]], thief)
    assert uploads.offset_of(Upload.objects.get()) == 0


def test_the_server_refuses_what_it_would_not_keep(settings):
    clerk = make.actor()
    settings.DOCUMENT_MAX_BYTES = 100
    answer = begin(clerk)
    assert answer.status_code == 413
    assert "%E8%B6%85%E8%BF%87%E4%B8%8A%E9%99%90" in answer["X-Message"]
    settings.DOCUMENT_MAX_BYTES = 10**7
    assert begin(clerk, name="安装.exe").status_code == 422
    assert begin(clerk, size=0).status_code == 422
    assert begin(clerk, size="x").status_code == 400
    where = begin(clerk, size=10)["Location"]
    assert ask("PATCH", where, clerk, b"0123456789abc", **{"Upload-Offset": "0"}).status_code == 422
    assert uploads.offset_of(Upload.objects.get()) == 0
    assert ask("PATCH", where, clerk, b"01", content_type="text/plain", **{"Upload-Offset": "0"}).status_code == 415
    assert ask("PATCH", where, clerk, b"01", **{"Upload-Offset": "a"}).status_code == 400
    assert ask("HEAD", where, clerk, version="0.2").status_code == 412
    with pytest.raises(Refusal):
        begin(make.actor("VIEWER"))
    assert ask("DELETE", where, clerk).status_code == 204
    assert not Upload.objects.exists()


def test_no_room_on_the_disk_is_said_before_the_first_byte(monkeypatch):
    monkeypatch.setattr(uploads.store, "free_bytes", lambda: 1000)
    answer = begin(make.actor())
    assert answer.status_code == 507
    assert not Upload.objects.exists()


def test_a_dangerous_file_is_found_at_the_end_and_not_filed():
    clerk = make.actor()
    data = b"MZ" + b"\x00" * 500
    upload = uploads.begin(name="批复.pdf", size=len(data), actor=clerk)
    uploads.append(upload, io.BytesIO(data), offset=0)
    with pytest.raises(StorageRefusal, match="dangerous"):
        uploads.take([str(upload.pk)], clerk)
    assert not Document.objects.unscoped("test").exists()


def test_two_connections_do_not_write_at_once():
    import fcntl

    clerk = make.actor()
    upload = uploads.begin(name="批复.pdf", size=100, actor=clerk)
    with uploads.path_of(upload).open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(uploads.Busy):
            uploads.append(upload, io.BytesIO(b"x"), offset=0)
    assert uploads.append(upload, io.BytesIO(b"x"), offset=0) == 1


def test_a_broken_connection_keeps_what_arrived():
    class Broken(io.BytesIO):
        def read(self, size=-1):
            data = super().read(5)
            if not data:
                raise OSError("connection reset")
            return data

    upload = uploads.begin(name="批复.pdf", size=100, actor=make.actor())
    assert uploads.append(upload, Broken(b"0123456789"), offset=0) == 10


CHILD = """
import sys, time, uuid, django
django.setup()
from django.conf import settings
from gongbu.ground.documents import uploads
from gongbu.ground.documents.models import Upload

class Slow:
    steps = 0

    def read(self, size):
        self.steps += 1
        time.sleep(0.004)
        print(self.steps, flush=True)
        return b"A" * 1000

settings.FILES_DIR = sys.argv[1]
uploads.append(Upload(pk=uuid.UUID(sys.argv[2]), size=400_000), Slow(), offset=0)
"""


@pytest.mark.django_db(transaction=True)
def test_kill_9_during_an_upload_forgets_nothing_that_arrived(settings, tmp_path):
    """A process that serves a PATCH is killed; the next one goes on from the size of the file."""
    clerk = make.actor()
    size = 400_000
    upload = uploads.begin(name="视频.txt", size=size, actor=clerk)
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(settings.FILES_DIR), str(upload.pk)],
        env={**os.environ, "GONGBU_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "gongbu.config.settings"},
        cwd=CHECKOUT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    for line in process.stdout:
        if int(line) == 120:
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    arrived = uploads.offset_of(upload)
    assert 0 < arrived < size, "the kill must have hit the middle"
    assert uploads.append(upload, io.BytesIO(b"A" * (size - arrived)), offset=arrived) == size
    received = uploads.take([str(upload.pk)], clerk)
    assert received[0].stored.sha256 == hashlib.sha256(b"A" * size).hexdigest()


def test_old_uploads_are_swept():
    old = uploads.begin(name="旧.pdf", size=10, actor=make.actor())
    new = uploads.begin(name="新.pdf", size=10, actor=make.actor())
    Upload.objects.filter(pk=old.pk).update(created_at=clock.now() - uploads.KEPT_FOR - timedelta(hours=1))
    assert sweep.sweep().uploads == 1
    assert list(Upload.objects.values_list("pk", flat=True)) == [new.pk]
    assert not uploads.path_of(old).exists()
