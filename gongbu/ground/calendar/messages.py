"""Chinese wording of the calendar's codes."""

MESSAGES = {
    "calendar.title_missing": "请填写通知标题。",
    "calendar.days_missing": "没有读到任何日期。请逐行填写日期和“休”或“班”，例如 2027-01-01 休 元旦。",
    "calendar.line_unreadable": (
        "第 {line} 行不能识别：{text}。请写成“2027-01-01 休 元旦”或“2027-02-01至2027-02-07 休 春节”。"
    ),
    "calendar.day_twice": "第 {line} 行的 {day} 与前面的行不一致：同一天只能是休或班。",
    "calendar.day_outside_year": "{day} 不在 {year} 年度安排的范围内（上年 12 月 20 日至当年 12 月 31 日）。",
    "calendar.day_in_future": "日期 {at} 在今天之后，不能登记尚未发生的事。",
    "calendar.year_arranged": "{year} 年已有年度安排。如有后续通知，请选择“同年修正”登记，原安排保留备查。",
    "calendar.year_not_arranged": "{year} 年尚无年度安排，不能登记修正。请先登记年度安排。",
    "calendar.region_mismatch": "地方安排须选定地区；国务院办公厅通知不选地区。",
    "calendar.nothing_new": "所填日期与现有安排完全一致，没有需要登记的变化。",
    "calendar.deadline_unknown": "没有找到这条时限。",
    "calendar.deadline_closed": "时限“{title}”已于 {on} 结束，不能再变更。",
    "calendar.stop_before_start": "暂停日期 {at} 早于起算日期 {started}。",
    "calendar.stopped_already": "已因“{kind}”暂停，尚未恢复，不能重复暂停。",
    "calendar.stop_after_due": "暂停日期 {at} 已过到期日 {due}，期限届满后不能再暂停。",
    "calendar.not_stopped": "当前没有因“{kind}”暂停，无需恢复。",
    "calendar.resume_before_stop": "恢复日期 {at} 早于暂停日期 {since}。",
    "calendar.close_before_start": "办结日期 {at} 早于起算日期 {started}。",
    "calendar.extended_already": "该时限已于 {on} 延长过一次，不能再次延长。",
    "calendar.not_extendable": "时限“{title}”没有可延长的规定。",
    "calendar.extension_too_long": "延长不得超过 {longest}。",
    "calendar.reason_missing": "请填写延长理由，理由须告知申请人。",
    "calendar.extension_after_due": "到期日 {due} 已过，期限届满后不能再延长。",
    "calendar.stale": "这条时限刚被他人变更（现为第 {rev} 次变更），请刷新后再办理。",
}
