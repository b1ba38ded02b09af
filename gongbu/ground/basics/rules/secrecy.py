"""涉密 refusal (GO-15): secret projects do not enter, are not imported and are not exported.

A hit keeps only the rule's name: the content that matched is neither stored nor logged nor put into a message.
保守国家秘密法 §14–15: a secret is marked 绝密, 机密 or 秘密, with ★ and the period of secrecy.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gongbu.ground.basics.findings import Basis, Finding, InvalidInput, Severity
from gongbu.ground.basics.rules.invisible import HIDING

BASIS = Basis("中华人民共和国保守国家秘密法（2024修订）", "第十四条、第三十一条")
OPEN_LEVELS = frozenset({"", "公开", "非涉密", "不涉密", "无", "否", "内部", "OPEN", "一般"})
# The value range of the type segment is not published in full; these are refused until somebody has looked.
SECRET_TYPES = frozenset({"51", "52", "53", "54", "55"})


@dataclass(frozen=True, slots=True)
class Pattern:
    """One refusal rule: its name and label are all that is kept of a hit."""

    name: str
    label: str
    expression: re.Pattern[str]


# 機密 and 机·密 are 机密: texts are read in the plain script, and marks put between the words of a level count for none.
_PLAIN = {ord(a): b for a, b in zip("機絕祕級軍國項涉", "机绝秘级军国项涉", strict=True)}
_GAP = r"[\s·•・‧.．_\-－—*＊]*"
_LEVEL = rf"(?:绝{_GAP}密|机{_GAP}密|秘{_GAP}密)"
_OPEN, _CLOSE = r"(?:^|[\s（(【\[《“\"—-])", r"(?:级|件|文件|工程|项目|$|[\s）)】\]》”\"])"
# 涉 leads and the words before it are looked at behind it: a literal at the front is found without trying each place.
_DENIALS = (
    "不", "非", "未", "无", "不属于", "不属", "不涉及", "不是", "是否", "不含", "不含有", "不包含", "不包括", "没有", "不存在", "剔除", "除",
)  # fmt: skip
# A heading that asks (涉密情况, 涉密等级) says nothing of a project; what stands under it does.
_ASKS = r"(?:情况|等级|级别|标识|属性|与否|审查)\s*[:：]?\s*$"
_DENIED = "".join(f"(?<!{word}涉)" for word in _DENIALS)
# The same before 国家秘密, and 保守国家秘密 (the name of the law): the words stand before 国.
_EXCUSES = (
    "不涉及", "不涉", "未涉及", "无", "非", "不属于", "不属", "不是", "不含", "不存在", "保守", "是否涉及", "是否属于",
)  # fmt: skip
_NOT_DENIED = "".join(f"(?<!{word}国)" for word in _EXCUSES)

# 不涉密, 非涉密 and 无涉密内容 say the opposite and pass; 秘密 alone is an ordinary word (商业秘密).
PATTERNS = (
    Pattern("declared_mark", "密级标志", re.compile(rf"{_LEVEL}\s*[★☆＊*]|[★☆]\s*{_LEVEL}")),
    Pattern("declared_level", "注明密级", re.compile(rf"密\s*级\s*[:：为是]?\s*{_LEVEL}")),
    Pattern("declared_level", "注明密级", re.compile(rf"定\s*密\s*[:：为是]?\s*{_LEVEL}")),
    Pattern(
        "state_secret",
        "国家秘密字样",
        re.compile(rf"国{_NOT_DENIED}家{_GAP}秘{_GAP}密(?!\s*(?:情况)?\s*[:：]?\s*[无否])"),
    ),
    Pattern(
        "declared_secret",
        "申报为涉密",
        re.compile(
            r"是否(?:属于|涉及|为|是|涉)?(?:国家秘)?密(?:项目|工程|信息|内容)?\s*[:：]\s*(?:[☑√✓■]\s*是|是(?!\s*[/／、|□☐]|\s*否)|涉密)"
        ),
    ),
    Pattern(
        "level_word",
        "绝密、机密、秘密字样",
        re.compile(
            rf"{_OPEN}{_LEVEL}{_CLOSE}|(?<![杜隔拒谢断])绝{_GAP}密|{_LEVEL}级"
            rf"|{_OPEN}机{_GAP}密(?![性码闭集度])"  # at the front of a name it marks it; 机密性 is a property
        ),
    ),
    Pattern("secret_project", "涉密字样", re.compile(rf"涉{_DENIED}\s*密(?!情况[:：]?无|[:：]?否|{_ASKS})")),
    Pattern(
        "inner_codename",
        "内部代号",
        re.compile(r"(?:内部|工程|保密)代[号码]\s*[:：为“\"]?\s*\w*\d|代号\s*[“\"]?[\dA-Z]{2,}"),
    ),
    Pattern(
        "military",
        "军事、国防、人防指挥工程",
        re.compile(
            r"军事(?:禁区|管理区|设施|基地|工程|要塞|重地|营区)|国防工程|军用(?:机场|码头|设施|基地)|人防指挥(?:所|中心|工程)"
        ),
    ),
)
# What each rule is called in a refusal. The content that met it is never said.
LABELS = {pattern.name: pattern.label for pattern in PATTERNS} | {"secret_type_code": "项目代码的涉密类型段"}

# Every pattern needs one of these words. Nearly all texts hold none, and are done with after a few plain searches.
NEEDLES = ("密", "军事", "军用", "軍", "国防工程", "國防工程", "人防指挥", "代号", "内部代码", "工程代码")


def may_meet_rule(text: str) -> bool:
    """Return whether a text without hiding characters could meet a pattern; False is certain, True is for the patterns to decide."""
    return any(needle in text for needle in NEEDLES)


def find_secret_rule(texts: Iterable[object]) -> str | None:
    """Return the name of the first rule that a text meets, or None. Nothing of the text is returned."""
    said = [text for text in texts if isinstance(text, str)]
    if HIDING.search(joined := "\n".join(said)):
        said = [HIDING.sub("", text) for text in said]
        joined = "\n".join(said)
    if not may_meet_rule(joined):
        return None
    for text in (text.translate(_PLAIN) for text in said):
        for pattern in PATTERNS:
            if pattern.expression.search(text):
                return pattern.name
    return None


def check_secrecy(
    values: Mapping[str, object],
    *,
    declared_level: str = "",
    code_type: str | None = None,
    secret_types: frozenset[str] = SECRET_TYPES,
) -> Finding | None:
    """Test a record at a door: declared level, project-code type, then every text in it.

    The finding carries the rule's name only, never a field name with its value.
    """
    rule = None
    if declared_level.strip() not in OPEN_LEVELS:
        rule = "declared_level"
    elif code_type is not None and code_type in secret_types:
        rule = "secret_type_code"
    else:
        rule = find_secret_rule(values.values())
    if rule is None:
        return None
    return Finding("secrecy.refused", {"rule": rule, "label": LABELS[rule]}, None, Severity.REJECT, BASIS)


def refuse_secret(*texts: object, declared_level: str = "", code_type: str | None = None) -> None:
    """Stop an act at the door (GO-15), as :func:`check_secrecy` finds.

    :raises InvalidInput: a secrecy rule is met; only the rule's name is kept
    """
    said = {str(place): text for place, text in enumerate(texts)}
    if finding := check_secrecy(said, declared_level=declared_level, code_type=code_type):
        raise InvalidInput([finding])
