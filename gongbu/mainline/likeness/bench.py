"""Measure matching one new project against many: the whole question through the index, beside its floor and two peers.

In a child process on a SQLite home of its own. Names are made of random place names and a few dozen kinds of works in
ten counties; every question is the name of a project on file written otherwise, so that it also tells how often the
right one is shown. The floor is the same statements and rows without any comparing. The peers look at all names.
"""

import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from difflib import SequenceMatcher
from typing import Any

from gongbu.ground.basics.child_bench import in_child

SEED, ROUNDS, PEER_ROUNDS = 20261127, 60, 3
_PLACES = (
    "安北白柏宝碧苍长常城池春大丹德东洞二法方丰凤福富高古关光广桂贵海汉河和黑横红虎花华怀黄惠吉嘉建江金锦井静九开兰蓝乐黎李莲良梁林灵刘柳龙"
    "隆鲁罗洛马梅美明木南宁牛平浦祁前桥青清泉仁荣瑞三沙山上尚石双水松苏泰唐天田铁通桐同万王望文乌吴武西溪夏仙襄湘小新兴秀徐雪岩阳杨野宜义银永玉"
    "元月云张昭赵镇郑中周竹朱紫"
)
_WORKS = (
    "{t}{v}村道路硬化工程", "{t}中心小学教学楼建设项目", "{t}卫生院门诊综合楼新建项目", "{v}水库除险加固工程",
    "{v}河{t}段河道治理工程", "{t}{v}村农村饮水安全巩固提升工程", "{v}路道路改造工程", "{v}路雨污分流改造工程",
    "{t}污水处理厂提标改造工程", "{t}高标准农田建设项目", "{v}小区老旧小区改造项目", "{t}敬老院改扩建工程",
    "{v}产业园标准厂房建设项目", "{v}新材料有限公司年产{n}万吨电池材料项目", "{t}{v}村{n}兆瓦光伏发电项目",
    "{v}大桥新建工程", "{t}文化活动中心建设项目", "{t}农贸市场改造项目", "{v}初级中学运动场建设项目",
    "{t}垃圾中转站新建工程", "{v}隧道及连接线工程", "{t}{v}村人居环境整治项目", "{v}安置房建设项目",
    "{t}集中供水工程",
)  # fmt: skip
_AGAIN = (
    ("建设项目", "工程"), ("新建", "建设"), ("改造", "改造提升"), ("教学楼", "教学综合楼"),
    ("门诊综合楼", "门诊楼"), ("污水处理厂", "污水厂"), ("道路硬化", "通村道路硬化"), ("工程", "建设工程"),
    ("项目", "工程项目"), ("敬老院", "养老服务中心"), ("大桥", "桥梁"),
)  # fmt: skip


def match(size: int) -> dict[str, Any]:
    """One new project against ``size`` projects on file, with its reasons."""
    return in_child(__name__, size)


def fill(size: int) -> tuple[list[str], list[int]]:
    """Write ``size`` projects of ten counties and return their names and region keys, in order of their ids."""
    from django.db import transaction

    from gongbu.ground.basics import clock
    from gongbu.ground.orgs.models import Region
    from gongbu.mainline.projects.models import Project

    draw, now, today = random.Random(SEED), clock.now(), clock.today()
    city = Region.objects.get(name="洛阳市")
    counties = list(Region.objects.filter(parent=city, valid_to=None).order_by("key_lo")[:10])
    towns = {c.pk: ["".join(draw.sample(_PLACES, 2)) + draw.choice("镇乡") for _ in range(24)] for c in counties}
    names: list[str] = []
    places: list[int] = []
    taken: set[tuple[int, str]] = set()
    for start in range(0, size, 10_000):
        rows = []
        for n in range(start, min(start + 10_000, size)):
            county = counties[n % len(counties)]
            name = _name(draw, towns[county.pk])
            while (county.pk, name) in taken:
                name = _name(draw, towns[county.pk])
            taken.add((county.pk, name))
            if draw.random() < 0.6:
                name = county.name + name
            names.append(name)
            places.append(county.key_lo)
            rows.append(
                Project(
                    id=n + 1, name=name, funding_nature="GOVERNMENT", competent_region_id=county.pk, region_key=county.key_lo, stage="RESERVE",
                    owner_name=f"{county.name}第{n % 97}建设单位", origin="CREATED", state="ACTIVE", created_on=today, last_act_at=now,
                )
            )  # fmt: skip
        with transaction.atomic():
            Project.objects.bulk_create(rows, batch_size=500)
    return names, places


