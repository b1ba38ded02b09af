"""Measures and words of the 公文 layout (GB/T 9704-2012): number, day, title lines, size of the 版头. Pure."""

import itertools
import math
import re
from dataclasses import dataclass
from datetime import date

# 版心 156 × 225 mm: 22 lines of 28 characters (§5.2.1, §6). Widths in points (1 mm = 72/25.4 pt).
BODY_WIDTH_PT = 156 * 72 / 25.4
LETTER_WIDTH_PT = 170 * 72 / 25.4
TITLE_PT = 22
# 发文机关标志: at most 22 mm high (§7.2.3 asks for a striking size); narrowed rather than shrunk, as seals and heads are.
MARK_PT = 58.0
LETTER_MARK_PT = 46.0
NARROWEST = 0.62

_TITLE_CHARS = 19.8  # 二号 characters in 156 mm
# Words that a line of a title should not cut in two; the longer ones first.
_KEPT = (
    "人民政府", "发展和改革", "项目单位", "重大项目", "项目清单", "储备项目", "前期工作", "联席会议", "专题会议", "领导小组",
    "年度", "清单", "项目", "通知", "公示", "公告", "通告", "意见", "方案", "办法", "决定", "纪要", "批复", "报告", "请示",
    "建设", "工程", "管理", "工作", "会议", "计划", "实施", "发展", "改革", "推进", "储备", "投资", "审批", "补正", "印发",
    "关于", "退回", "规划", "资金", "责任", "单位", "结果", "公布", "调整", "有关", "问题", "情况", "要求", "进一步",
    "全县", "全市", "推动", "健全", "完善", "机制", "领导", "包抓", "产业", "招商", "资产", "评审", "事项", "材料", "通报",
)  # fmt: skip
_FORWARDING = ("转发", "批转", "印发")
_NEVER_FIRST = frozenset("的地得了和与及或、，。；：！？）〕》”’％%年月日号项件")
_NEVER_LAST = frozenset("（〔《“‘和与及或第")
_RUN = re.compile(r"[0-9A-Za-z.,\-—]+")
_DIGITS = "〇一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Mark:
    """The red 发文机关标志: text, size in points, and how far it is narrowed (1 = not at all)."""

    text: str
    size_pt: float
    squeeze: float


def document_number(mark: str, year: int, number: int | None) -> str:
    """Return 发文字号 as printed: 机关代字, the year in 六角括号, the number without 第 and without zeros (§7.2.5).

    Without a number (a draft) its place stays blank.
    """
    return f"{mark}〔{year}〕{number if number is not None else '　　'}号"


def day_words(day: date) -> str:
    """Return 成文日期 in Arabic numerals, month and day without zeros (§7.3.5.4)."""
    return f"{day.year}年{day.month}月{day.day}日"


def count_words(number: int) -> str:
    """Return a number from 1 to 99 as 一, 十, 二十一.

    :raises ValueError: another number
    """
    if not 1 <= number <= 99:
        raise ValueError(number)
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else _DIGITS[tens]) + ("十" if tens else "") + (_DIGITS[ones] if ones else "")


def width_of(text: str) -> float:
    """Return the width in characters: CJK counts one, Latin letters and digits a little over a half."""
    return sum(0.56 if ord(char) < 0x2E80 and char not in "—…“”‘’" else 1.0 for char in text)


def fit_mark(text: str, *, width_pt: float = BODY_WIDTH_PT, height_pt: float = MARK_PT) -> Mark:
    """Return the 版头 fitted to one line: narrowed down to 62 %, then made smaller."""
    chars = max(width_of(text), 1.0)
    squeeze = min(1.0, width_pt / (chars * height_pt))
    if squeeze < NARROWEST:
        squeeze, height_pt = NARROWEST, width_pt / (chars * NARROWEST)
    return Mark(text, round(height_pt, 2), round(squeeze, 4))


def split_title(title: str, limit: float = _TITLE_CHARS) -> tuple[str, ...]:
    """Return a title in as few lines as fit, of like length, without cutting a word in two (§7.3.1: 词意完整).

    A line break written into the title stays; a title that begins with the issuer breaks before 关于.
    """
    parts = [part for part in title.split("\n") if part]
    if len(parts) > 1:
        return tuple(line for part in parts for line in split_title(part, limit))
    if width_of(title) <= limit:
        return (title,)
    if (at := title.find("关于")) > 3 and not title.startswith(_FORWARDING):  # 发文机关名称自成一行
        return (*split_title(title[:at], limit), *split_title(title[at:], limit))
    places = _breaks(title)
    least = math.ceil(width_of(title) / limit)
    # One line more than needed costs less than cutting a word in two.
    found = [
        (cost + 30 * extra, lines)
        for extra in (0, 1)
        for cost, lines in [_best(title, places, least + extra, limit)]
        if lines
    ]
    if found:
        return min(found)[1]
    step = int(limit)
    return tuple(title[start : start + step] for start in range(0, len(title), step))


def _breaks(title: str) -> dict[int, float]:
    """Return places where a line may end, with the cost of ending it there."""
    inside: set[int] = set()
    for run in _RUN.finditer(title):
        inside.update(range(run.start() + 1, run.end()))
    for word in _KEPT:
        start = title.find(word)
        while start >= 0:
            inside.update(range(start + 1, start + len(word)))
            start = title.find(word, start + 1)
    costs, depth = {}, 0
    for place in range(1, len(title)):
        before, after = title[place - 1], title[place]
        depth += (before == "《") - (before == "》")
        if after in _NEVER_FIRST or before in _NEVER_LAST:
            continue
        cost = 0.0 if before in "的、，和" else 6.0
        costs[place] = cost + (80.0 if place in inside else 0.0) + (25.0 if depth > 0 else 0.0)
    return costs


def _best(title: str, places: dict[int, float], count: int, limit: float) -> tuple[float, tuple[str, ...]]:
    """Return cost and lines of the cheapest division into ``count`` lines that fit; no lines if there is none."""
    ideal = width_of(title) / count
    best: dict[tuple[int, int], tuple[float, tuple[int, ...]]] = {(0, 0): (0.0, ())}
    ends = [*sorted(places), len(title)]
    for line in range(1, count + 1):
        for end in ends:
            for start in [0, *sorted(places)]:
                known = best.get((line - 1, start))
                if known is None or start >= end:
                    continue
                width = width_of(title[start:end])
                if width > limit or (end == len(title)) != (line == count):
                    continue
                cost = known[0] + (width - ideal) ** 2 + places.get(end, 0.0)
                if (line, end) not in best or cost < best[line, end][0]:
                    best[line, end] = (cost, (*known[1], end))
    found = best.get((count, len(title)))
    if found is None:
        return 0.0, ()
    return found[0], tuple(title[a:b] for a, b in itertools.pairwise((0, *found[1])))
