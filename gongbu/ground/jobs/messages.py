"""Chinese wording of the codes of background work."""

MESSAGES = {
    "jobs.unknown": "没有找到这项后台作业，可能已过保存期。",
    "jobs.not_failed": "“{label}”现在是“{status}”，只有失败的作业可以重试。",
}
