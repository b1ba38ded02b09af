"""What another limit would come to for the limits that run (GO-02): for the sandbox, whichever room started them."""

from collections.abc import Iterator
from datetime import date

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.calendar import deadlines
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.policy.rules.policy import Policy
from gongbu.ground.policy.sandbox.effects import Effect, EffectSource, PairsOf
from gongbu.ground.policy.sandbox.sources import Span

ACT = "calendar.list_deadlines"


def read(actor: Actor, span: Span, key: str, pairs_of: PairsOf, on: date) -> Iterator[Effect]:
    """Yield each limit that runs by this parameter: when it is due, and when it would be (2 queries)."""
    rows = deadlines.list_open_by_policy(actor, ACT, key, span)
    pairs = pairs_of({row.region_key for row in rows})
    for row in rows:
        amount = _amount(pairs[row.region_key][1], key, on)
        due = row.due_on if amount is None else deadlines.due_with(row, amount)
        yield Effect(
            name=f"{row.subject_label}：{row.title}" if row.subject_label else row.title, region_key=row.region_key,
            before=_day(row.due_on), after=_day(due), href=row.url,
        )  # fmt: skip


def _amount(policy: Policy, key: str, on: date) -> int | None:
    try:
        value = policy.at(key, on).value
    except Refusal:
        return None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _day(day: date | None) -> str:
    return "暂停计时" if day is None else f"{day:%Y-%m-%d} 到期"


SOURCE = EffectSource(
    key="deadlines", label="计时中的时限", units=frozenset({"workdays", "days", "hours", "months"}), read=read,
    note="按这个参数起算、还没有办结的时限，若按新值起算何日到期。已经起算的不因采用而改，采用后起算的按新值。",
)  # fmt: skip
