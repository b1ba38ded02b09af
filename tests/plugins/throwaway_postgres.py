"""A PostgreSQL cluster for one test run: in a temporary folder, on loopback, owned by an ordinary user.

``initdb`` refuses root, so under root the cluster runs as an ordinary account (``postgres`` from the package, or one
that ``.ci/run`` makes).
"""

import atexit
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

SUPERUSER, ROLE, WEB_ROLE = "postgres", "gongbu", "gongbu_web"
ORDINARY_USERS = ("postgres", "gongbu-test", "nobody")
# A throw-away cluster may lose everything on a crash; that is what makes the suite fast.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "autovacuum": "off",
}


def find_binaries() -> Path | None:
    """Return the newest folder that holds ``initdb`` and ``postgres``, or None when PostgreSQL is not installed."""
    folders = [Path(p) for p in os.environ.get("PATH", "").split(os.pathsep) if p]
    versioned = Path("/usr/lib/postgresql")
    if versioned.is_dir():
        found = [d / "bin" for d in versioned.iterdir() if re.fullmatch(r"\d+", d.name)]
        folders = sorted(found, key=lambda d: int(d.parent.name), reverse=True) + folders
    return next((d for d in folders if (d / "initdb").exists() and (d / "postgres").exists()), None)


@dataclass
class Cluster:
    """A running cluster, over TCP on loopback.

    ``url`` is a DATABASE_URL of an ordinary role that may create databases: it owns what it creates and row-level
    security binds it as forced. ``superuser_url`` is the other one's.
    """

    url: str
    superuser_url: str
    folder: Path
    process: subprocess.Popen[bytes]
    owner_pid: int
    launch: Callable[[], "subprocess.Popen[bytes]"]

    def restart(self) -> None:
        """Let the server die on the spot (immediate shutdown, as in a crash) and start it again; it recovers from its log.

        :raises RuntimeError: it did not come back
        """
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(20)
        self.process = self.launch()
        if not _is_ready(int(self.url.rpartition(":")[2].partition("/")[0]), self.process):
            raise RuntimeError(f"PostgreSQL 没有重新启动：{(self.folder / 'log').read_text(errors='replace')[-2000:]}")

    def stop(self) -> None:
        """Stop the server and remove the folder; a forked child does nothing."""
        if os.getpid() != self.owner_pid:
            return
        if self.process.poll() is None:
            self.process.send_signal(2)  # SIGINT: fast shutdown
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _ordinary_account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ORDINARY_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL 不能以 root 运行，且没有可用的普通账户")


def start(*, is_durable: bool = False, settings: Mapping[str, str] | None = None) -> Cluster:
    """Create and start a cluster; a durable one keeps every committed transaction through a crash, as in service.

    ``settings`` are more of the server's, by name.

    :raises FileNotFoundError: PostgreSQL is not installed
    :raises RuntimeError: it did not start; the message holds its log
    """
    binaries = find_binaries()
    if binaries is None:
        raise FileNotFoundError("未找到 PostgreSQL（initdb）")
    folder = Path(tempfile.mkdtemp(prefix="gongbu-pg-"))
    account = _ordinary_account()
    as_user: dict[str, object] = {}
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
        as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    environment = {"PATH": f"{binaries}:/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    password = secrets.token_hex(16)
    secret = folder / "password"
    secret.write_text(password)
    if account is not None:
        os.chown(secret, account.pw_uid, account.pw_gid)
    data = folder / "data"
    made = subprocess.run(
        [binaries / "initdb", "-D", data, "-U", SUPERUSER, "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8",
         "--locale=C.UTF-8", "--no-sync"],
        env=environment, cwd=folder, capture_output=True, text=True, check=False, **as_user,  # type: ignore[call-overload]
    )  # fmt: skip
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise RuntimeError(f"initdb: {made.stderr[-2000:]}")
    port = _free_port()
    options = [f"-c{key}={value}" for key, value in {**({} if is_durable else FAST), **(settings or {})}.items()]

    def launch() -> subprocess.Popen[bytes]:
        with (folder / "log").open("ab") as log:
            launched: subprocess.Popen[bytes] = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder, *options],
                env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True, **as_user,  # type: ignore[call-overload]
            )  # fmt: skip
            return launched

    at = f"{password}@127.0.0.1:{port}/postgres"
    cluster = Cluster(
        f"postgresql://{ROLE}:{at}", f"postgresql://{SUPERUSER}:{at}", folder, launch(), os.getpid(), launch
    )
    if not _answers(port, cluster.process):
        text = (folder / "log").read_text(errors="replace")[-2000:]
        cluster.stop()
        raise RuntimeError(f"PostgreSQL 没有启动：{text}")
    _make_role(cluster.superuser_url, password)
    return cluster


def _make_role(url: str, password: str) -> None:
    import psycopg
    from psycopg import sql

    while True:
        try:
            connection = psycopg.connect(url, autocommit=True)
            break
        except psycopg.OperationalError:  # the port answers before the server is ready
            time.sleep(0.1)
    with connection:
        make = sql.SQL("CREATE ROLE {} LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS PASSWORD {}")
        connection.execute(make.format(sql.Identifier(ROLE), sql.Literal(password)))
        serving = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD {}")  # as a server's, owning nothing
        connection.execute(serving.format(sql.Identifier(WEB_ROLE), sql.Literal(password)))
        if connection.info.server_version >= 150000:  # tests that forge the book let its foreign keys sleep
            may_forge = sql.SQL("GRANT SET ON PARAMETER session_replication_role TO {}")
            connection.execute(may_forge.format(sql.Identifier(ROLE)))
        # Its own "postgres" database too: benches and walks make their tables there.
        connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(ROLE)))
        connection.execute(sql.SQL("GRANT CREATE ON DATABASE postgres TO {}").format(sql.Identifier(ROLE)))


def start_until_exit() -> Cluster:
    """Start a cluster that stops when this process ends."""
    cluster = start()
    atexit.register(cluster.stop)
    return cluster


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int, process: subprocess.Popen[bytes], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


def _is_ready(port: int, process: subprocess.Popen[bytes], seconds: float = 30) -> bool:
    """Return whether the server takes connections again: a port that answers may still be recovering."""
    binaries = find_binaries()
    assert binaries is not None
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        asked = [binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
        if subprocess.run(asked, check=False).returncode == 0:
            return True
        time.sleep(0.1)
    return False
