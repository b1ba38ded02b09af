"""Chinese wording of the room's codes."""

MESSAGES = {
    "promotion.not_found": "没有找到，或不在您的权限范围内。",
    "promotion.field_missing": "请填写{label}。",
    "promotion.too_long": "{label}有 {length} 字，最多 {most} 字。",
    "promotion.amount_negative": "{label}不能为负，收到 {found}。",
    "promotion.day_ahead": "{label} {on} 晚于今天 {today}，请核对。",
    "promotion.day_before": "{label} {on} 早于{earlier_label} {earlier}，请核对先后。",
    "promotion.agent_elsewhere": "“{post}”不在本区划的单位里，请选本区划的岗位作代办。",
    "promotion.not_in_state": "“{name}”现为“{state}”，不能这样办理。",
    "promotion.changed_meanwhile": "{who}刚刚办理过“{name}”，请刷新后核对再办。",
    "promotion.landed_unsigned": "“{name}”没有登记签约。招商项目按在谈、签约、落地的次序登记，落地须先有签约。"
    "已经签约的，请先登记签约日期；没有签约就落地的，请写明没有合同的原因和落地的依据。",
    "promotion.signed_after_all": "“{name}”已登记 {on} 签约，又写了未签约落地的原因，两者只能有一个。"
    "确已签约的，请清空原因；签约登记有误的，请用“更正”改签约日期。",
    "promotion.nothing_corrected": "“{name}”的各项与已登记的相同，没有更正。请改动有误的项再提交；没有错误的，不必更正。",
    "promotion.not_correctable": "“{name}”现为“{state}”，还没有登记{fields}，不能更正。请先办理相应的登记。",
    "promotion.errand_done": "“{title}”已于 {on} 办结。",
    "promotion.errands_open": "还有 {n} 件代办事项没有办结，请先办结或写明结果。",
    "promotion.reason_missing": "请写明原因。",
    "promotion.project_elsewhere": "“{project}”不在本区划，不能选入。",
    "promotion.project_unknown": "没有找到名称或代码为“{typed}”的项目；相近的：{near}。",
    "promotion.project_offered": "“{project}”已在清单里。",
    "promotion.project_not_open": "“{project}”为{stage}阶段，民间资本推介只收开工前的项目。",
    "promotion.offer_empty": "清单里还没有项目，不能发布。",
    "promotion.wanted_over_total": "“{project}”拟引入 {wanted} 万元，超过总投资 {total} 万元，请核对单位。",
    "promotion.asset_size_missing": "土地面积、建筑面积至少填一项（设备除外）。",
}
