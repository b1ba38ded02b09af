"""Read single cells: amounts, dates, codes, words. Pure; what is read never hides what was written.

Every reader returns a :class:`Reading`: a value (None when nothing can be known) and what was found on the way.
Amounts are whole 分 with the half unit of the last stated place, so that sums reconcile within what was published.
Nothing that changes meaning is repaired: it is a finding, and the raw cell stays beside the value.
"""

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from gongbu.ground.basics.findings import Finding, Severity
from gongbu.ground.basics.rules.amounts import UNITS_FEN

Cell = str | int | float | bool | date | datetime | timedelta | None

_UNIT_ALTERNATIVES = "|".join(sorted(UNITS_FEN, key=len, reverse=True))
_NOT_STATED = frozenset({"/", "\\", "-", "--", "---", "—", "——", "－", "–", "无", "待定", "未定", "暂无", "不详", "未报", "…",
                         "n/a", "na", "null", "none", "nan", "暂未确定", "另行确定"})  # fmt: skip
_MASK = re.compile(r"\*{1,}|×{2,}|[█■]+|[（(](?:略|屏蔽)[)）]")
_APPROXIMATE = r"(?:约为?|大约|近|将近|超过?|逾|不超过|不足|概算|估算|总投资|人民币|￥|¥|共计?|计)*"
_AMOUNT = re.compile(
    rf"(?P<lead>{_APPROXIMATE})(?P<sign>[-+]?)(?P<open>\()?(?P<digits>\d[\d,]*(?:\.\d+)?|\.\d+)(?P<e>[eE][-+]?\d{{1,2}})?(?P<close>\))?"
    rf"(?P<unit>{_UNIT_ALTERNATIVES})?(?:人民币|整|左右|以上|上下|多|余)*(?P<tail>{_UNIT_ALTERNATIVES})?"
)
# 1 200 000: blanks between thousands, as GB/T 15835 has them. Every other blank between figures parts two numbers.
_BLANK_GROUPS = re.compile(r"(?<![\d.,])\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+(?![\d])")
_BLANK_OUTSIDE = re.compile(r"\s+(?![\d.,])|(?<![\d.,])\s+")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_EXPONENT_IN_TEXT = re.compile(r"\d(?:\.\d+)?[eE]\+\d{2,}")
_CUT_OFF = re.compile(r"[1-9]\d{14}0{3,}")  # a spreadsheet keeps 15 digits; a CSV saved from it shows noughts after
_ONE_FEN = Decimal(1)
_EXCEL_EPOCH = date(1899, 12, 30)
_CHINESE_DIGITS = {c: str(i) for i, c in enumerate("〇一二三四五六七八九")} | {
    "零": "0",
    "○": "0",
    "Ｏ": "0",
    "两": "2",
}
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")


class Reading(NamedTuple):
    """What a cell says: ``value`` (None: nothing known) and the findings made while reading it."""

    value: Any
    findings: tuple[Finding, ...] = ()


NOTHING = Reading(None)


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount as published. ``half_fen`` is half of the last stated place: 8.2亿元 means ±0.05亿元.

    ``is_approximate``: the text says 约, 近, 左右 … ``unit`` is the unit used (万元), ``raw`` the text as written.
    """

    fen: int
    raw: str
    half_fen: int
    unit: str
    is_approximate: bool = False

    @property
    def precision_fen(self) -> int:
        """One unit of the last stated place."""
        return max(1, self.half_fen * 2)

    @property
    def text(self) -> str:
        """The amount as written, with its unit: 2960 under 万元 is 2960万元, 8.2亿元 stays as it is."""
        return with_unit(self.raw, self.unit)


@dataclass(frozen=True, slots=True)
class StatedDate:
    """A date as stated. ``on`` is its first day; ``precision`` is DAY, MONTH or YEAR; ``raw`` the text as written."""

    on: date
    precision: str
    raw: str

    @property
    def last_on(self) -> date:
        """The last day that the stated precision allows."""
        if self.precision == "YEAR":
            return date(self.on.year, 12, 31)
        if self.precision == "MONTH":
            return date(self.on.year, self.on.month, monthrange(self.on.year, self.on.month)[1])
        return self.on


def with_unit(raw: str, unit: str) -> str:
    """Return an amount as written followed by its unit, unless the writing has one of its own."""
    return raw if any(char in raw for char in "元圆亿万角分") else f"{raw}{unit}"


def is_blank(cell: Cell) -> bool:
    """Return whether a cell holds nothing that a person would see."""
    return cell is None or (isinstance(cell, str) and not cell.strip(" \t\r\n\u3000\xa0\u200b\ufeff"))


def show(cell: Cell) -> str:
    """Return the cell as a person reads it: 2960.0 is 2960, dates are ISO, blank is the empty text."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return format_number(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if not (cell.hour or cell.minute or cell.second) else cell.isoformat(" ")
    return str(cell)


