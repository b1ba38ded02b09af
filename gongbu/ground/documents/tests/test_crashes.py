"""kill -9 while documents are filed, and a disk that is full: whole or not at all, and said so."""

import errno
import io
import signal
import sqlite3
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest
from gongbu_processes import environment_of_processes

from gongbu.ground.basics.messages import word
from gongbu.ground.documents import services, uploads
from gongbu.ground.documents.store import StorageRefusal
from gongbu.ground.documents.tests import factories as make

CHECKOUT = Path(__file__).resolve().parents[4]
CHILD = """
import io, sys, django
django.setup()
from gongbu.ground.documents import services, sweep
from gongbu.ground.documents.tests import factories as make
if sys.argv[1] == "sweep":
    sweep.YOUNG_S = -5
    print(sweep.sweep().partials)
else:
    print("ready", flush=True)
    for number in range(10_000):
        data = make.pdf(f"{sys.argv[1]} {number}") + b" " * 400_000
        services.store(
            io.BytesIO(data), f"{sys.argv[1]}-{number}.pdf", subject_kind="bridge", subject_id=5,
            region_key=make.COUNTY[0], access="INTERNAL", actor=make.actor(), kind="APPROVAL",
        )
"""


@pytest.mark.sqlite
def test_kill_9_while_filing_leaves_whole_documents_only(own_home):
    environment = environment_of_processes(own_home)
    child = [sys.executable, "-c", CHILD]
    for pause in (0.21, 0.34, 0.57):
        process = subprocess.Popen([*child, str(pause)], env=environment, cwd=CHECKOUT, stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
    book = sqlite3.connect(own_home / "gongbu.sqlite3")
    versions = book.execute("SELECT sha256, size, entry_id, document_id FROM documents_version").fetchall()
    assert versions, "the kills must have come after some documents"
    for digest, size, entry_id, document_id in versions:
        content = (own_home / "files" / digest[:2] / digest[2:4] / digest).read_bytes()
        assert (sha256(content).hexdigest(), len(content)) == (digest, size)
        row = book.execute("SELECT kind, subject_id FROM ledger_entry WHERE id = ?", [entry_id]).fetchone()
        assert row == ("documents.added", 5)
        assert book.execute("SELECT current_id FROM documents_document WHERE id = ?", [document_id]).fetchone()[0]
    counted = [
        book.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("documents_document", "documents_version", "ledger_entry", "outbox_message")
    ]
    assert counted == [len(versions)] * 4
    subprocess.run([*child, "sweep"], env=environment, cwd=CHECKOUT, check=True, timeout=60)
    assert not list((own_home / "files" / "incoming").iterdir())
    kept = [path.name for path in (own_home / "files").glob("??/??/*")]
    assert sorted(kept) == sorted({digest for digest, *_ in versions})


class _FullDisk(io.FileIO):
    """A file on a disk with room for 600 kB."""

    def write(self, data):
        if self.tell() + len(data) > 600_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


@pytest.mark.django_db
def test_a_disk_that_fills_up_during_an_upload_keeps_what_arrived(monkeypatch):
    clerk, data = make.actor(), bytes(range(256)) * 4000
    upload = uploads.begin(name="视频.mp4", size=len(data), actor=clerk)
    path = uploads.path_of(upload)
    monkeypatch.setattr(type(path), "open", lambda self, mode: _FullDisk(self, mode.replace("b", "")))
    with pytest.raises(StorageRefusal, match="disk_full") as refusal:
        uploads.append(upload, io.BytesIO(data), offset=0)
    assert "磁盘空间不足" in word(refusal.value)
    monkeypatch.undo()
    arrived = uploads.offset_of(upload)
    assert 0 < arrived <= 600_000
    assert path.read_bytes() == data[:arrived]
    assert uploads.append(upload, io.BytesIO(data[arrived:]), offset=arrived) == len(data)


@pytest.mark.parametrize("at", ["write", "rename"])
def test_a_disk_that_fills_up_while_storing_leaves_nothing(settings, tmp_path, monkeypatch, at):
    settings.FILES_DIR = tmp_path / "files"
    if at == "write":
        monkeypatch.setattr(type(tmp_path), "open", lambda self, mode: _FullDisk(self, mode.replace("b", "")))
    else:

        def full(self, target):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(type(tmp_path), "replace", full)
    with pytest.raises(StorageRefusal, match="disk_full"):
        services.receive(io.BytesIO(make.pdf() + b" " * 900_000), "批复.pdf")
    monkeypatch.undo()
    assert [path for path in settings.FILES_DIR.rglob("*") if path.is_file()] == []