def _name(draw: random.Random, towns: list[str]) -> str:
    """Return a name; works of which a town has one only are told apart by a village in one name of three."""
    work, town, village = draw.choice(_WORKS), draw.choice(towns), "".join(draw.sample(_PLACES, 2))
    if "{v}" not in work or draw.random() < 0.3:
        town = f"{town}{''.join(draw.sample(_PLACES, 2))}村"
    return work.format(t=town, v=village, n=draw.randint(1, 90))


def again(name: str, draw: random.Random) -> str:
    """Return a name written otherwise."""
    for one, other in draw.sample(_AGAIN, len(_AGAIN)):
        if one in name:
            return name.replace(one, other, 1)
    return name + "项目"


def measure(size: int) -> dict[str, Any]:
    """Fill, index, ask, and look at the peers."""
    from django.db import connection

    from gongbu.mainline.likeness import index, queries
    from gongbu.mainline.likeness.measuring.baseline import edit_likeness
    from gongbu.mainline.likeness.rules.comparing import Relation
    from gongbu.mainline.projects.bench import floor_of, reads_of, timed

    names, places = fill(size)
    started = time.perf_counter()
    index.rebuild()
    rebuilt = round(time.perf_counter() - started, 1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("SELECT COUNT(*) FROM likeness_gram")
        grams = cursor.fetchone()[0]
    draw = random.Random(SEED + 1)
    asked = [draw.randrange(size) for _ in range(ROUNDS + 3)]
    questions = [(again(names[n], draw), places[n]) for n in asked]
    hits = 0

    def ask(n: int) -> list[queries.Likeness]:
        return queries.find_similar(name=questions[n][0], region_key=questions[n][1])

    for n, project in enumerate(asked):
        hits += any(row.project_id == project + 1 and row.relation is Relation.SAME for row in ask(n))
    statements = [reads_of(lambda n=n: ask(n)) for n in range(ROUNDS + 3)]  # type: ignore[misc]
    floors = [floor_of(one) for one in statements]
    value, floor = timed(ask, ROUNDS), timed(lambda n: floors[n](n), ROUNDS)
    return {
        "value": value["median"], "unit": "ms", "p95": value["p95"], "cpu": value["cpu"], "floor": floor["median"], "floor_cpu": floor["cpu"],
        "floor_name": "同样的语句和同样的行，不作比较", "queries": max(map(len, statements)), "found": f"{hits}/{len(asked)}",
        "rebuilt_in_seconds": rebuilt, "index_rows": grams, "peers": _peers(names, questions, edit_likeness),
        "kept_per_project_ms": _keep(asked),
    }  # fmt: skip


def _peers(names: list[str], questions: list[tuple[str, int]], edit: Callable[[str, str], float]) -> dict[str, float]:
    """Return milliseconds of one question put to all names by edit distance, and by difflib."""

    def all_by(likeness: Callable[[str, str], float], n: int) -> float:
        started = time.perf_counter()
        asked = questions[n][0]
        max(range(len(names)), key=lambda i: likeness(asked, names[i]))
        return (time.perf_counter() - started) * 1000

    by_edit = statistics.median(all_by(edit, n) for n in range(PEER_ROUNDS))
    by_difflib = all_by(lambda a, b: SequenceMatcher(None, a, b, autojunk=False).ratio(), 0)
    return {"编辑距离逐条": round(by_edit, 1), "difflib 逐条": round(by_difflib, 1)}


def _keep(asked: list[int]) -> float:
    """Return milliseconds a project that the worker spends on keeping the index and looking for its like."""
    from gongbu.mainline.likeness import index, services

    ids = [n + 1 for n in asked]
    started = time.perf_counter()
    index.refresh(ids)
    services.record_found(ids)
    return round((time.perf_counter() - started) * 1000 / len(ids), 2)


def main() -> None:
    """Run in the child."""
    from gongbu.config.cli import setup_django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongbu.config.settings")
    setup_django()
    sys.stdout.write(json.dumps(measure(int(sys.argv[1])), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
