"""Backup and restore: consistent while others write, checked before anything is touched."""

import hashlib
import io
import json
import os
import socket
import subprocess
import tarfile
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from gongbu.config import backing
from gongbu.config.tests.conftest import Program, wait_for

COUNT = "import django; django.setup()\nfrom gongbu.ground.ledger.models import Entry; print(Entry.objects.count())"


def members(file: Path) -> dict[str, bytes]:
    """Return the content of an archive by name, manifest first."""
    with tarfile.open(file) as archive:
        return {m.name: archive.extractfile(m).read() for m in archive}  # type: ignore[union-attr]


def write(file: Path, content: dict[str, bytes]) -> None:
    """Write an archive with ``content`` in its order."""
    with tarfile.open(file, "w:gz") as archive:
        for name, data in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


@pytest.mark.sqlite
def test_backup_of_a_running_server_comes_back_elsewhere(program: Program, tmp_path: Path) -> None:
    program.add_entry()
    (program.home / "files" / "ab").mkdir(parents=True)
    (program.home / "files" / "ab" / "cd").write_bytes(b"paper")
    program.serve()
    file = tmp_path / "b.tar.gz"
    assert "账本 1 条（账头 1）" in program.run("backup", str(file)).stdout
    assert file.stat().st_mode & 0o077 == 0
    names = list(members(file))
    assert names[0] == "manifest.json"
    assert {"gongbu.sqlite3", "files/ab/cd", "secret_key", "heads.log"} <= set(names)

    program.home = tmp_path / "elsewhere"
    restored = program.run("restore", str(file))
    assert "账本 1 条" in restored.stdout
    assert "注意" not in restored.stderr
    assert program.python(COUNT) == "1"
    assert (program.home / "files" / "ab" / "cd").read_bytes() == b"paper"
    assert json.loads(program.run("ledger", "verify", "--json").stdout)["ok"] is True


@pytest.mark.sqlite
def test_restore_of_an_older_backup_says_what_is_lost_and_keeps_the_rest(program: Program, tmp_path: Path) -> None:
    program.add_entry()
    file = tmp_path / "b.tar.gz"
    program.run("backup", str(file))
    program.add_entry()
    program.add_entry()

    assert "已有数据" in program.run("restore", str(file), expect=1).stderr
    assert program.python(COUNT) == "3"

    restored = program.run("restore", str(file), "--force")
    assert "账头记录已到第 3 条，备份只到第 1 条，其后 2 条不在恢复的数据中" in restored.stderr
    assert program.python(COUNT) == "1"
    kept = list(program.home.glob("replaced-*/gongbu.sqlite3"))
    assert len(kept) == 1


@pytest.mark.sqlite
def test_after_an_older_backup_nothing_is_signed_until_the_loss_is_acknowledged(
    program: Program, tmp_path: Path
) -> None:
    """The whole way, as an operator goes it: heads are published, an older backup comes back, people go on working."""
    program.add_entry()
    file = tmp_path / "b.tar.gz"
    program.run("backup", str(file))
    program.add_entry()
    program.add_entry()
    published = (program.home / "heads.log").read_text("utf-8")
    program.run("restore", str(file), "--force")
    program.add_entry()
    refused = program.run("ledger", "sequence", expect=1)
    assert "账本停签：已公布的树头到第 3 条" in refused.stderr
    assert (program.home / "heads.log").read_text("utf-8") == published
    assert json.loads(program.run("ledger", "heads", "--json").stdout)[0]["size"] == 1
    assert "停签" in program.run("doctor", expect=1).stdout

    said = program.run("ledger", "acknowledge-restore", "--reason", "磁盘损坏", "--by", "周航").stdout
    assert "第 2–3 条记录丢失" in said
    heads = json.loads(program.run("ledger", "heads", "--json").stdout)
    old, new = json.loads(published.splitlines()[-1]), heads[0]
    assert (new["size"], old["size"]) == (3, 3)
    assert new["root"] != old["root"]
    assert new["key_id"] != old["key_id"], "a second head of a published size, but never with the same key"
    assert new["key_id"] in said
    assert json.loads(program.run("ledger", "verify", "--json").stdout)["ok"] is True
    assert (
        "没有需要确认的丢失"
        in program.run("ledger", "acknowledge-restore", "--reason", "再", "--by", "周航", expect=1).stderr
    )


