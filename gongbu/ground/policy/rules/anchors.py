"""The days by which law is looked up: which version of a value or a table holds is decided on one of these.

A closed list, so that a misspelled day is found when the pack is checked and not when somebody asks. A new kind of day
is named here, with the words that people read.
"""

ANCHORS = {
    "accepted_on": "验收日", "approved_on": "批准日", "archived_on": "归档日", "assessed_on": "评估评价日",
    "assessment_ordered_on": "委托评估日", "assigned_on": "交办或任命日", "audited_on": "审计日", "awarded_on": "定标日",
    "award_notified_on": "中标通知书发出日", "bids_close_on": "投标截止日", "bond_used_on": "债券资金使用日",
    "case_accepted_on": "受理日", "case_received_on": "收到申请日", "changed_on": "变更日", "checked_on": "检查日",
    "claimed_on": "提出索赔或申请日", "collected_on": "采集日", "commenced_on": "开工日", "complaint_accepted_on": "投诉受理日",
    "complaint_received_on": "收到投诉日", "completed_on": "完成日", "concealed_on": "隐蔽日", "contract_signed_on": "合同签订日",
    "day": "所查之日", "decided_on": "判定之日", "delivered_on": "交付或送达日", "demolition_on": "拆除日", "drawn_on": "抽取日",
    "emergency_ended_on": "应急结束日", "entered_on": "进入或录入日", "estimate_submitted_on": "概算报送日",
    "evaluated_on": "评价日", "exchanged_on": "数据交换日", "expert_review_on": "专家论证日", "expires_on": "到期日",
    "filed_on": "备案日", "final_account_on": "竣工财务决算日", "formed_on": "形成日", "found_on": "发现日",
    "happened_on": "发生日", "hearing_requested_on": "提出听证日", "informed_on": "告知日", "inspected_on": "检验检查日",
    "issued_on": "印发日", "known_on": "知道之日", "last_settled_on": "上次结算日", "listed_on": "列入日", "logged_on": "登录或记录日",
    "machine_accepted_on": "机械验收日", "measured_on": "监测日", "notice_opened_on": "公示开始日", "objected_on": "提出异议日",
    "opened_on": "开启日", "ordered_on": "责令日", "payment_due_on": "应付款日", "permit_issued_on": "许可证颁发日",
    "plan_year_begins_on": "计划年度首日", "planned_start_on": "计划开工日", "procurement_ended_on": "采购结束日",
    "received_on": "收到日", "recorded_on": "记录日", "registered_on": "登记日", "release_asked_on": "申请退还日",
    "reminded_on": "提醒日", "report_received_on": "收到报告日", "reported_on": "报告日", "requested_on": "提出申请日",
    "reviewed_on": "审查日", "sale_closed_on": "停止发售日", "sale_opened_on": "开始发售日", "sampled_on": "取样日",
    "settled_on": "结算日", "settlement_received_on": "收到结算文件日", "signed_on": "签署日", "start_on": "开工日",
    "start_report_on": "开工报告批准日", "started_on": "开始日", "stopped_on": "停止日", "stored_on": "存储日",
    "system_started_on": "系统投用日", "tender_issued_on": "招标文件发出日", "verified_on": "核验日", "wages_settled_on": "工资结清日",
    "withdrawn_on": "撤回日", "year_begins_on": "年度首日",
}  # fmt: skip
"""Name in packs → words."""
