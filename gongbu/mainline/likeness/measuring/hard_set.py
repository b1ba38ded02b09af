"""A seeded hard set: two lists of one invented county, with the true pairs and what was done to every row.

Every project is a handful of parts (place, proper name, object, action, marks). It is written once for each list, each
time in another way (renamed); beside it stand near neighbours that differ in exactly one part that matters. The words of
the development split and of the held-out split are disjoint, and the held-out split also uses ways of writing that the
development split never shows. All places, firms and people are invented.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import yaml

from gongbu.mainline.likeness.rules.comparing import Traits

DEVELOPMENT, HELD_OUT = "development", "held-out"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list: what is written, and which way it was made (``kind`` of rename or of near neighbour)."""

    traits: Traits
    kind: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """Two lists and the true pairs (row of the first → row of the second). ``family`` groups rows of one origin."""

    ours: list[Row]
    theirs: list[Row]
    pairs: dict[int, int]
    family_a: list[int]
    family_b: list[int]


# --- words -----------------------------------------------------------------------------------------------------------

_TABLES: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text("utf-8"))
_TAILS = ["工程", "项目", "建设项目", "工程项目", "建设工程"]


def words_of(split: str, key: str) -> list[str]:
    """Return the words of one kind that a split uses."""
    words: list[str] = _TABLES["words"][key][_key(split)]
    return words


def forms_of(split: str, key: str, table: str = "forms") -> list[str]:
    """Return the ways of writing one thing that a split uses; the held-out split has all of them."""
    known = _TABLES[table].get(key)
    if known is None:
        return [key]
    return [*known["development"], *(known["held_out"] if split == HELD_OUT else [])]


def _key(split: str) -> str:
    return "held_out" if split == HELD_OUT else "development"


# --- projects --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parts:
    """A project before it is written: the parts of its name and what stands in the other columns."""

    city: str
    county: str
    town: str = ""
    proper: str = ""
    ordinal: int = 0
    house: str = ""
    thing: str = ""
    action: str = ""
    phase: int = 0
    section: int = 0
    reach: str = ""
    year: int = 0
    amount: str = ""
    owner: str = ""
    firm: str = ""
    location: str = ""
    content: str = ""
    start: date | None = None
    shape: str = "house"


_NUMERALS = "零一二三四五六七八九十"
_REACHES = ("东段", "西段", "南段", "北段", "中段")


