"""Chinese wording of 批复文件."""

MESSAGES = {
    "approvals.not_found": "没有找到这份批复文件，或它不在您的查看范围内。",
    "approvals.type_missing": "缺少文件类型。",
    "approvals.day_ahead": "批复日期 {on} 晚于今天 {today}。",
    "approvals.too_long": "内容过长：不超过 {limit} 字，现为 {length} 字。",
    "approvals.part_unknown": "没有“{found}”这一项费用。",
    "approvals.on_file": "本项目已登记文号为“{doc_no}”的批复文件。",
    "approvals.changed_meanwhile": "您打开页面之后，{who}于 {when} 更正了这份批复文件，改动：{fields}。您的内容没有保存，请对照后再办理。",
    "approvals.reason_missing": "更正须写明事由。",
    "approvals.nothing_changed": "没有改动，无需更正。",
    "approvals.sum_rounding": "分项合计 {parts}万元，总投资 {total}万元，相差 {difference}万元，在四舍五入范围内。",
    "approvals.sum_disagrees": "分项合计 {parts}万元，与总投资 {total}万元相差 {difference}万元，超出四舍五入范围，请核对。",
    "approvals.sum_slip": "分项合计 {parts}万元，与总投资 {total}万元相差 {difference}万元；“{part}”写作 {found}，"
    "若差了“万”字则合计相符，请核对单位。",
    "approvals.sum_incomplete": "只列出“{part}”一项，无法核对合计。",
    "approvals.total_missing": "没有写总投资。",
    "approvals.doc_no_missing": "没有文号。",
    "approvals.doc_no_form": "“{found}”不是规范的文号（如 某发改审〔2026〕1号），照录不改。",
    "approvals.doc_no_year": "文号年份 {number} 与批复日期年份 {issued} 不同，请核对。",
    "approvals.issuer_missing": "没有写批复机关。",
    "approvals.date_missing": "没有写批复日期。",
    "approvals.import_on_file": "台账中已有这份批复文件，不重复登记。",
    "approvals.import_twice": "与第 {row} 行是同一份批复文件，只登记一份。",
    "approvals.import_doc_no_elsewhere": "文号 {doc_no} 已登记在“{name}”上，请核对是否抄错。",
    "approvals.import_code_on_file": "代码 {code} 已挂在“{name}”上，批复文件登记在该项目；名称不同，请核对。",
}
