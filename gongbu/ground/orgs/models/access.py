"""Sign-in sessions, API tokens, second factor, used passwords, self-registrations and the audit trail of access."""

from typing import ClassVar

from django.db import models

from gongbu.ground.orgs.managers import ScopedManager
from gongbu.ground.orgs.models.people import Person, Post, Unit
from gongbu.ground.orgs.models.regions import Region


class SignInSession(models.Model):
    """One signed-in browser, so that its owner can see it and end it."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="sessions")
    session_key = models.CharField(max_length=40, unique=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=200, blank=True)
    means = models.CharField(max_length=20)

    class Meta:
        db_table = "orgs_session"


class RecoveryCode(models.Model):
    """A one-time code that replaces the authenticator once; only its digest is kept."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orgs_recovery_code"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "digest"], name="recovery_code_once")
        ]


class ApiToken(models.Model):
    """接口令牌: another system acting as a person in a post; in force from a day to (not including) a day.

    Only the digest of the token is kept. ``scopes`` are the acts it may be used for; ``hint`` are its last characters.
    """

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="api_tokens")
    post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField("用途", max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField("尾号", max_length=4)
    scopes = models.JSONField("可办事项", default=list)
    valid_from = models.DateField("起始日")
    valid_to = models.DateField("终止日")
    created_at = models.DateTimeField("签发时间")
    created_by = models.CharField("签发人", max_length=40)
    last_used_at = models.DateTimeField("最近使用", null=True)
    revoked_at = models.DateTimeField("作废时间", null=True)

    class Meta:
        db_table = "orgs_api_token"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(valid_to__gt=models.F("valid_from")), name="api_token_period_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}（尾号 {self.hint}）"


class PasswordUsed(models.Model):
    """A password the person has used, as its hash, so that it is not used again soon."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="passwords_used")
    hashed = models.CharField(max_length=128)
    set_at = models.DateTimeField()

    class Meta:
        db_table = "orgs_password_used"


class Registration(models.Model):
    """企业自助注册: a firm asks for an account; nothing works until an officer of the region approves (PF-03)."""

    class Status(models.TextChoices):
        PENDING = "PENDING", "待审核"
        APPROVED = "APPROVED", "已通过"
        REJECTED = "REJECTED", "未通过"

    id = models.BigAutoField(primary_key=True)
    credit_code = models.CharField("统一社会信用代码", max_length=18)
    unit_name = models.CharField("单位名称", max_length=120)
    unit_kind = models.CharField("单位类别", max_length=20, choices=Unit.Kind)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    contact_name = models.CharField("经办人", max_length=40)
    contact_phone = models.CharField("手机", max_length=20)
    login_name = models.CharField("登录名", max_length=60)
    password = models.CharField(max_length=128)
    letter_name = models.CharField("授权书文件名", max_length=200)
    letter_digest = models.CharField("授权书摘要", max_length=80)
    letter_ref = models.CharField("授权书存放", max_length=200)
    query_digest = models.CharField("查询码摘要", max_length=64)
    submitted_at = models.DateTimeField("提交时间")
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.PENDING)
    decided_at = models.DateTimeField("审核时间", null=True)
    decided_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField("审核意见", max_length=200, blank=True)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")

    objects = ScopedManager(region_field="region__key_lo")

    class Meta:
        db_table = "orgs_registration"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["credit_code"], condition=models.Q(status="PENDING"), name="registration_pending_once"
            )
        ]


class AuditEvent(models.Model):
    """访问审计: sign-ins, failures, lockouts, exports, password changes, views of grants. Append-only by trigger.

    Not the ledger: these are not acts of record, and they may name an address or a browser. ``region_key`` is where the
    person's unit lies, so that each county's auditor sees his own.
    """

    class Kind(models.TextChoices):
        SIGNED_IN = "SIGNED_IN", "登录成功"
        SIGN_IN_FAILED = "SIGN_IN_FAILED", "登录失败"
        LOCKED_OUT = "LOCKED_OUT", "登录锁定"
        UNLOCKED = "UNLOCKED", "解除锁定"
        SIGNED_OUT = "SIGNED_OUT", "退出登录"
        SESSION_EXPIRED = "SESSION_EXPIRED", "会话超时"
        SESSIONS_ENDED = "SESSIONS_ENDED", "全部下线"
        POST_SWITCHED = "POST_SWITCHED", "切换岗位"
        PASSWORD_CHANGED = "PASSWORD_CHANGED", "修改密码"
        PASSWORD_RESET = "PASSWORD_RESET", "重置密码"
        TOTP_ENROLLED = "TOTP_ENROLLED", "绑定动态口令"
        TOTP_REMOVED = "TOTP_REMOVED", "解绑动态口令"
        TOTP_FAILED = "TOTP_FAILED", "动态口令错误"
        RECOVERY_CODE_USED = "RECOVERY_CODE_USED", "使用恢复码"
        GRANTS_VIEWED = "GRANTS_VIEWED", "查看授权"
        EXPORTED = "EXPORTED", "导出数据"
        AUDIT_VIEWED = "AUDIT_VIEWED", "查看审计"
        REFUSED = "REFUSED", "越权被拒"
        TOKEN_USED = "TOKEN_USED", "使用接口令牌"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("事件", max_length=24, choices=Kind)
    at = models.DateTimeField("时间")
    clock = models.CharField("时钟", max_length=10)
    person_id = models.BigIntegerField(null=True)
    person_name = models.CharField("姓名", max_length=40, blank=True)
    login_name = models.CharField("登录名", max_length=60, blank=True)
    post_name = models.CharField("岗位", max_length=60, blank=True)
    unit_name = models.CharField("单位", max_length=120, blank=True)
    region_key = models.BigIntegerField()
    address = models.CharField("来源地址", max_length=45, blank=True)
    agent = models.CharField("浏览器", max_length=200, blank=True)
    data = models.JSONField("详情", default=dict)

    objects = ScopedManager()

    class Meta:
        db_table = "orgs_audit_event"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["region_key", "-at"], name="audit_by_region"),
            models.Index(fields=["kind", "-at"], name="audit_by_kind"),
            models.Index(fields=["person_id", "-at"], name="audit_by_person"),
        ]