def format_number(number: float | int) -> str:
    """Return a spreadsheet number in 15 significant digits without exponent (0.30000000000000004 is 0.3)."""
    if isinstance(number, int):
        return str(number)
    if number != number or number in (float("inf"), float("-inf")):
        return ""
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    text = f"{number:.15g}"
    return format(Decimal(text), "f") if "e" in text else text


@lru_cache(maxsize=8_192)
def fold(text: str) -> str:
    """Return text for matching: NFKC (full-width digits and letters become plain), no blanks, lower case."""
    return re.sub(r"\s+", "", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))).lower()


def unstated(cell: Cell, key: str) -> Reading | None:
    """Return the reading of a cell that says nothing: blank, 待定, —, or masked by its publisher; else None."""
    if cell is None:
        return NOTHING
    if not isinstance(cell, str):
        return None
    text = cell.strip(" \t\r\n\u3000\xa0\u200b\ufeff")
    if not text:
        return NOTHING
    if text.lower() in _NOT_STATED:
        return Reading(None, (Finding("import.not_stated", {"found": text}, key, Severity.NOTE),))
    if text[0] in "*×█■（(" and not _MASK.sub("", text).strip("-—/. "):
        return Reading(None, (Finding("import.masked", {"found": text}, key),))
    return None


# --- amounts ---------------------------------------------------------------------------------------------------


def read_amount(cell: Cell, key: str, unit: str = "", *, may_be_negative: bool = False) -> Reading:
    """Read an amount. A unit in the cell wins over ``unit`` (of the header or the table); the difference is noted.

    ``unit`` empty and none in the cell: the value cannot be known and is a finding, not a guess.
    Reading.value is an :class:`Amount` or None.
    """
    if (nothing := unstated(cell, key)) is not None:
        return nothing
    if isinstance(cell, bool) or isinstance(cell, (date, timedelta)):
        return _no(key, "import.amount_unreadable", cell)
    if isinstance(cell, (int, float)):
        raw = format_number(cell)
        if not raw:
            return _no(key, "import.amount_unreadable", cell)
        return _amount(raw, raw, unit, key, may_be_negative, (), is_approximate=False)
    assert isinstance(cell, str)  # what `unstated` and the branches above leave
    text = unicodedata.normalize("NFKC", cell.strip())
    closed = _BLANK_GROUPS.sub(lambda group: re.sub(r"\s", "", group[0]), text)
    text = _BLANK_OUTSIDE.sub("", closed).replace("−", "-").replace("–", "-")
    matched = _AMOUNT.fullmatch(text)
    if matched and (bool(matched["open"]) != bool(matched["close"]) or (matched["unit"] and matched["tail"])):
        return _no(key, "import.amount_unreadable", cell)  # one bracket of two; two units, as in 万亿元
    if not matched:
        chinese = _read_chinese_number(text)
        if chinese is None:
            return _no(key, "import.amount_unreadable", cell)
        approximate = text[0] in "约近"
        findings = (_approximate(cell, key),) if approximate else ()
        return _amount(
            chinese[0], cell.strip(), chinese[1] or unit, key, may_be_negative, findings, is_approximate=approximate
        )
    digits = matched["digits"]
    if "," in digits and not _GROUPED.fullmatch(digits):
        return _no(key, "import.amount_grouping", cell)
    stated = matched["unit"] or matched["tail"] or ""
    findings = ()
    if closed != unicodedata.normalize("NFKC", cell.strip()):
        findings = (Finding("import.amount_blank_inside", {"found": cell.strip(), "read": digits}, key),)
    if stated and unit and UNITS_FEN[stated] != UNITS_FEN[unit]:
        findings = (
            *findings,
            Finding("import.unit_mixed", {"found": cell.strip(), "header": unit}, key, Severity.NOTE),
        )
    number = matched["sign"] + digits.replace(",", "")
    if matched["open"]:  # an accountant's (1,234) is negative
        number = "-" + number.lstrip("+-")
    if matched["e"]:
        number = format(Decimal(number + matched["e"]), "f")
    approximate = bool(re.search(r"约|近|超|逾|不足|左右|上下|以上|多|余", text))
    if approximate:
        findings = (*findings, _approximate(cell, key))
    return _amount(number, cell.strip(), stated or unit, key, may_be_negative, findings, is_approximate=approximate)


