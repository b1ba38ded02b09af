"""Chinese wording of likeness: reasons, relations, refusals, findings of an import."""

from gongbu.ground.basics import messages
from gongbu.ground.basics.findings import Finding
from gongbu.mainline.likeness.rules.comparing import Evidence, Relation

RELATIONS = {
    Relation.SAME: "疑似同一项目", Relation.OTHER_PHASE: "疑似同一工程的其他期", Relation.OTHER_SECTION: "疑似同一工程的其他标段或区段",
    Relation.SIMILAR: "名称相近", Relation.UNRELATED: "不相近",
}  # fmt: skip

REASONS = {
    "likeness.same_name": "名称相同（书写形式不同的不计）",
    "likeness.same_core": "去掉“工程、项目、新建”等通用词并统一同义词后，名称一致",
    "likeness.reordered": "用词相同，词序不同",
    "likeness.typing": "疑似笔误：“{one}”与“{other}”",
    "likeness.short_form": "疑似简称：“{one}”与“{other}”",
    "likeness.contrast": "“{one}”与“{other}”相对，指两处",
    "likeness.contrast_one_sided": "只有一方写明“{either}”",
    "likeness.other_words": "用词不同：“{one}”与“{other}”",
    "likeness.other_head": "只有一方名称以“{either}”结尾",
    "likeness.more_words": "只有一方写有“{either}”",
    "likeness.place_differs": "地点不同：“{one}”与“{other}”",
    "likeness.place_finer": "只有一方写到“{either}”",
    "likeness.firm_renamed": "疑似企业更名：“{one}”与“{other}”",
    "likeness.firm_differs": "企业不同：“{one}”与“{other}”",
    "likeness.action_differs": "建设性质不同：{one}与{other}",
    "likeness.detail_differs": "括号内的说明不同：“{one}”与“{other}”",
    "likeness.detail_one_sided": "只有一方在括号内注明“{either}”",
    "likeness.phase_differs": "期次不同：“{one}”与“{other}”",
    "likeness.phase_one_sided": "只有一方写明期次“{either}”",
    "likeness.first_phase_one_sided": "只有一方写明“一期”，另一方可能是整个工程，也可能就是一期，不能只凭名称确定",
    "likeness.year_differs": "年度不同：“{one}”与“{other}”",
    "likeness.year_one_sided": "只有一方写明年度“{either}”",
    "likeness.section_differs": "标段不同：“{one}”与“{other}”",
    "likeness.section_one_sided": "只有一方写明标段“{either}”",
    "likeness.reach_differs": "区段或方位不同：“{one}”与“{other}”",
    "likeness.reach_one_sided": "只有一方写明区段“{either}”",
    "likeness.ends_differ": "起讫点不同：“{one}”与“{other}”",
    "likeness.number_differs": "编号不同：“{one}”与“{other}”",
    "likeness.number_one_sided": "只有一方写明编号“{either}”",
    "likeness.amount_differs": "规模不同：“{one}”与“{other}”",
    "likeness.region_differs": "区划不同：“{one}”与“{other}”",
    "likeness.location_differs": "建设地点不同：“{one}”与“{other}”",
    "likeness.location_agrees": "建设地点一致：“{one}”",
    "likeness.owner_agrees": "建设单位一致：“{one}”",
    "likeness.owner_differs": "建设单位不同：“{one}”与“{other}”",
    "likeness.start_apart": "计划开工相隔较远：{one} 年与 {other} 年",
    "likeness.content_agrees": "建设内容相同部分占 {one}",
    "likeness.content_differs": "建设内容没有相同之处",
    "likeness.total_agrees": "总投资相同",
}


def say(evidence: Evidence) -> str:
    """Return one reason in words."""
    messages.register(REASONS)
    either = evidence.one or evidence.other
    return messages.word(Finding(evidence.code, {"one": evidence.one, "other": evidence.other, "either": either}))


KIND_LABELS = {
    "likeness.decided": "认定相似项目",
    "likeness.confirmed": "确认相似项目说明",
    "likeness.report_decided": "认定雷同材料",
}

MESSAGES = {
    "likeness.itself": "不能把一个项目与它自己相比。",
    "likeness.not_found": "没有这一对相似项目，或者不在您的查看范围内。",
    "likeness.verdict_unknown": "请选择：同一项目、其他期、其他标段或区段、不同项目。",
    "likeness.reason_missing": "认定为不同项目的，请写明理由，例如建设地点、内容有何不同。",
    "likeness.said_already": "已经这样认定过（{verdict}），没有变化。",
    "likeness.decided_already": "{by}已认定为“{verdict}”，不能再改为说明；确有不同情况的，请联系发改部门重新认定。",
    "likeness.nothing_to_confirm": "没有待确认的说明（现状：{state}）。",
    "likeness.changed": "{by}刚刚作了认定（{verdict}），请看过后再办理。",
    "likeness.undecided": "有 {count} 个相似项目尚未说明：{names}。请在名称下方逐一选择；确是同一项目的，请打开已有档案，不要重复申报。",
    "likeness.is_same": "您已选择与“{name}”是同一项目，请到已有档案中办理，不要重复建档。",
    "likeness.report_not_found": "没有这一对雷同材料，或者其中一份不在您的查看范围内。",
    "likeness.report_verdict_unknown": "请选择：同一模板、照搬照抄、不构成雷同。",
    "likeness.report_reason_missing": "请写明理由，例如哪些段落照搬、通用表述出自何处。",
    "likeness.report_said_already": "已经这样认定过（{verdict}），没有变化。",
    "likeness.report_closed": "两份材料之一已撤回或更换，现已不再雷同，无需认定。",
    "likeness.region_unknown": "没有代码为 {code} 的区划。",
    "likeness.import_similar": "与已有项目“{name}”疑似同一项目（相似度 {score}）：{why}。接收后请在“相似项目”中认定。",
    "likeness.import_other_part": "与已有项目“{name}”{relation}（相似度 {score}）：{why}。确是另一期或另一段的照常接收，不是的请核对名称。",
    "likeness.import_similar_hidden": "与不在您查看范围内的一个已有项目疑似同一项目（相似度 {score}），接收后由发改部门核对。",
    "likeness.import_similar_row": "与第 {row} 行“{name}”疑似同一项目（相似度 {score}）：{why}。",
}
