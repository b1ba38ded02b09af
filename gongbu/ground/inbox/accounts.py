"""What people are told of their own account: a means of signing in was changed, the password grows too old."""

from datetime import date, datetime

from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.inbox import services
from gongbu.ground.inbox.models import Message
from gongbu.ground.orgs import passwords
from gongbu.ground.outbox.models import OutboxMessage

REMIND_BEFORE_DAYS = 7
_TITLES = {
    "PASSWORD_CHANGED": "您的登录密码已修改",
    "PASSWORD_RESET": "您的登录密码已被重置",
    "TOTP_ENROLLED": "您的账号已绑定动态口令",
    "TOTP_REMOVED": "您的动态口令已被解绑",
    "RECOVERY_CODE_USED": "有人用恢复码登录了您的账号",
}


def tell_means_changed(message: OutboxMessage) -> None:
    """Tell a person that his password or second factor was changed, when, from where and by whom (ASVS 2.2.3, 2.5.5)."""
    data = message.data
    at = datetime.fromisoformat(data["at"]).astimezone(clock.SHANGHAI)
    said = [f"{at:%Y-%m-%d %H:%M}"]
    said += [f"来自 {data['from_where']}"] if data["from_where"] else []
    said += [f"由{data['by_name']}办理"] if data["by_name"] else []
    services.notify(
        key=f"account:{message.pk}", people=[message.subject_id], title=_TITLES[data["event"]], tone=Message.Tone.WARN,
        text=f"{'，'.join(said)}。不是本人操作的，请立即修改密码，并告知系统管理员。", url=reverse("orgs:account"),
        region_key=message.region_key,
    )  # fmt: skip


def remind_of_passwords(on: date) -> int:
    """Tell those whose password grows too old within a week, once for each password; return how many are new."""
    told = 0
    for person_id, set_on, until in passwords.list_growing_old(on, REMIND_BEFORE_DAYS):
        told += len(
            services.notify(
                key=f"password-age:{set_on}", people=[person_id], title=f"登录密码将于 {until} 到期",
                text="到期后登录时须先修改密码。现在就可以在“账号与安全”中修改。", url=reverse("orgs:change_password"),
            )
        )  # fmt: skip
    return told
