"""A project's name taken apart: place, object, action, phase, section, reach, year, numbers.

What is left after the marks are taken is the core; two names are compared by their cores and by each kind of mark.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from gongbu.mainline.likeness.rules import wording

# How much one character of a place counts, by level: names of one county's list leave the upper levels out at will.
PLACE_WEIGHT = {"n": 0.05, "c": 0.1, "x": 0.35, "t": 0.8, "v": 1.0}
"""Tags of place characters: n province, c city, x county or zone, t town, v village; f is a firm's name, o the rest."""
LIGHT_WEIGHT, FIRM_WEIGHT, FIRM_NAME_WEIGHT, SUFFIX_WEIGHT = 0.3, 0.2, 0.5, 0.1
MOST_CHARACTERS = 120
"""Characters of a core that are compared; names on file have at most 200 in all."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in parts. ``core`` with one weight and one tag per character; marks as sets, empty when not stated.

    ``plain`` is the whole name in one spelling; equal plain names are the same words. ``detail`` is what stood in
    brackets or behind a dash and is no mark. ``ends`` are the two ends of a stretch of road or river.
    """

    text: str
    plain: str
    core: str
    weights: tuple[float, ...]
    tags: str
    actions: frozenset[str]
    phases: frozenset[str]
    sections: frozenset[str]
    reaches: frozenset[str]
    ends: frozenset[str]
    years: frozenset[str]
    amounts: frozenset[tuple[str, float]]
    codes: frozenset[str]
    detail: str
    whole: "Whole | None"
    """The core with the detail before it, for a name such as 教学楼（实验小学）; None without detail."""

    @property
    def firm(self) -> str:
        """The name of the firm at the front, "" when there is none."""
        return "".join(c for c, tag in zip(self.core, self.tags, strict=True) if tag == "f")

    @property
    def places(self) -> dict[str, str]:
        """The place characters by level."""
        found: dict[str, str] = {}
        for character, tag, weight in zip(self.core, self.tags, self.weights, strict=True):
            if weight == PLACE_WEIGHT.get(tag):
                found[tag] = found.get(tag, "") + character
        return found


Whole = tuple[str, tuple[float, ...], str]


@lru_cache(maxsize=20_000)
def parse(text: str) -> Name:
    """Take a name apart. Never fails: a name that says nothing keeps its own words as core."""
    normal = wording.normalise(text)
    marks = _Marks()
    rest = _fold_numerals(_take_marks(_take_ends(normal, marks), marks))
    main, detail = _split_detail(rest)
    folded = wording.fold_objects(main)
    acted, actions = wording.take_actions(folded)
    core, weights, tags = _weigh(wording.drop_empty(acted))
    if not core:
        # 改造工程, G107国道改造, （罗家溪）: whatever words there are
        left = ("".join(sorted(marks.codes)), wording.fold_objects(detail), folded, normal)
        core = next((bare for words in left if (bare := words.translate(_NO_SEPARATORS))), normal)
        weights, tags = (1.0,) * len(core), "o" * len(core)
    return Name(
        text=text,
        plain=normal.translate(_NO_BRACKETS),
        core=core[:MOST_CHARACTERS],
        weights=weights[:MOST_CHARACTERS],
        tags=tags[:MOST_CHARACTERS],
        actions=actions,
        phases=frozenset(marks.phases),
        sections=frozenset(marks.sections),
        reaches=frozenset(marks.reaches),
        ends=frozenset(marks.ends),
        years=frozenset(marks.years),
        amounts=frozenset(marks.amounts),
        codes=frozenset(marks.codes),
        detail=_fold_detail(detail),
        whole=_whole(detail, main) if detail.strip() else None,
    )


def _whole(detail: str, main: str) -> Whole:
    """Return core, weights and tags of the name with its detail in front."""
    text = wording.take_actions(wording.fold_objects(f"{detail} {main}"))[0]
    core, weights, tags = _weigh(wording.drop_empty(text))
    return core[:MOST_CHARACTERS], weights[:MOST_CHARACTERS], tags[:MOST_CHARACTERS]


