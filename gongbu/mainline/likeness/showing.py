"""How likeness is shown: tones, percents, the basis of the limits."""

from typing import Any

from gongbu.ground.policy import queries as policies
from gongbu.mainline.likeness import limits
from gongbu.mainline.likeness.choices import FoundRelation, Verdict
from gongbu.mainline.likeness.messages import say
from gongbu.mainline.likeness.models import Pair
from gongbu.mainline.likeness.services import load

RELATION_TONES = {"SAME": "bad", "OTHER_PHASE": "warn", "OTHER_SECTION": "warn", "SIMILAR": "plain"}
RELATION_LABELS = dict(FoundRelation.choices)
STATE_TONES = {"OPEN": "warn", "STATED": "wait", "DECIDED": "good", "CLOSED": "off"}
VERDICT_LABELS = dict(Verdict.choices)
REPORT_TONES = {"SAME_TEMPLATE": "warn", "COPIED": "bad", "NOT_COPIED": "good"}


def percent(score: Any) -> str:
    """Return a score as people read it. Rounded down, so that 99.6 % does not look like the same words."""
    return f"{int(float(score) * 100)}%"


def reasons(pair: Pair) -> list[str]:
    """Return the evidence of a pair in words."""
    return [say(evidence) for evidence in load(pair.evidence)]


def basis_of(stated: limits.Stated) -> dict[str, Any]:
    """Return the 依据 of the two limits of names."""
    return {
        "value": f"相似度达到 {percent(stated.same_at.value)} 提示为疑似同一项目，达到 {percent(stated.shown_at.value)} 列为名称相近",
        "rule": "名称拆成地点、事物、性质、期次、标段、区段、年度、编号逐项比较，并参考区划、地点、建设单位、建设内容和总投资；只作提示，由人认定",
        "clause": str(stated.same_at.basis),
        "dates": f"{stated.same_at.ref.effective_from.isoformat()} 起施行",
        "pack": policies.pack_words(stated.same_at.ref.pack, stated.same_at.ref.version),
        "check": policies.check_of(stated.same_at.confidence.value),
        "note": "准确程度的测量见 docs/likeness.md。",
    }


def basis_of_reports(wanted: limits.ReportLimits) -> dict[str, Any]:
    """Return the 依据 of the limits of reports."""
    share = wanted.stated[0]
    return {
        "value": f"相同文字占比达到 {percent(wanted.share)} 列为待认定；连续相同 {wanted.least} 字算一处",
        "rule": f"逐字比对（标点、空格不计，个别字句改动仍算）；见于 {wanted.common_in} 个以上项目材料的文字视为通用表述，不计入占比；"
        f"通用表述占到 {percent(wanted.template_share)} 的，提示使用同一模板。只作提示，由人认定",
        "clause": str(share.basis),
        "dates": f"{share.ref.effective_from.isoformat()} 起施行",
        "pack": policies.pack_words(share.ref.pack, share.ref.version),
        "check": policies.check_of(share.confidence.value),
        "note": "扫描件没有文字，不能比对。",
    }