def invent(draw: Random, split: str, city: str, county: str) -> Parts:
    """Return one project of a county."""

    def one(key: str) -> str:
        return draw.choice(words_of(split, key))

    town = one("town")
    bare = town[:-2] if town.endswith("街道") else town[:-1]
    base = Parts(
        city,
        county,
        town=town,
        location=f"{county}{town}",
        start=date(draw.randint(2022, 2026), draw.randint(1, 12), 1),
    )
    kind = draw.randrange(14)
    if kind == 0:
        made = replace(
            base,
            house=draw.choice(("中心小学", "初级中学", "幼儿园")),
            thing=draw.choice(("教学楼", "宿舍楼", "运动场", "食堂")),
            action=draw.choice(("新建", "改扩建", "维修")),
            owner=f"{county}教育局",
        )
    elif kind == 1:
        made = replace(
            base,
            town="",
            ordinal=draw.randint(1, 9),
            house=draw.choice(("中学", "小学", "人民医院", "幼儿园")),
            thing=draw.choice(("综合楼", "运动场", "门诊楼", "教学楼")),
            action=draw.choice(("新建", "改造")),
            shape="numbered",
        )
    elif kind == 2:
        made = replace(
            base,
            house="卫生院",
            thing=draw.choice(("门诊楼", "住院楼", "综合楼")),
            action=draw.choice(("新建", "改造", "迁建")),
            owner=f"{town}人民政府",
        )
    elif kind == 3:
        made = replace(
            base,
            town="",
            proper=one("road"),
            thing="道路",
            action=draw.choice(("改造", "新建")),
            reach=draw.choice(("", *_REACHES)),
            shape="proper",
            owner=f"{county}住房和城乡建设局",
        )
    elif kind == 4:
        made = replace(
            base,
            proper=one("village"),
            thing=draw.choice(("道路硬化", "人居环境整治", "饮水安全巩固提升", "文化活动中心")),
            shape="proper",
            owner=f"{town}人民政府",
        )
    elif kind == 5:
        made = replace(
            base,
            town=draw.choice(("", town)),
            proper=one("river"),
            thing="河道治理",
            phase=draw.choice((0, 0, 1, 2)),
            reach=draw.choice(("", "", "上游段", "下游段")),
            shape="proper",
            owner=f"{county}水利局",
        )
    elif kind == 6:
        made = replace(base, proper=one("name"), thing="水库除险加固", shape="proper", owner=f"{county}水利局")
    elif kind == 7:
        made = replace(
            base,
            year=draw.randint(2021, 2026),
            thing="高标准农田",
            action="建设",
            section=draw.choice((0, 0, 1, 2)),
            shape="yearly",
            owner=f"{county}农业农村局",
        )
    elif kind == 8:
        made = replace(
            base,
            town="",
            proper=draw.choice(("城东", "城西", "城南", "城北", "县城", bare)),
            thing=draw.choice(("污水处理厂", "自来水厂", "供水管网", "雨污分流", "停车场", "垃圾中转站", "农贸市场")),
            action=draw.choice(("新建", "改造", "改扩建")),
            phase=draw.choice((0, 0, 1, 2)),
            shape="proper",
        )
    elif kind == 9:
        firm = one("firm")
        made = replace(
            base,
            town="",
            firm=f"{firm}{draw.choice(('新材料', '实业', '科技', '农业'))}有限公司",
            amount=f"年产{draw.choice((1, 2, 3, 5, 8, 10, 20))}万{draw.choice(('吨', '套'))}",
            thing=one("product"),
            phase=draw.choice((0, 0, 1)),
            shape="firm",
            location=f"{county}{one('park')}",
        )
        made = replace(made, owner=made.firm)
    elif kind == 10:
        made = replace(
            base,
            town="",
            proper=one("park"),
            thing=draw.choice(("标准厂房", "污水处理厂", "道路", "停车场")),
            action="建设",
            phase=draw.choice((0, 1, 2, 3)),
            shape="proper",
        )
    elif kind == 11:
        made = replace(
            base,
            town="",
            proper=one("community"),
            thing="老旧小区改造",
            year=draw.choice((0, 0, 2024, 2025)),
            shape="proper",
            owner=f"{county}住房和城乡建设局",
        )
    elif kind == 12:
        made = replace(
            base,
            proper=one("village"),
            amount=f"{draw.choice((10, 20, 30, 50, 100))}兆瓦",
            thing="光伏发电",
            shape="power",
        )
    else:
        made = replace(
            base,
            thing=draw.choice(("敬老院", "安置房", "文化活动中心", "农贸市场", "垃圾中转站")),
            action=draw.choice(("新建", "改扩建", "建设")),
            phase=draw.choice((0, 0, 1)),
            owner=f"{town}人民政府",
            shape="house",
        )
    return replace(made, content=_content(draw, made))


def _content(draw: Random, parts: Parts) -> str:
    facts = [
        f"总建筑面积{draw.randint(800, 30000)}平方米",
        f"道路全长{draw.randint(300, 9000)}米",
        f"红线宽{draw.choice((12, 18, 24, 30, 40))}米",
        f"敷设管网{draw.randint(2, 60)}公里",
        f"治理河长{draw.randint(2, 30)}公里",
        f"占地{draw.randint(5, 300)}亩",
        f"购置设备{draw.randint(10, 400)}台套",
        f"新增床位{draw.randint(50, 600)}张",
        f"配套建设绿化{draw.randint(500, 9000)}平方米",
        f"受益群众{draw.randint(300, 9000)}户",
    ]
    return "，".join(draw.sample(facts, 3)) + "。"


# --- writing ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Style:
    """How a project is written once."""

    has_city: bool = False
    has_county: bool = True
    has_town_suffix: bool = True
    thing_form: int = 0
    action_form: int = 0
    action_first: bool = False
    tail: str = "项目"
    numeral: str = "chinese"
    phase_in_brackets: bool = False
    short_house: bool = False
    adjective: str = ""
    reordered: bool = False
    extra: str = ""