@pytest.mark.sqlite
def test_a_server_says_at_its_start_that_signing_is_held(program: Program, tmp_path: Path) -> None:
    program.add_entry()
    line = {"size": 40, "root": "ab" * 32, "algorithm": "SM3", "signed_at": "2026-11-03T10:00:00+08:00"}
    with (program.home / "heads.log").open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")
    said = program.home / "serve.out"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with said.open("w") as out:
        server = subprocess.Popen(
            program.command("serve", "--no-worker", "--bind", f"127.0.0.1:{port}"), env=program.environment,
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
    program.started.append(server)
    wait_for(lambda: "工部已启动" in said.read_text("utf-8"))
    assert "注意：账本停签：已公布的树头到第 40 条（2026-11-03），账本只到第 1 条" in said.read_text("utf-8")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
        assert answer.read().decode().startswith("ok\nledger: held 1/40\n")


@pytest.mark.sqlite
def test_restore_is_refused_while_a_server_runs(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "b.tar.gz"
    program.run("backup", str(file))
    program.serve()
    assert "服务正在运行" in program.run("restore", str(file), "--force", expect=1).stderr


@pytest.mark.sqlite
def test_backup_does_not_overwrite(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "b.tar.gz"
    file.write_bytes(b"mine")
    assert "已存在" in program.run("backup", str(file), expect=1).stderr
    assert file.read_bytes() == b"mine"
    program.run("backup", str(file), "--force")
    assert not list(tmp_path.glob(".*.part"))


def _flip(content: dict[str, bytes]) -> None:
    name = "gongbu.sqlite3"
    content[name] = content[name][:-1] + bytes([content[name][-1] ^ 1])


def _drop(content: dict[str, bytes]) -> None:
    del content["gongbu.sqlite3"]


def _climb(content: dict[str, bytes]) -> None:
    content["../evil"] = b"x"


def _climb_listed(content: dict[str, bytes]) -> None:
    manifest = json.loads(content["manifest.json"])
    manifest["files"].append({"path": "files/../../evil", "size": 1, "sha256": hashlib.sha256(b"x").hexdigest()})
    content["manifest.json"] = json.dumps(manifest).encode()
    content["files/../../evil"] = b"x"


def _later_format(content: dict[str, bytes]) -> None:
    content["manifest.json"] = content["manifest.json"].replace(b'"format": 1', b'"format": 2', 1)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A small whole archive that was not made from a database."""
    content = {"gongbu.sqlite3": b"rows", "files/ab/cd": b"paper", "secret_key": b"k"}
    rows = [{"path": n, "size": len(d), "sha256": hashlib.sha256(d).hexdigest()} for n, d in content.items()]
    manifest = {"format": 1, "database": "sqlite", "files": rows, "ledger": {"entries": 0, "head_size": 0}}
    file = tmp_path / "b.tar.gz"
    write(file, {"manifest.json": json.dumps(manifest).encode(), **content})
    return file


@pytest.mark.sqlite
def test_whole_archive_is_unpacked_as_it_was(archive: Path, tmp_path: Path) -> None:
    backing._unpack(archive, tmp_path / "out")
    assert (tmp_path / "out" / "files" / "ab" / "cd").read_bytes() == b"paper"


@pytest.mark.sqlite
@pytest.mark.parametrize("harm", [_flip, _drop, _climb, _climb_listed, _later_format])
def test_damaged_archive_is_refused(archive: Path, tmp_path: Path, harm: Callable[[dict[str, bytes]], None]) -> None:
    content = members(archive)
    harm(content)
    write(archive, content)
    with pytest.raises(backing.BackupError) as refused:
        backing._unpack(archive, tmp_path / "out")
    assert refused.value.exit_code == 2
    assert not (tmp_path / "evil").exists()


@pytest.mark.sqlite
def test_refused_backup_touches_nothing(program: Program, tmp_path: Path) -> None:
    other = tmp_path / "x.tar.gz"
    other.write_bytes(b"not an archive")
    before = (program.home / "gongbu.sqlite3").read_bytes()
    assert "读不出来" in program.run("restore", str(other), "--force", expect=2).stderr
    assert (program.home / "gongbu.sqlite3").read_bytes() == before
    assert not list(program.home.glob("replaced-*"))


@pytest.fixture
def empty_database() -> Iterator[str]:
    """A database of its own in the suite's cluster; yields its DATABASE_URL."""
    url = os.environ["DATABASE_URL"]
    name = "gongbu_backup"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield url.rsplit("/", 1)[0] + f"/{name}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.postgres
@pytest.mark.long
def test_postgresql_is_dumped_and_restored(empty_database: str, tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "GONGBU_HOME"} | {
        "DATABASE_URL": empty_database,
        "DJANGO_SETTINGS_MODULE": "gongbu.config.settings",
    }
    program = Program(tmp_path / "home", environment)
    program.run("migrate")
    program.add_entry()
    file = tmp_path / "b.tar.gz"
    program.run("backup", str(file))
    program.add_entry()
    assert program.python(COUNT) == "2"
    assert "已有数据" in program.run("restore", str(file), expect=1).stderr
    restored = program.run("restore", str(file), "--force")
    assert "其后 1 条不在恢复的数据中" in restored.stderr
    assert program.python(COUNT) == "1"