def grams_of(name: Name) -> frozenset[str]:
    """Return the pairs of neighbouring characters by which a name is looked up; what says little is left out.

    A core of one telling character gives that character.
    """
    core, weights = (name.whole or (name.core, name.weights))[:2]
    telling = "".join(c for c, w in zip(core, weights, strict=True) if w > LIGHT_WEIGHT)
    if len(telling) < 2:
        telling = core
    return frozenset(telling[i : i + 2] for i in range(len(telling) - 1)) or frozenset([telling])


# --- marks -----------------------------------------------------------------------------------------------------------


class _Marks:
    """What was taken out of a name so far."""

    def __init__(self) -> None:
        self.phases: set[str] = set()
        self.sections: set[str] = set()
        self.reaches: set[str] = set()
        self.ends: set[str] = set()
        self.years: set[str] = set()
        self.amounts: set[tuple[str, float]] = set()
        self.codes: set[str] = set()


_N = r"(?:\d+|[零〇一二两三四五六七八九十百]+|(?<![a-z])(?:viii|vii|vi|iv|ix|iii|ii|i|v|x)(?![a-z]))"
_MANY = rf"{_N}(?:(?: |和|及|与|-|至|~)+{_N})*"
_YEAR = re.compile(
    r"((?:19|20)\d\d)(?:-|至|到)((?:19|20)\d\d)年?度?|((?:19|20)\d\d)年度?|\(((?:19|20)\d\d)\)|^((?:19|20)\d\d)(?=\D)"
    r"|([二][零〇][一二三][零〇一二三四五六七八九])年度?|(十[二三四五六]五)(?:时?期|规划)?"
)
_PHASE = re.compile(
    rf"第?({_MANY})(?:阶段|期)(?!间|限|货|刊)|(首)[期批]|第({_N})批次?|({_N})批次?(?=项目|工程|建设|\)|$)"
    r"|(近|中|远|后)期(?=工程|项目|建设|\)|$)"
)
_SECTION = re.compile(
    rf"第?(?:({_N})|([a-z]{{0,4}}-?\d{{1,3}}|[a-z]|[甲乙丙丁]))号?(?:标段|标包|合同段|包件|标(?![准识志本杆兵示底的]))"
    rf"|(?:标段|标包|合同段|包件)号?(?:({_N})|([a-z]{{0,4}}-?\d{{1,3}}|[a-z]|[甲乙丙丁]))(?![期年米万亩公千k])"
)
_STAKE = re.compile(r"k\d+\+\d+(?:\.\d+)?(?:(?:-|至|到)k\d+\+\d+(?:\.\d+)?)?")
_REACH = re.compile(
    r"([东西南北中上下左右前后内外]{1,2})(延伸段|延伸线|延长线|延线|延伸|延|路段|区段|半段|段|干线|支线|线|片区|组团|片|院区|校区|厂区|库区|区"
    r"|侧|岸|半幅|幅|翼|干渠|支渠|地块|(?<=[上中下])游段?)(?![镇乡村街门山湖城]|道(?!路)|路(?![面灯基])|河(?!道|段))"
    rf"|第?({_N})(段|地块|组团|片区)(?!路)|(?<![a-z0-9])([a-z]\d{{0,2}})(段|区|地块|组团|片区|座|栋|幢)"
)
_REACH_KIND = {
    "延伸段": "延", "延伸线": "延", "延长线": "延", "延线": "延", "延伸": "延", "路段": "段", "区段": "段", "半段": "段", "片区": "片",
    "区": "片", "组团": "片", "干线": "线", "半幅": "幅", "游段": "游",
}  # fmt: skip
_ROAD = re.compile(
    r"(国道|省道|县道|乡道|国省干线)([gsxy]?)(\d{2,4})线?|(?<![a-z])([gsxyc])(\d{2,4})(?![\d.])(国道|省道|县道|高速|线)?|(\d{2,4})(国道|省道|县道)"
)
_ROAD_LETTER = {"国道": "g", "省道": "s", "县道": "x", "乡道": "y", "国省干线": "g"}
_UNITS = {
    "吨/日": "吨", "吨/天": "吨", "立方米/日": "立方米", "m3/d": "立方米", "m3/日": "立方米", "吨": "吨", "亩": "亩", "平方米": "平方米", "m2": "平方米",
    "平米": "平方米", "公里": "公里", "千米": "公里", "km": "公里", "米": "米", "mm": "毫米", "毫米": "毫米", "英寸": "英寸", "寸": "英寸", "兆瓦": "兆瓦",
    "mwp": "兆瓦", "mwh": "兆瓦时", "mw": "兆瓦", "吉瓦": "吉瓦", "gwh": "吉瓦时", "gw": "吉瓦", "千瓦": "千瓦", "kw": "千瓦", "千伏": "千伏", "kv": "千伏",
    "张床位": "床", "张": "张", "床": "床", "套": "套", "辆": "辆", "台套": "台", "台": "台", "头": "头", "只": "只", "羽": "羽", "户": "户", "座": "座",
    "间": "间", "方": "立方米", "立方米": "立方米", "m3": "立方米", "m": "米", "公顷": "公顷", "班": "班", "片": "片", "件": "件", "支": "支", "株": "株",
}  # fmt: skip
_AMOUNT = re.compile(
    rf"(\d+(?:\.\d+)?)(亿|千万|百万|十万|万|千|百)?({'|'.join(sorted(map(re.escape, _UNITS), key=len, reverse=True))})(?<![a-z](?=[a-z0-9]))"
    r"|([一二三四五六七八九十]+)(亿|万|千)(吨|亩|立方米|平方米|千瓦|套|头|只|羽|辆|台|户|株)"
)
_TIMES = {"": 1, "百": 100, "千": 1e3, "万": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7, "亿": 1e8}
_NUMBERED = re.compile(
    rf"({_N})(?:号|#)(线|楼|幢|栋|桥|院|地块|地|渠|泵站|井|仓|厂房|车间|路|机组|门|隧洞|隧道|站)?楼?"
)
_CODE = re.compile(r"(?<![a-z0-9])(?:[a-z]+-?\d+[a-z0-9]*|\d+[a-z]+[a-z0-9]*)(?![a-z0-9])")


