"""Subjects of the manual, and which one belongs to an address."""

TOPICS = {
    "account": "登录与账号",
    "projects": "项目库",
    "dossier": "一项目一档",
    "reserve": "储备库",
    "selection": "遴选",
    "importing": "导入",
    "papers": "批文",
    "issued_papers": "文书与文号",
    "policy": "制度依据",
    "sandbox": "制度沙盘",
    "receipts": "回执查验",
    "notices": "公示与意见",
    "lists": "项目清单",
    "likeness": "查重",
    "objectives": "规划目标",
    "promotion": "招商与盘活",
    "calendar": "日历与时限",
    "inbox": "待办与委托",
    "meetings": "会商",
    "experts": "专家库",
    "orgs": "机构与授权",
}
_BEGINS = (
    ("/projects/", "projects"),
    ("/reserve", "reserve"),
    ("/selection", "selection"),
    ("/papers", "papers"),
    ("/approvals", "papers"),
    ("/issued-papers", "issued_papers"),
    ("/imports", "importing"),
    ("/policy/sandbox", "sandbox"),
    ("/policy", "policy"),
    ("/receipts", "receipts"),
    ("/r/", "receipts"),
    ("/calendar", "calendar"),
    ("/deadlines", "calendar"),
    ("/inbox", "inbox"),
    ("/meetings", "meetings"),
    ("/experts", "experts"),
    ("/notices", "notices"),
    ("/lists", "lists"),
    ("/likeness", "likeness"),
    ("/objectives", "objectives"),
    ("/promotion", "promotion"),
    ("/offers", "promotion"),
    ("/units", "orgs"),
    ("/people", "orgs"),
    ("/regions", "orgs"),
    ("/grants", "orgs"),
    ("/registrations", "orgs"),
    ("/register", "account"),
    ("/audit", "orgs"),
    ("/account", "account"),
    ("/sign-in", "account"),
    ("/demo", "account"),
)


def topic_of(path: str) -> str:
    """Return the topic of the page at ``path``; a page of one project has its own."""
    parts = path.strip("/").split("/")
    if parts[0] == "projects" and len(parts) > 1 and parts[1].isdecimal():
        return "dossier"
    return next((topic for begin, topic in _BEGINS if path.startswith(begin)), "inbox")