def write(parts: Parts, style: Style, split: str) -> str:
    """Return the name of a project in a style."""
    county = (parts.city if style.has_city else "") + (parts.county if style.has_county else "")
    town = parts.town
    if not style.has_town_suffix and town and parts.house:
        town = town[:-2] if town.endswith("街道") else town[:-1]
    things = forms_of(split, parts.thing)
    thing = style.adjective + things[style.thing_form % len(things)]
    actions = forms_of(split, parts.action, "actions")
    action = actions[style.action_form % len(actions)]
    year = f"{parts.year}年" if parts.year else ""
    reach = parts.reach
    where = county + town
    if parts.shape == "numbered":
        house = f"第{_numeral(parts.ordinal, style)}{parts.house}"
        if style.short_house:
            house = f"{_numeral(parts.ordinal, style)}{ {'中学': '中', '小学': '小', '人民医院': '院', '幼儿园': '幼'}[parts.house] }"
        where, body = county, house + thing
    elif parts.shape == "firm":
        where, body = parts.firm, f"{parts.amount}{thing}"
    elif parts.shape == "power":
        body = f"{parts.proper}{parts.amount}{thing}"
    else:
        houses = forms_of(split, parts.house) if parts.house else [""]
        body = parts.proper + houses[style.thing_form % len(houses)] + thing
    if reach:
        body = parts.proper + reach + thing if not style.phase_in_brackets else f"{body}（{reach}）"
    marks = ""
    if parts.phase:
        marks += _ordered(parts.phase, "期", style)
    if parts.section:
        marks += _ordered(parts.section, "标段", style)
    if marks and style.phase_in_brackets:
        marks = f"（{marks}）"
    tail = style.tail if not action.endswith("建设") or style.tail not in ("建设项目", "建设工程") else style.tail[2:]
    core = f"{action}{body}" if style.action_first and action else f"{body}{action}"
    if style.reordered and parts.house:
        if parts.shape == "numbered":
            return f"{thing}{action}{tail}{marks}（{where}{house}）{style.extra}"
        return f"{thing}{action}{tail}{marks}（{where}{parts.house}）{style.extra}"
    return (
        f"{year}{where}{core}{tail}{marks}{style.extra}"
        if style.phase_in_brackets
        else f"{year}{where}{core}{marks}{tail}{style.extra}"
    )


def _numeral(number: int, style: Style) -> str:
    return _NUMERALS[number] if style.numeral == "chinese" else str(number)


def _ordered(number: int, counter: str, style: Style) -> str:
    if style.numeral == "roman":
        return "ⅠⅡⅢⅣⅤ"[number - 1] + counter
    return f"{'第' if counter == '标段' else ''}{_numeral(number, style)}{counter}"


# --- renames and near neighbours -------------------------------------------------------------------------------------

Rename = Callable[[Random, Parts, Style, str], tuple[Parts, Style]]


def _restyle(**changes: object) -> Rename:
    return lambda _draw, parts, style, _split: (parts, replace(style, **changes))  # type: ignore[arg-type]


RENAMES: dict[str, Rename] = {
    "通用词": lambda draw, parts, style, _s: (
        parts,
        replace(style, tail=draw.choice([t for t in _TAILS if t != style.tail])),
    ),
    "区划层级": lambda draw, parts, style, _s: (
        parts,
        replace(style, has_city=not style.has_city, has_county=draw.random() < 0.6),
    ),
    "动作同义": lambda draw, parts, style, _s: (
        parts,
        replace(style, action_form=style.action_form + draw.randint(1, 3), action_first=draw.random() < 0.3),
    ),
    "事物同义": lambda draw, parts, style, _s: (
        parts,
        replace(style, thing_form=style.thing_form + draw.randint(1, 3)),
    ),
    "数字写法": lambda draw, parts, style, _s: (parts, replace(style, numeral=draw.choice(("arabic", "roman")))),
    "简称": _restyle(short_house=True, has_town_suffix=False),
    "括号": _restyle(phase_in_brackets=True),
    "加修饰语": lambda draw, parts, style, split: (
        parts,
        replace(style, adjective=draw.choice(_TABLES["adjectives"][_key(split)])),
    ),
    "加附注": lambda draw, parts, style, _s: (
        parts,
        replace(style, extra=draw.choice(("（EPC）", "（含附属设施）", "（重大项目）", "及配套设施", "（第二次）"))),
    ),
    "语序": _restyle(reordered=True),
    "换业主": lambda draw, parts, style, split: (
        replace(parts, owner=f"{parts.county}{draw.choice(('城市建设投资', '交通建设', '水务', '产业发展'))}有限公司"),
        style,
    ),
    "企业更名": lambda draw, parts, style, _s: (_rename_firm(draw, parts), style),
}


def _rename_firm(draw: Random, parts: Parts) -> Parts:
    if not parts.firm:
        return parts
    stem = parts.firm[:2]
    firm = stem + draw.choice(("控股集团", "新能源", "（澜安）科技", "股份")) + "有限公司"
    return replace(parts, firm=firm, owner=firm)