def _take_marks(text: str, marks: _Marks) -> str:
    """Move the marks out of a normal text into ``marks``; each leaves a blank."""
    text = _YEAR.sub(lambda m: _note_year(m, marks), text)
    text = _STAKE.sub(lambda m: _note(marks.reaches, m.group()), text)
    text = _SECTION.sub(lambda m: _note(marks.sections, _ordinal(next(g for g in m.groups() if g))), text)
    text = _PHASE.sub(lambda m: _note_phase(m, marks), text)
    text = _ROAD.sub(lambda m: _note_road(m, marks), text)
    text = _AMOUNT.sub(lambda m: _note_amount(m, marks), text)
    text = _NUMBERED.sub(lambda m: _note_numbered(m, marks), text)
    text = _REACH.sub(lambda m: _note_reach(m, marks), text)
    text = _CODE.sub(lambda m: _note(marks.codes, m.group().replace("-", "")), text)
    return text


_END = r"[^ ()-]{1,11}?[\u4e00-\u9fff]"
_ENDS = re.compile(rf"\(({_END})(?:-|至|到)({_END})(?:段|区间)?\)")


def _take_ends(text: str, marks: _Marks) -> str:
    """Move the two ends of a stretch, written in brackets, into ``marks``."""

    def take(found: re.Match[str]) -> str:
        if re.search("[期标年]", found.group()):
            return found.group()
        marks.ends.update(re.sub("^(?:[东西南北]?起|[自从于]|[东西南北]?至)", "", end) for end in found.groups())
        return " "

    return _ENDS.sub(take, text)


def _note(into: set[str], value: str, instead: str = " ") -> str:
    into.add(value)
    return instead


def _ordinal(text: str) -> str:
    number = wording.read_numeral(text)
    if number is not None:
        return str(number)
    matched = re.fullmatch(r"([a-z]*)-?0*(\d+)", text)
    return f"{matched[1]}{matched[2]}" if matched else text


