"""Two roles on PostgreSQL: the owner lays the tables, the server's role owns none; the doctor tells when it is otherwise."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gongbu.config.tests.conftest import Program

pytestmark = [pytest.mark.postgres, pytest.mark.long, pytest.mark.req("CM-14")]
NAME = "gongbu_roles"


def as_role(role: str) -> str:
    """Return the address of the database of this module for a role of the suite's cluster."""
    scheme, _, rest = os.environ["DATABASE_URL"].partition("://")
    return f"{scheme}://{role}:{rest.partition(':')[2].rpartition('/')[0]}/{NAME}"


@pytest.fixture
def two_roles() -> Iterator[None]:
    """A database laid out as docs/postgresql-roles.md says, with ``gongbu`` as the owner."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f"CREATE DATABASE {NAME}")
        with psycopg.connect(as_role("gongbu"), autocommit=True) as database:
            what = "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT"
            database.execute(f"{what} SELECT, INSERT, UPDATE, DELETE ON TABLES TO gongbu_web")
            database.execute(f"{what} USAGE, SELECT, UPDATE ON SEQUENCES TO gongbu_web")
        yield
        server.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def doctor(home: Path, environment: dict[str, str], role: str) -> str:
    """Return what the doctor says of row-level security to a server that connects as the role."""
    program = Program(home, environment | {"DATABASE_URL": as_role(role)})
    code = (
        "import django; django.setup()\nfrom gongbu.config import doctor\n"
        "for r in doctor._row_security('行级安全'): print(r.state, r.name.strip(), r.seen)"
    )
    return program.python(code)


def test_the_server_owns_no_table_and_the_doctor_tells_who_does(two_roles: None, tmp_path: Path) -> None:
    home = tmp_path / "home"
    plain = {k: v for k, v in os.environ.items() if k != "GONGBU_HOME"} | {
        "DJANGO_SETTINGS_MODULE": "gongbu.config.settings"
    }
    served = plain | {"DATABASE_URL": as_role("gongbu_web"), "DATABASE_OWNER_URL": as_role("gongbu")}
    program = Program(home, served)
    program.run("migrate")
    program.add_entry()
    with psycopg.connect(as_role("gongbu_web"), autocommit=True) as web:
        owners = web.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert owners == [("gongbu",)]
        assert web.execute("SELECT count(*) FROM orgs_unit").fetchone() == (0,)
        for statement in ("ALTER TABLE orgs_unit DISABLE ROW LEVEL SECURITY", "TRUNCATE orgs_unit"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                web.execute(statement)
    file = tmp_path / "b.tar.gz"
    program.run("backup", str(file))
    program.run("restore", str(file), "--force")
    assert doctor(home, plain, "gongbu_web") == "好 行级安全 各表都按区划设防"
    assert "注意 连接角色 数据库角色 gongbu 是数据表的属主，可以关闭行级安全" in doctor(home, plain, "gongbu")
    assert "坏 连接角色 数据库角色 postgres 是超级用户，行级安全对它不起作用" in doctor(home, plain, "postgres")
    with psycopg.connect(as_role("gongbu"), autocommit=True) as owner:
        owner.execute("ALTER TABLE notices_notice DISABLE ROW LEVEL SECURITY")
    assert "坏 行级安全 notices_notice 等 1 张表没有按区划设防" in doctor(home, plain, "gongbu_web")
    program.run("migrate")
    assert doctor(home, plain, "gongbu_web") == "好 行级安全 各表都按区划设防"