def _other(draw: Random, options: Sequence[str], present: str) -> str:
    return draw.choice([o for o in options if o != present])


Neighbour = Callable[[Random, Parts, str], Parts | None]

NEIGHBOURS: dict[str, Neighbour] = {
    "他期": lambda draw, p, _s: (
        replace(p, phase=draw.choice([n for n in (1, 2, 3, 4) if n != p.phase])) if p.phase else None
    ),
    "他标段": lambda draw, p, _s: (
        replace(p, section=draw.choice([n for n in (1, 2, 3) if n != p.section])) if p.section else None
    ),
    "他路段": lambda draw, p, _s: (
        replace(p, reach=_other(draw, ("上游段", "下游段") if "游" in p.reach else _REACHES, p.reach))
        if p.reach
        else None
    ),
    "他年度": lambda draw, p, _s: replace(p, year=p.year + draw.choice((-1, 1))) if p.year else None,
    "他序号": lambda draw, p, _s: (
        replace(p, ordinal=draw.choice([n for n in range(1, 10) if n != p.ordinal])) if p.ordinal else None
    ),
    "他专名": lambda draw, p, s: _other_proper(draw, p, s),
    "他乡镇": lambda draw, p, s: (
        replace(p, town=(t := _other(draw, words_of(s, "town"), p.town)), location=f"{p.county}{t}") if p.town else None
    ),
    "他事物": lambda draw, p, s: _other_thing(draw, p),
    "他动作": lambda draw, p, _s: (
        replace(p, action={"新建": "维修", "改扩建": "维修", "维修": "新建"}[p.action])
        if p.action in ("新建", "改扩建", "维修") and p.house
        else None
    ),
    "他规模": lambda draw, p, _s: _other_amount(draw, p) if p.amount else None,
    "他企业": lambda draw, p, s: (
        replace(p, firm=(f := _other(draw, words_of(s, "firm"), p.firm[:2]) + p.firm[2:]), owner=f) if p.firm else None
    ),
    "整体与部分": lambda draw, p, _s: replace(p, thing="", action="迁建") if p.house and p.thing else None,
}
COLUMN_NEIGHBOURS: dict[str, Neighbour] = {
    "他县同名": lambda draw, p, s: (
        replace(p, county=_other(draw, words_of(s, "county"), p.county), location="") if not p.firm else None
    ),
}


def _other_proper(draw: Random, parts: Parts, split: str) -> Parts | None:
    for key in ("road", "village", "river", "name", "community", "park"):
        options = words_of(split, key)
        if parts.proper in options:
            return replace(parts, proper=_other(draw, options, parts.proper))
    sides = ("城东", "城西", "城南", "城北")
    return replace(parts, proper=_other(draw, sides, parts.proper)) if parts.proper in sides else None


def _other_thing(draw: Random, parts: Parts) -> Parts | None:
    options = _TABLES["other_things"].get(parts.thing)
    return replace(parts, thing=draw.choice(options)) if options else None


def _other_amount(draw: Random, parts: Parts) -> Parts:
    options = (
        [f"年产{n}万{parts.amount[-1]}" for n in (1, 2, 3, 5, 8, 10, 20)]
        if parts.firm
        else [f"{n}兆瓦" for n in (10, 20, 30, 50, 100)]
    )
    return replace(parts, amount=_other(draw, options, parts.amount))


# --- mistakes of the hand ---------------------------------------------------------------------------------------------


def mistype(draw: Random, name: str, kind: str, sounds: Callable[[str], Sequence[str]]) -> str:
    """Return the name with one slip of the hand: 同音字, 漏字, 多字 or 颠倒."""
    places = [
        i for i, c in enumerate(name) if "\u4e00" <= c <= "\u9fff" and c not in _NUMERALS + "东西南北中上下第期标段年"
    ]
    draw.shuffle(places)
    for i in places:
        if kind == "同音字":
            options = [c for c in sounds(name[i]) if c != name[i] and c not in _NUMERALS + "东西南北中上下"]
            if options:
                return name[:i] + draw.choice(options) + name[i + 1 :]
        elif kind == "漏字" and i > 3:
            return name[:i] + name[i + 1 :]
        elif kind == "多字":
            return name[:i] + name[i] + name[i:]
        elif kind == "颠倒" and i + 1 < len(name) and i + 1 in places and name[i] != name[i + 1]:
            return name[:i] + name[i + 1] + name[i] + name[i + 2 :]
    return name