def _approximate(cell: str, key: str) -> Finding:
    return Finding("import.amount_approximate", {"found": cell.strip()}, key, Severity.NOTE)


def _amount(
    number: str, raw: str, unit: str, key: str, may_be_negative: bool, findings: tuple[Finding, ...], *,
    is_approximate: bool,
) -> Reading:  # fmt: skip
    if not unit:
        return Reading(None, (*findings, Finding("import.unit_unknown", {"found": raw}, key)))
    value = Decimal(number)
    if abs(value) >= Decimal(10) ** 15:
        return _no(key, "import.amount_too_long", raw)
    scale = UNITS_FEN[unit]
    places = -int(value.as_tuple().exponent) if "." in number else 0
    exact = value * scale
    fen = int(exact.quantize(_ONE_FEN, ROUND_HALF_EVEN))
    half = max(0, int(Decimal(scale) / (2 * Decimal(10) ** places)))
    if fen != exact:
        findings = (*findings, Finding("import.amount_below_fen", {"found": with_unit(raw, unit)}, key, Severity.NOTE))
    if fen < 0 and not may_be_negative:
        return Reading(
            None, (*findings, Finding("import.amount_negative", {"found": with_unit(raw, unit)}, key, Severity.REJECT))
        )
    return Reading(Amount(fen, raw, half, unit, is_approximate), findings)


_CHINESE_NUMBER = re.compile(
    r"[约近]?(?P<n>[〇零一二三四五六七八九十百千两壹贰叁肆伍陆柒捌玖拾佰仟点]+)(?P<u>亿元|亿|万元|万|元|圆)整?"
)
_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟两零圆", "一二三四五六七八九十百千二〇元")


def _read_chinese_number(text: str) -> tuple[str, str] | None:
    """Return (digits, unit) of a plain Chinese number such as 八亿元 or 三千二百万元; None when it is anything else."""
    matched = _CHINESE_NUMBER.fullmatch(text)
    if not matched:
        return None
    total = current = 0
    digits = matched["n"].translate(_FORMAL)
    whole, point, fraction = digits.partition("点")
    for char in whole:
        if char in "十百千":
            total += (current or 1) * {"十": 10, "百": 100, "千": 1000}[char]
            current = 0
        elif current and not total:
            current = current * 10 + int(_CHINESE_DIGITS[char])  # 二三 is 23 in loose writing
        else:
            current = int(_CHINESE_DIGITS[char])
    number = str(total + current)
    if point:
        if not fraction or any(c not in _CHINESE_DIGITS for c in fraction):
            return None
        number += "." + "".join(_CHINESE_DIGITS[c] for c in fraction)
    return number, matched["u"].replace("圆", "元")


# --- dates -----------------------------------------------------------------------------------------------------

_Y = r"(?P<y>\d{4})"
_DATE_FORMS = tuple(
    re.compile(form)
    for form in (
        _Y + r"[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?(?:[T ]?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?",
        _Y + r"[-/.年](?P<m>\d{1,2})月?(?:份|上旬|中旬|下旬|初|底|末)?",
        _Y + r"(?P<m>\d{2})(?P<d>\d{2})",
        _Y + r"年?(?:度|初|底|末|上半年|下半年|第?[一二三四1-4]季度)?",
    )
)
FIRST_YEAR, LAST_YEAR = 1949, 2100
FIRST_SERIAL, LAST_SERIAL = (date(FIRST_YEAR, 1, 1) - _EXCEL_EPOCH).days, (date(LAST_YEAR, 12, 31) - _EXCEL_EPOCH).days


