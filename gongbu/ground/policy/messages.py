"""Chinese wording of policy refusals."""

MESSAGES = {
    "policy.unknown_key": "当前适用的制度包中没有 {key}。请核对键名，或先由有权机关采用相应制度包。",
    "policy.no_value": "{key} 在 {on} {why}，没有可用的值。请核对适用日期。",
    "policy.for_whom": "“{label}”（{key}）在 {on} 因对象而异（{kinds} 另有规定），请说明适用对象。",
    "policy.wrong_fact": "字段 {key}（{label}）的值 {raw} 不对，应为{expected}。",
    "policy.columns": "各列的行数不同（{sizes}），无法批量判定。",
    "policy.table_too_large": "决策表 {key} 展开后有 {boxes} 种组合，超过 {limit}。请拆成两张表。",
    "policy.pack_missing": "没有制度包“{pack}”。可用的有：{known}。",
    "policy.pack_level": "“{pack}”由{levels}采用，{region}为{level}，不能采用。请改选适用于{level}的制度包。",
    "policy.pack_subject": "“{pack}”不涉及{subject}（它涉及：{subjects}）。请改选事项或制度包。",
    "policy.pack_twice": "同一个制度包选了两次，请删去一个。",
    "policy.subject_unknown": "没有事项“{subject}”。可选：{known}。",
    "policy.nothing_to_end": "{region}此前没有采用过{subject}的制度包，无须停止采用。",
    "policy.adopted_already": "{region}的{subject}已有自 {on} 起的采用记录。请改用另一日期；记录有误的，自更正之日另行采用。",
    "policy.unordered_keys": "“{one}”与“{other}”都规定了 {keys}，却没有先后次序。请在同一事项下排出先后，或由其中一个包声明高于另一个。",
    "policy.order_cycle": "制度包的先后次序互相矛盾：{packs}。请重新排列。",
    "policy.loosens_law": "“{pack}”把{label}（{key}）定为 {local}（{local_basis}），放宽了法定{direction} {superior}（{superior_basis}）。"
    "地方只能从严，或在法定授权内另定；请更正该制度包后再采用。",
    "policy.region_missing": "没有这个区划，或不在您的管辖范围内。",
    "policy.decision_missing": "没有这条判定记录，或不在您的管辖范围内。",
    "scorecard.mark_missing": "“{dimension}”没有打分。分值为 {lowest} 至 {highest} 分。",
    "scorecard.mark_out_of_scale": "“{dimension}”打了 {found} 分，不在 {lowest} 至 {highest} 分之间。",
    "scorecard.mark_off_step": "“{dimension}”打了 {found} 分，评分表每 {step} 分一档，请改到最近的一档。",
    "scorecard.dimension_unknown": "评分表没有“{dimension}”这一维度。评分表列明的是：{known}。",
    "policy.adopted": "采用制度包",
}
