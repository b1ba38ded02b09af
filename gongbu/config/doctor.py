"""``gongbu doctor``: what is missing or broken, and what to do about it. Reads only."""

import os
import shutil
import sqlite3
import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.utils import DatabaseError

from gongbu.config import home
from gongbu.ground.basics import clock

OK, WARN, BAD = "好", "注意", "坏"
# CJK families that pages and papers ask for, in the order of the style sheet.
FONT_MARKS = ("notosanscjk", "noto sans cjk", "sourcehansans", "wqy", "msyh", "pingfang", "notoserifcjk")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts", "/Library/Fonts")
FREE_BYTES_BAD, FREE_BYTES_WARN = 200_000_000, 2_000_000_000
# The oldest day on which this program can run: a machine whose clock says less has lost its time.
BUILT_ON = datetime(2026, 11, 1, tzinfo=clock.SHANGHAI)
PENDING_WARN = 5_000


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table: what was looked at, 好/注意/坏, what was seen, and what to do."""

    name: str
    state: str
    seen: str
    remedy: str = ""


def run_checks() -> list[Result]:
    """Run every check; one that fails in an unexpected way is itself a broken line and stops no other."""
    results: list[Result] = []
    for name, check in CHECKS:
        try:
            results += check(name)
        except Exception as error:  # the doctor must finish its round whatever it meets
            results.append(Result(name, BAD, f"检查出错：{type(error).__name__}: {error}", "把这一行发给维护人员"))
    return results


def table(results: list[Result]) -> str:
    """Return the results as aligned lines, each with its remedy below when one is needed."""
    width = max(_columns(r.name) for r in results)
    lines = []
    for r in results:
        lines.append(f"{r.state:　<2}  {r.name}{' ' * (width - _columns(r.name))}  {r.seen}")
        if r.remedy and r.state != OK:
            lines.append(f"{' ' * (width + 8)}→ {r.remedy}")
    counts = {state: sum(r.state == state for r in results) for state in (OK, WARN, BAD)}
    lines.append(f"共 {len(results)} 项：好 {counts[OK]}，注意 {counts[WARN]}，坏 {counts[BAD]}")
    return "\n".join(lines)


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _python(name: str) -> Iterator[Result]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Result(name, OK if sys.version_info >= (3, 11) else BAD, version, "需要 Python 3.11 或更新")


def _sqlite(name: str) -> Iterator[Result]:
    good = sqlite3.sqlite_version_info >= (3, 37)
    yield Result(name, OK if good else BAD, sqlite3.sqlite_version, "需要 SQLite 3.37 或更新（随 Python 提供）")


def _fonts(name: str) -> Iterator[Result]:
    for folder in FONT_FOLDERS:
        for path in Path(folder).expanduser().rglob("*"):
            if any(mark in path.name.lower() for mark in FONT_MARKS):
                yield Result(name, OK, path.name)
                return
    yield Result(
        name, WARN, "本机未找到中文字体", "服务器端出图需要：安装 fonts-noto-cjk；浏览器用各自电脑的字体，文书见下"
    )


def _paper_faces(name: str) -> Iterator[Result]:
    from gongbu.ground.papers.typesetting import faces

    try:
        found = faces.faces()
    except ImportError:
        yield Result(name, BAD, "没有排版程序 typst，不能签发文书", "重新安装：pip install -r requirements/runtime.txt")
        return
    except faces.NoFonts:
        yield Result(
            name, BAD, "没有中文字体，不能签发文书", "重新安装运行所需的包（含 Noto 宋体、黑体），或安装 fonts-noto-cjk"
        )
        return
    folder = Path(settings.HOME) / "fonts"
    remedies = {
        "fangsong": f"把本单位有授权的仿宋字体文件（如仿宋_GB2312）放入 {folder}；或安装 texlive-lang-chinese",
        "kai": f"把楷体字体文件放入 {folder}；或安装 texlive-lang-chinese、fonts-arphic-ukai",
        "title": f"把本单位有授权的方正小标宋简体放入 {folder}；DOCX 在装有该字体的电脑上不受影响",
    }
    yield Result(name, OK, "可以排印；DOCX 写明标准字体，由打开它的电脑提供")
    for role, label in faces.LABELS.items():
        used = getattr(found, role)[0]
        if role in found.substituted:
            yield Result(f"　{label}", WARN, f"未找到，以 {used} 代替", remedies.get(role, ""))
        else:
            yield Result(f"　{label}", OK, used)


def _disk(name: str) -> Iterator[Result]:
    place = settings.HOME if settings.HOME.exists() else settings.HOME.parent
    free = shutil.disk_usage(place).free
    state = BAD if free < FREE_BYTES_BAD else WARN if free < FREE_BYTES_WARN else OK
    yield Result(name, state, f"剩余 {free / 1e9:.1f} GB（{place}）", "清理磁盘或把数据目录移到更大的盘")


def _permissions(name: str) -> Iterator[Result]:
    root = Path(settings.HOME)
    if not root.exists():
        yield Result(name, WARN, f"{root} 还不存在", "运行 gongbu migrate")
        return
    if not os.access(root, os.W_OK):
        yield Result(name, BAD, f"{root} 不可写", f"把 {root} 的属主改为运行本程序的用户")
        return
    open_to_others = [
        path.relative_to(root).as_posix()
        for path in [root / "secret_key", *(root / "keys").glob("*")]
        if path.exists() and path.stat().st_mode & 0o077 and not path.name.endswith(".pub")
    ]
    if open_to_others:
        yield Result(name, BAD, f"其他用户可读：{'、'.join(open_to_others)}", "chmod 600 这些文件")
    else:
        yield Result(name, OK, f"{root} 可写，密钥仅本人可读")


def _database(name: str) -> Iterator[Result]:
    file = home.database_file()
    if file is not None and not file.exists():
        yield Result(name, WARN, "尚未建立", "运行 gongbu migrate")
        return
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        yield Result(name, BAD, f"连不上：{str(error).strip()}", "检查 DATABASE_URL 和数据库服务")
        return
    yield Result(name, OK, f"{connection.vendor} {'.'.join(map(str, connection.get_database_version()))}")
    if file is not None:
        with connection.cursor() as cursor:
            modes = {}
            for pragma in ("journal_mode", "synchronous", "quick_check(1)"):
                cursor.execute(f"PRAGMA {pragma}")
                modes[pragma] = cursor.fetchone()[0]
        durable = modes["journal_mode"] == "wal" and modes["synchronous"] == 2
        seen = f"{modes['journal_mode']}，synchronous {modes['synchronous']}"
        yield Result("　写入方式", OK if durable else BAD, seen,
                     "应为 wal 与 2（FULL）：不要修改 settings 中的 init_command")  # fmt: skip
        whole = modes["quick_check(1)"] == "ok"
        yield Result("　数据库文件", OK if whole else BAD, modes["quick_check(1)"], "文件已损坏：从备份恢复")


def _has_tables() -> bool:
    file = home.database_file()
    return (file is None or file.exists()) and "django_migrations" in connection.introspection.table_names()


def _migrations(name: str) -> Iterator[Result]:
    if not _has_tables():
        yield Result(name, WARN, "尚未建立", "运行 gongbu migrate")
        return
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    yield Result(name, BAD if plan else OK, f"待执行 {len(plan)} 步" if plan else "最新", "运行 gongbu migrate")


def _row_security(name: str) -> Iterator[Result]:
    if connection.vendor != "postgresql" or not _has_tables():
        return
    from gongbu.ground.orgs import row_security

    bare = row_security.missing()
    seen = f"{'、'.join(bare[:3])} 等 {len(bare)} 张表没有按区划设防" if bare else "各表都按区划设防"
    yield Result(name, BAD if bare else OK, seen, "运行 gongbu migrate")
    remedy = "让服务以不拥有数据表的普通角色连接，见 docs/postgresql-roles.md"
    for hole in row_security.loopholes():
        yield Result("　连接角色", WARN if hole.endswith("关闭行级安全") else BAD, hole, remedy)


def _packs(name: str) -> Iterator[Result]:
    from gongbu.ground.policy import stored
    from gongbu.ground.policy.loading import load_packs

    try:
        packs = load_packs(settings.PACKS_DIR)
    except Exception as error:  # whatever is wrong with the law as data, people must read it here
        yield Result(name, BAD, str(error).splitlines()[0][:160], "运行 gongbu pack check 查看全部问题")
        return
    yield Result(name, OK if packs else BAD, f"{len(packs)} 个：{'、'.join(packs)}", "制度包目录为空：重新安装")
    if _has_tables():
        damaged = stored.find_damaged()
        seen = f"{'、'.join(damaged)} 的内容与账本登记的摘要不符" if damaged else "与账本登记的摘要一致"
        yield Result("　本地制度包", BAD if damaged else OK, seen, "从备份恢复，并核对账本（gongbu ledger verify）")


def _ledger(name: str) -> Iterator[Result]:
    if not _has_tables():
        return
    from gongbu.ground.ledger import held
    from gongbu.ground.ledger.models import Entry, Head, Pending

    entries = Entry.objects.count()
    head = Head.objects.order_by("-size").first()
    size = head.size if head else 0
    if stopped := held.look():
        yield Result(name, BAD, stopped.said, held.TODO)
        return
    waiting = Pending.objects.count()
    state = WARN if waiting > PENDING_WARN else OK
    yield Result(name, state, f"{entries} 条，已入树 {size} 条，待入树 {waiting} 条（全量核对用 gongbu ledger verify）",
                 "入树作业落后：查看后台作业")  # fmt: skip


def _clock(name: str) -> Iterator[Result]:
    now = datetime.now(clock.SHANGHAI)
    if now < BUILT_ON:
        yield Result(name, BAD, f"{now:%Y-%m-%d %H:%M}，早于程序发布", "校正系统时间并启用 NTP")
        return
    if _has_tables():
        from gongbu.ground.ledger.models import Entry

        last = Entry.objects.filter(clock="SYSTEM").order_by("-pk").values_list("recorded_at", flat=True).first()
        if last is not None and last > now + timedelta(minutes=5):
            local = last.astimezone(clock.SHANGHAI)
            yield Result(name, BAD, f"{now:%Y-%m-%d %H:%M}，早于账本最近一条（{local:%Y-%m-%d %H:%M}）",
                         "系统时间被拨回：先校正时间，再继续办理")  # fmt: skip
            return
    yield Result(name, OK, f"{now:%Y-%m-%d %H:%M}（北京时间）")


def _authenticators(name: str) -> Iterator[Result]:
    if not _has_tables():
        return
    from gongbu.ground.orgs import second_factor

    bound, shut = second_factor.count_devices()
    remedy = "把备份里 keys/ 的密钥文件放回原处；找不回来的，请本人凭恢复码登录后重新绑定，或由系统管理员重置"
    yield Result(name, BAD if shut else OK, f"{bound} 个，{shut} 个的密钥打不开" if shut else f"{bound} 个", remedy)


def _static(name: str) -> Iterator[Result]:
    from gongbu.config import frontend

    if not frontend.is_built():
        yield Result(name, BAD, "页面样式与脚本未构建", "在源码目录运行 make build")
    elif frontend.has_sources() and not frontend.is_fresh():
        yield Result(name, WARN, "已构建，但 frontend/ 有改动", "在源码目录运行 make build")
    else:
        yield Result(name, OK, "已构建")


def _jobs(name: str) -> Iterator[Result]:
    if not _has_tables():
        return
    from gongbu.ground.jobs import queries

    workers = queries.list_workers()
    alive = [w for w in workers if w.is_alive]
    late = [w for w in alive if clock.now() - w.heartbeat_at > timedelta(minutes=2)]
    if late:
        yield Result(name, WARN, f"{len(late)} 个进程心跳停止超过 2 分钟", "重启服务；未完成的作业会自动重做")
    elif not alive:
        yield Result(name, WARN if home.is_serving() else OK, "没有在运行", "运行 gongbu serve 或 gongbu worker")
    else:
        yield Result(name, OK, f"{len(alive)} 个在运行")
    stuck = queries.list_stuck_jobs()
    yield Result("　中断的作业", WARN if stuck else OK, f"{len(stuck)} 个", "启动后台作业进程后会自动重做")
    failed = queries.count_by_status()["FAILED"]
    yield Result("　失败的作业", WARN if failed else OK, f"{failed} 个", "在 系统·后台作业 页面查看原因")
    bad = [c for c in queries.list_cadences() if c.failures]
    seen = "；".join(f"{c.label}（{c.failures} 次）{c.last_error[:80]}" for c in bad) or "正常"
    yield Result("　定期任务", WARN if bad else OK, seen, "按错误信息处理；任务会自动重试")
    ahead = [c for c in queries.list_cadences() if c.last_on is not None and c.last_on > clock.today()]
    if ahead:
        seen = f"{len(ahead)} 项记到了 {max(c.last_on for c in ahead if c.last_on)}，还没有到"
        yield Result("　例行工作", WARN, seen, "核对系统时间；以前的日子仍逐日办理")


CHECKS: tuple[tuple[str, Callable[[str], Iterator[Result]]], ...] = (
    ("Python", _python),
    ("SQLite", _sqlite),
    ("中文字体", _fonts),
    ("文书字体", _paper_faces),
    ("磁盘空间", _disk),
    ("文件权限", _permissions),
    ("数据库", _database),
    ("数据库结构", _migrations),
    ("行级安全", _row_security),
    ("制度包", _packs),
    ("账本", _ledger),
    ("系统时间", _clock),
    ("动态口令", _authenticators),
    ("页面资源", _static),
    ("后台作业", _jobs),
)