def read_date(cell: Cell, key: str) -> Reading:
    """Read a date as stated: 2026-03-04, 2026.5, 2026年3月, 2010, 二〇二六年三月四日, or a spreadsheet serial.

    Reading.value is a :class:`StatedDate` or None. An impossible date (2026-13-01) is a rejecting finding.
    """
    if (nothing := unstated(cell, key)) is not None:
        return nothing
    if isinstance(cell, datetime):
        return _stated(cell.year, cell.month, cell.day, show(cell), key, ())
    if isinstance(cell, date):
        return _stated(cell.year, cell.month, cell.day, show(cell), key, ())
    if isinstance(cell, bool) or isinstance(cell, timedelta):
        return _no(key, "import.date_unreadable", cell)
    if isinstance(cell, (int, float)):
        return _read_numeric_date(cell, key)
    assert isinstance(cell, str)  # what `unstated` and the branches above leave
    return _read_written_date(cell, key)


def _read_written_date(cell: str, key: str) -> Reading:
    text = re.sub(r"\s*([-/.年月])\s*", r"\1", unicodedata.normalize("NFKC", cell).strip())
    text = re.sub(r"^(?:约|预计|计划|拟于?)|[前后]$", "", text)
    if re.match(r"[〇零○一二三四五六七八九Ｏ]{4}年", text):
        text = _plain_date(text)
    for form in _DATE_FORMS:
        if matched := form.fullmatch(text):
            parts = matched.groupdict()
            month, day = parts.get("m"), parts.get("d")
            coarser = not month and not re.fullmatch(r"\d{4}年?度?", text)
            data = {"found": cell.strip(), "year": parts["y"]}
            noted = (Finding("import.date_coarser", data, key, Severity.NOTE),) if coarser else ()
            return _stated(
                int(parts["y"]), int(month) if month else None, int(day) if day else None, cell.strip(), key, noted
            )
    if _is_written_serial(text):
        return _read_serial(int(text), text, key)
    return _no(key, "import.date_unreadable", cell)


def _is_written_serial(text: str) -> bool:
    """Return whether a text is the day count that a spreadsheet leaves when a date column is made text (44927).

    Only days of plausible years; 20263 may as well be a year with its month and is not guessed.
    """
    if not re.fullmatch(r"\d{5}", text):
        return False
    is_year_and_month = FIRST_YEAR <= int(text[:4]) <= LAST_YEAR and text[4] != "0"
    return FIRST_SERIAL <= int(text) <= LAST_SERIAL and not is_year_and_month


def _read_serial(days: int, raw: str, key: str) -> Reading:
    on = _EXCEL_EPOCH + timedelta(days=days)
    note = Finding("import.date_serial", {"found": raw, "read": on.isoformat()}, key, Severity.NOTE)
    return _stated(on.year, on.month, on.day, raw, key, (note,))


def _read_numeric_date(cell: int | float, key: str) -> Reading:
    """A number in a date column: a year, 2026.5, 20260304, or a serial day count of the 1900 system."""
    text = format_number(cell)
    if re.fullmatch(r"\d{4}", text) and FIRST_YEAR <= int(text) <= LAST_YEAR:
        return _stated(int(text), None, None, text, key, ())
    if matched := re.fullmatch(r"(\d{4})\.(\d{1,2})", text):
        findings: tuple[Finding, ...] = ()
        if matched[2] == "1":  # a number cannot tell 2026.1 from 2026.10
            findings = (Finding("import.date_month_ambiguous", {"found": text}, key),)
        return _stated(int(matched[1]), int(matched[2]), None, text, key, findings)
    if re.fullmatch(r"\d{8}", text):
        return _stated(int(text[:4]), int(text[4:6]), int(text[6:]), text, key, ())
    if re.fullmatch(r"\d{6}", text) and FIRST_YEAR <= int(text[:4]) <= LAST_YEAR and 1 <= int(text[4:]) <= 12:
        return _stated(int(text[:4]), int(text[4:]), None, text, key, ())
    if 10_000 <= cell < 80_000:
        return _read_serial(int(cell), text, key)
    return _no(key, "import.date_unreadable", cell)