def _note_year(found: re.Match[str], marks: _Marks) -> str:
    first, last, *single, chinese, plan = found.groups()
    if plan:
        marks.years.add(plan)
    elif chinese:
        marks.years.add(str(wording.read_numeral(chinese)))
    elif first and last:
        marks.years.update(str(year) for year in range(int(first), min(int(last), int(first) + 10) + 1))
    else:
        marks.years.add(next(year for year in single if year))
    return " "


def _note_phase(found: re.Match[str], marks: _Marks) -> str:
    numbered, first, batch, batch_bare, far = found.groups()
    if numbered:
        marks.phases.update(_spread(numbered))
    elif first:
        marks.phases.add("1")
    elif far:
        marks.phases.add(far)
    else:
        marks.phases.add("批" + _ordinal(batch or batch_bare))
    return " "


def _spread(text: str) -> Iterator[str]:
    """Yield the numbers of "1", "一、二" and "一至三"."""
    parts = re.split(r"( |和|及|与|-|至|~)+", text)
    numbers = [n for part in parts if part and (n := wording.read_numeral(part)) is not None]
    if len(numbers) == 2 and re.search(r"[-至~]", text) and numbers[0] < numbers[1] <= numbers[0] + 20:
        numbers = list(range(numbers[0], numbers[1] + 1))
    yield from map(str, numbers)


def _note_road(found: re.Match[str], marks: _Marks) -> str:
    word, letter, number, letter_first, number_first, _kind, number_word, word_last = found.groups()
    if word:
        code = (letter or _ROAD_LETTER[word]) + number
    elif letter_first:
        code = letter_first + number_first
    else:
        code = _ROAD_LETTER[word_last] + number_word
    return _note(marks.codes, code)


def _note_amount(found: re.Match[str], marks: _Marks) -> str:
    number, times, unit, chinese, chinese_times, chinese_unit = found.groups()
    if number:
        marks.amounts.add((_UNITS[unit], round(float(number) * _TIMES[times or ""], 6)))
    else:
        marks.amounts.add((chinese_unit, (wording.read_numeral(chinese) or 0) * _TIMES[chinese_times]))
    return " "


def _note_numbered(found: re.Match[str], marks: _Marks) -> str:
    thing = {"幢": "楼", "栋": "楼"}.get(found[2] or "", found[2] or "")
    return _note(marks.codes, f"{_ordinal(found[1])}号{thing}", f" {thing} ")


def _note_reach(found: re.Match[str], marks: _Marks) -> str:
    side, kind, number, number_kind, letter, letter_kind = found.groups()
    if side:
        marks.reaches.add(side + _REACH_KIND.get(kind, kind))
    elif number:
        marks.reaches.add(_REACH_KIND.get(number_kind, number_kind) + _ordinal(number))
    else:
        marks.reaches.add(_REACH_KIND.get(letter_kind, letter_kind) + letter)
    return " "


_CHINESE_RUN = re.compile(r"[一二三四五六七八九十]+")


def _fold_numerals(text: str) -> str:
    """Write the Chinese numerals that are left as digits: 第二小学 and 第2小学 are one."""
    return _CHINESE_RUN.sub(lambda m: str(n) if (n := wording.read_numeral(m.group())) is not None else m.group(), text)


# --- detail ----------------------------------------------------------------------------------------------------------

_BRACKETED = re.compile(r"\(([^()]*)\)?")


def _split_detail(text: str) -> tuple[str, str]:
    """Return the name itself and what stands in brackets or behind a double dash."""
    details = [m.group(1) for m in _BRACKETED.finditer(text)]
    main = _BRACKETED.sub(" ", text).replace(")", " ")
    head, dash, tail = main.partition("——")
    if dash and len(head.replace(" ", "")) >= 4:
        main, details = head, [tail, *details]
    if not main.replace(" ", ""):
        return " ".join(details), ""
    return main.replace("——", " "), " ".join(d.replace("——", " ") for d in details)


_NO_BRACKETS = str.maketrans("", "", " ()")
_NO_SEPARATORS = str.maketrans("", "", " ()-")


def _fold_detail(detail: str) -> str:
    if not detail:
        return ""
    return wording.drop_empty(wording.take_actions(wording.fold_objects(detail))[0]).translate(_NO_SEPARATORS)


# --- places ----------------------------------------------------------------------------------------------------------

