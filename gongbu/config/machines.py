"""Several machines on one PostgreSQL: what they must have in common, and who else is at work.

Every machine needs the same ``keys/``, ``secret_key`` and ``files/``; the easiest is one home on a shared disk
(docs/scale.md). A machine that brings keys of its own would sign the book with a key that the others do not know.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from django.db import connection

from gongbu.ground.basics import clock

PROGRAM_NAME = "gongbu"
"""How connections of this program are named in ``pg_stat_activity`` (PGAPPNAME, set by the command line)."""
_PREPARING = 0x67_6F_6E_67_62_76  # the advisory lock of the machine that migrates; the sequencer's is one lower


@contextmanager
def one_prepares() -> Iterator[None]:
    """Let one machine at a time migrate and load reference data; the others wait. Needs nothing on SQLite.

    Held by a transaction of a connection of its own, so that it is freed with the process, through a pooler too.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with closing(connection.get_new_connection(connection.get_connection_params())) as held:
        held.autocommit = False
        held.execute("SELECT pg_advisory_xact_lock(%s)", [_PREPARING])
        yield


def why_not_one_of_them() -> str:
    """Return in one line why this home must not work on this database, or nothing when it may (1 query).

    The public key of the last tree head must lie in ``keys/``; a database without heads takes any home.
    """
    from gongbu.ground.ledger import signing
    from gongbu.ground.ledger.models import Head

    if connection.vendor != "postgresql":
        return ""
    key_id = Head.objects.order_by("-size").values_list("key_id", flat=True).first()
    if key_id is None or signing.has_public_key(key_id):
        return ""
    return (
        f"数据目录的 keys/ 中没有本库账本的签名公钥（{key_id}）：多台服务器须共用一个数据目录，或有相同的 keys/、"
        "secret_key 和 files/。请把 --home 指向共享的目录，或从另一台服务器复制密钥"
    )


def what_differs() -> str:
    """Return a warning when the newest session was signed with another ``secret_key``, or nothing (1 query).

    People would be signed out whenever their request meets the other machine. It may also be an old session from
    before the key was changed on purpose, so this stops nobody.
    """
    from django.contrib.sessions.models import Session

    if connection.vendor != "postgresql":
        return ""
    newest = Session.objects.filter(expire_date__gt=clock.now()).order_by("-expire_date").first()
    if newest is None or newest.get_decoded():
        return ""
    return (
        "最近的登录会话不是用本机的 secret_key 签发的：若另有服务器在运行，请使各台的 secret_key 相同，否则登录时断时续"
    )


def list_others() -> list[str]:
    """Return the other connections of this program to this database, one word each (1 query; none on SQLite)."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(host(client_addr), '本机'), count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = %s AND pid <> pg_backend_pid() GROUP BY 1 ORDER BY 1",
            [PROGRAM_NAME],
        )
        return [f"{address}（{count} 个连接）" for address, count in cursor.fetchall()]