SLIPS = ("同音字", "漏字", "多字", "颠倒")


# --- sheets ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Lists:
    ours: list[tuple[Row, int, int]] = field(default_factory=list)
    theirs: list[tuple[Row, int, int]] = field(default_factory=list)


def make_sheet(
    seed: int, split: str, *, families: int = 40, with_columns: bool = True, sounds: Callable[[str], Sequence[str]]
) -> Sheet:
    """Return two lists made from a seed. ``sounds(character)`` gives characters that sound the same."""
    draw = Random(f"{split}:{seed}")  # noqa: S311 — made to be repeated
    county, city = draw.choice(words_of(split, "county")), draw.choice(words_of(split, "city"))
    lists, names_a, names_b, identity = _Lists(), set[str](), set[str](), 0
    seen: set[Parts] = set()
    for family in range(families):
        parts = invent(draw, split, city, county)
        members: list[tuple[str, Parts]] = [("", parts)]
        options = NEIGHBOURS | (COLUMN_NEIGHBOURS if with_columns else {})
        for kind in draw.sample(sorted(options), len(options)):
            if len(members) < 1 + draw.randint(1, 3) and (made := options[kind](draw, parts, split)) is not None:
                content = parts.content if draw.random() < 0.4 else _content(draw, made)  # copied from the neighbour
                members.append((kind, replace(made, content=content)))
        for kind, member in members:
            key = replace(member, content="", start=None, owner="", location="", action="")
            if key in seen and kind != "他动作":
                continue
            seen.add(key)
            identity += 1
            side = draw.choices(("both", "ours", "theirs"), (0.5, 0.25, 0.25) if kind else (0.8, 0.1, 0.1))[0]
            style = Style(has_county=draw.random() < 0.7, tail=draw.choice(_TAILS), thing_form=draw.randint(0, 1))
            if side in ("both", "ours"):
                name = write(member, style, split)
                if name in names_a:
                    continue
                names_a.add(name)
                lists.ours.append((_row(draw, member, name, kind or "原项目", with_columns), identity, family))
            if side in ("both", "theirs"):
                renamed, how = _rename(draw, member, style, split, sounds)
                name, told = renamed
                if name in names_b:
                    if side == "both":
                        lists.ours.pop()
                    continue
                names_b.add(name)
                label = f"{kind}·{how}" if kind and side == "both" else kind or how
                lists.theirs.append((_row(draw, told, name, label, with_columns), identity, family))
    draw.shuffle(lists.ours)
    draw.shuffle(lists.theirs)
    places = {identity: b for b, (_, identity, _f) in enumerate(lists.theirs)}
    pairs = {a: places[identity] for a, (_, identity, _f) in enumerate(lists.ours) if identity in places}
    return Sheet(
        [r for r, _, _ in lists.ours],
        [r for r, _, _ in lists.theirs],
        pairs,
        [f for _, _, f in lists.ours],
        [f for _, _, f in lists.theirs],
    )


def _rename(
    draw: Random, parts: Parts, style: Style, split: str, sounds: Callable[[str], Sequence[str]]
) -> tuple[tuple[str, Parts], str]:
    """Write a project again in one to three other ways, sometimes with a slip of the hand; tell the first way that shows."""
    before, how = write(parts, style, split), ""
    told = parts
    for kind in draw.sample(sorted(RENAMES), len(RENAMES))[: draw.choices((0, 1, 2, 3), (1, 5, 4, 2))[0] * 2]:
        changed, new_style = RENAMES[kind](draw, told, style, split)
        if write(changed, new_style, split) != write(told, style, split) or changed.owner != told.owner:
            told, style = changed, new_style
            how = how or kind
    name = write(told, style, split)
    if draw.random() < 0.12:
        slip = draw.choice(SLIPS)
        mistyped = mistype(draw, name, slip, sounds)
        how = slip if mistyped != name else how
        name = mistyped
    return (name, told), how or ("未改" if name == before else "通用词")


def _row(draw: Random, parts: Parts, name: str, kind: str, with_columns: bool) -> Row:
    if not with_columns:
        return Row(Traits(name), kind)
    return Row(
        Traits(
            name,
            owner=parts.owner if draw.random() < 0.8 else "",
            location=parts.location if draw.random() < 0.6 else "",
            region=parts.county,
            content=parts.content if draw.random() < 0.5 else "",
            start=parts.start if draw.random() < 0.5 else None,
        ),
        kind,
    )