_H = "[\u4e00-\u9fff\ue000-\uf8ff]"
# Level by level from the front. A suffix is refused when what stands before or behind makes it another word.
_LEVELS = (
    ("n", re.compile(rf"({_H}{{2,7}}?)(特别行政区|自治区|省)(?![道级属])")),
    ("c", re.compile(rf"({_H}{{2,7}}?)(自治州|地区|盟|市)(?![政场民容域区属级直])")),
    ("x", re.compile(rf"({_H}{{1,9}}?)(自治县|自治旗|林区|新区|高新区|经开区|县|区|旗)(?![级域块间段位])")),
    ("t", re.compile(rf"({_H}{{1,6}}?)(民族乡|苏木|镇|乡|街道(?:办事处|办)?)(?![村镇区域路改提整综硬亮绿两街道])")),
    ("v", re.compile(rf"({_H}{{1,6}}?)(社区|嘎查|村)(?![民庄级镇容组服卫医养中])")),
)
_NOT_A_STEM = {
    "n": re.compile("国|高|全"),
    "c": re.compile("^(?:城|都|超|夜|集|全|本|我|农贸|批发)$|城$|[区县镇乡村路街道]"),
    "x": re.compile(
        "^(?:小|园|景|片|社|库|灌|校|厂|院|城|老|山|林|牧|各|全|本|我|辖|保税|自贸|核心|度假|示范|旧|新)$"
        "|小$|园$|景$|片$|社$|库$|灌$|校$|厂$|院$|城$|工业|产业|集聚|旅游|度假|示范|生活|商业|商务|物流|住宅|棚户|矿|湿地|保护|流域|办公|核心"
        "|道路|公路|河|水库|[镇乡村]"
    ),
    "t": re.compile(
        "^(?:乡|城|县|县乡|小城|各|集|古|重|建制|全|本|新|村|美丽|特色小|中心)$|城$|农村|小城|特色|重点|中心|老旧|道路|[村路]"
    ),
    "v": re.compile(
        "^(?:农|乡|城中|行政|自然|新农|移民新|贫困|中心|各|全|美丽乡|示范|城边|空心)$|农$|美丽|示范|城中|整$|传统|[路]"
    ),
}


def _weigh(text: str) -> tuple[str, tuple[float, ...], str]:
    """Return core, weights and tags of a text whose blanks stand where something was taken out."""
    text = wording.fold_numbers(text)
    weights = [1.0] * len(text)
    for start, end in wording.find_light_words(text):
        weights[start:end] = [LIGHT_WEIGHT] * (end - start)
    for start, end in wording.find_firm_words(text):
        weights[start:end] = [FIRM_WEIGHT] * (end - start)
    for repeated in "河路":  # 沙河河道, 人民路道路: the second time it only says what the first has said
        first = text.find(repeated)
        for i in range(first + 1, len(text)):
            if text[i] == repeated and first >= 0:
                weights[i] = min(weights[i], LIGHT_WEIGHT)
    tags = ["o"] * len(text)
    if firm := wording.find_firm_name(text):
        weights[:firm] = [min(w, FIRM_NAME_WEIGHT) for w in weights[:firm]]
        tags[:firm] = ["f"] * firm
    for tag, start, end, suffix_end in _find_places(text) if not firm else ():
        weights[start:suffix_end] = [PLACE_WEIGHT[tag]] * (end - start) + [SUFFIX_WEIGHT / 2] * (suffix_end - end)
        tags[start:suffix_end] = [tag] * (suffix_end - start)
    kept = [i for i, c in enumerate(text) if c not in " ()-"]
    return "".join(text[i] for i in kept), tuple(weights[i] for i in kept), "".join(tags[i] for i in kept)


def _find_places(text: str) -> Iterator[tuple[str, int, int, int]]:
    """Yield (tag, start, end of stem, end of suffix) of the administrative places at the front of a name."""
    at = 0
    for tag, pattern in _LEVELS:
        while at < len(text) and text[at] == " ":
            at += 1
        matched = pattern.match(text, at)
        if matched is None or _NOT_A_STEM[tag].search(matched[1]):
            continue
        yield tag, at, matched.end(1), matched.end()
        at = matched.end()