def _stated(
    year: int, month: int | None, day: int | None, raw: str, key: str, findings: tuple[Finding, ...]
) -> Reading:
    try:
        on = date(year, month if month is not None else 1, day if day is not None else 1)
    except ValueError:
        return Reading(None, (*findings, Finding("import.date_impossible", {"found": raw}, key, Severity.REJECT)))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        findings = (*findings, Finding("import.date_implausible", {"found": raw}, key))
    precision = "YEAR" if month is None else "MONTH" if day is None else "DAY"
    return Reading(StatedDate(on, precision, raw), findings)


def _plain_date(text: str) -> str:
    """二〇二六年三月十二日 → 2026年3月12日."""

    def number(match: re.Match[str]) -> str:
        word = match[0]
        if "十" not in word:
            return "".join(_CHINESE_DIGITS.get(c, c) for c in word)
        tens, _, ones = word.partition("十")
        return str((int(_CHINESE_DIGITS[tens]) if tens else 1) * 10 + (int(_CHINESE_DIGITS[ones]) if ones else 0))

    return re.sub(r"[〇零○一二三四五六七八九十Ｏ]+", number, text)


# --- words and codes -------------------------------------------------------------------------------------------


def read_text(cell: Cell, key: str) -> Reading:
    """Read a text. Blanks at both ends go; characters that cannot be seen go with a note; all else stays as written."""
    if cell is None:
        return NOTHING
    if not isinstance(cell, str):
        return Reading(show(cell))
    text = cell.strip(" \t\r\n\u3000\xa0\ufeff")
    if not text:
        return NOTHING
    if text.isascii():
        return Reading(text)
    if _INVISIBLE.search(text):
        text = _INVISIBLE.sub("", text)
        return Reading(text or None, (Finding("import.invisible_characters", {}, key, Severity.NOTE),))
    if "\ufffd" in text:
        return Reading(text, (Finding("import.broken_characters", {"found": text[:40]}, key),))
    return Reading(text)


def read_name(cell: Cell, key: str) -> Reading:
    """Read a name: as :func:`read_text`; a name masked by its publisher is kept and flagged, variants are named.

    A number or date where a name belongs is unreadable: the columns have slipped.
    """
    if cell is not None and not isinstance(cell, str):
        return _no(key, "import.name_is_number", cell)
    value, findings = read_text(cell, key)
    if value is None:
        return Reading(None, findings)
    if value.lower() in _NOT_STATED:
        return Reading(None, findings)
    if "*" in value or _MASK.search(value):
        if not re.sub(r"[\W_]", "", _MASK.sub("", value)):
            return Reading(None, (*findings, Finding("import.masked", {"found": value}, key)))
        findings = (*findings, Finding("import.name_masked", {"found": value}, key))
    if "\n" in value or "\r" in value:
        value = re.sub(r"\s*[\r\n]+\s*", "", value)
        findings = (*findings, Finding("import.line_break_removed", {}, key, Severity.NOTE))
    if variants := traditional_characters(value):
        findings = (*findings, Finding("import.traditional_characters", {"found": "".join(variants)}, key))
    return Reading(value, findings)


def traditional_characters(text: str) -> list[str]:
    """Return the traditional characters (繁体字) in ``text``: those with another, simplified, form in daily use."""
    return sorted(set(text) & _TRADITIONAL) if not text.isascii() else []


