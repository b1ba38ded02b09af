"""Chinese wording of the inbox's codes."""

MESSAGES = {
    "inbox.task_unknown": "没有找到这件待办。",
    "inbox.task_not_open": "“{title}”{state}，不需要催办。",
    "inbox.task_is_closed": "“{title}”{state}，不需要再确认。",
    "inbox.task_not_confirmable": "“{title}”要在事项里办理，办完自动转入已办，不能直接确认办结。",
    "inbox.urged_today": "“{title}”今天已经催办过，请明天再催。",
    "inbox.not_your_post": "只能委托本人正在担任的岗位；受托的事项不能再转委托。",
    "inbox.person_unknown": "没有找到受托人，或其账号已停用。",
    "inbox.delegate_to_self": "受托人不能是本人。",
    "inbox.delegation_in_past": "开始日期 {day} 已过，委托不能追溯。",
    "inbox.delegation_order": "结束日期不能早于开始日期。",
    "inbox.delegation_too_long": "委托期限最长 180 天，到期可以再次委托。",
    "inbox.reason_missing": "请填写委托事由。",
    "inbox.room_unknown": "委托范围不在可选之列。",
    "inbox.delegated_already": "该岗位已委托给{name}，至 {until} 止，不能重复委托。",
    "inbox.delegation_unknown": "没有找到由您作出的这项委托。",
    "inbox.delegation_over": "这项委托已于 {until} 结束。",
    "inbox.day_unreadable": "{label}不是有效日期，请写成 年-月-日。",
    "inbox.message_unknown": "没有找到这条消息。",
}
