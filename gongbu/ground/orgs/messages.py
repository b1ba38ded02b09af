"""Chinese wording of the codes of orgs."""

MESSAGES: dict[str, str] = {
    "rights.not_allowed": "当前岗位没有“{act}”的权限（{actor} {post}）。请切换到有此权限的岗位，或向本级安全保密管理员申请授权。",
}