_TRADITIONAL: frozenset[str] = frozenset(
    "國學實驗東區車馬鳥魚門問間開關聞閩陽陰際險隊陳時書會長張場廠廣廳總縣鎮鄉個這進選還過遠運達違連遲適遺邊"
    "設計試話語說請讀課調論證識護議記許訂討訓評詞詳誤諾謀謝講謹譯變讓豐貝負財責貨貸費資賓賞賠賢賣質購貫貯貴買賀賴贈贊"
    "處產業義為與專業發鐵錢銀銅錄鋼錯鍋鎖鎢鏈鐘鑒針釘鈴鉛號實現環電動勞務劃則剛創劑劇勝勢協單衛廟龍龜齊齒"
    "結構給統經綠維網線練組細終紹絕絡繼續緣編縮織繪約級紅紀納紐純紙紛紋紡緊緒總縱繼纖"
    "樓橋樹樣機權標棟極樞櫃檔檢樂歡歷歸殘氣漢溝漁滬濟濱灣潔濕潛澤濾灘淺淨減滅湯滄溫"
    "頭題額顧顏願類顯風飛飯飲飾館騎騙驅驗驚體麗麥黃點黨齡優傳債傷億儀價儲兩內凍刪劉勵勸華葉萬蓋藝藥蘇蘭處虛虧蟲補製複見規視覽觀覺觸"
    "獎獨獲獻獵瑪畝畢異當疊癢瘋盜盡監盤眾礎礦確碼禮種積穩窮竊競筆築簡簽籌糧聯聲職聽肅腦腳脫臉臨舉舊艦艙蕩薦補裝裡褲"
    "趙趕躍軌軍軟轉輪輛輝輸轄辦農遞遷郵鄧鄭鄰釋隨雜離難雲霧靈靜韋韓響頁頂項順須預領頻養驛鮮鴻鵬麼黴齋壩壓壯報墻壞壽夾奪奮妝婦媽孫寧審寫寬寶對導將層屬歲島峽崗嶺幣帥師帳帶幫幹幾庫應廢彈強彎從復徹憑憲懷戰戲戶拋換揚損搖搶擁擇擊擔據擬擴擺攔攝敗敵數斷於暫曆曉"
)  # fmt: skip


def read_code_text(cell: Cell, key: str) -> Reading:
    """Read an identifier as text. A number of more than 15 digits was ruined by the spreadsheet: said, not guessed."""
    if isinstance(cell, float) and abs(cell) >= 1e15:
        return Reading(None, (Finding("import.code_ruined", {"found": f"{cell:.6g}"}, key),))
    if isinstance(cell, str) and _CUT_OFF.fullmatch(cell.strip()):
        return Reading(None, (Finding("import.code_cut_off", {"found": cell.strip()}, key),))
    if isinstance(cell, str) and _EXPONENT_IN_TEXT.fullmatch(cell.strip()):
        return Reading(None, (Finding("import.code_ruined", {"found": cell.strip()}, key),))
    return read_text(cell, key)


_YES = frozenset({"是", "有", "y", "yes", "true", "1", "√", "✓", "☑", "对", "已", "需要"})
_NO = frozenset({"否", "无", "n", "no", "false", "0", "×", "✗", "x", "没有", "未", "不需要"})


def read_bool(cell: Cell, key: str) -> Reading:
    """Read yes or no: 是/否, 有/无, √/×, 1/0. Anything else is a finding; blank is None (not known)."""
    if isinstance(cell, bool):
        return Reading(cell)
    word = fold(show(cell))
    if not word:
        return NOTHING
    if word in _YES:
        return Reading(True)
    if word in _NO:
        return Reading(False)
    if word in _NOT_STATED:
        return Reading(None, (Finding("import.not_stated", {"found": word}, key, Severity.NOTE),))
    return Reading(None, (Finding("import.yes_or_no", {"found": show(cell)}, key),))


def read_integer(cell: Cell, key: str) -> Reading:
    """Read a whole number (a year, a count); a trailing 年, 个, 项, 号 is allowed."""
    if (nothing := unstated(cell, key)) is not None:
        return nothing
    text = re.sub(r"[年个项号期级,]+$", "", fold(show(cell)))
    if re.fullmatch(r"-?\d{1,12}", text):
        return Reading(int(text))
    return Reading(None, (Finding("import.number_unreadable", {"found": show(cell)}, key),))


def read_choice(cell: Cell, key: str, choices: dict[str, str]) -> Reading:
    """Read one word of a closed list. ``choices`` maps every accepted word, folded, to its code."""
    word = fold(show(cell))
    if not word:
        return NOTHING
    if word in choices:
        return Reading(choices[word])
    if word in _NOT_STATED:
        return Reading(None, (Finding("import.not_stated", {"found": word}, key, Severity.NOTE),))
    return Reading(None, (Finding("import.choice_unknown", {"found": show(cell)[:40]}, key),))


def _no(key: str, code: str, cell: Cell) -> Reading:
    return Reading(None, (Finding(code, {"found": show(cell)[:60]}, key, Severity.REJECT),))
