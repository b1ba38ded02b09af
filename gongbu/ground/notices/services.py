"""Acts on notices: draft, open, close, withdraw. What people say to them is in ``commenting``.

Other rooms draft notices about their subjects with :func:`draft_notice` and listen for ``notice.opened``,
``notice.closed`` and ``notice.withdrawn`` in the outbox.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import (
    Basis,
    ChangedMeanwhile,
    Finding,
    InvalidInput,
    NotFound,
    Refusal,
    Severity,
)
from gongbu.ground.basics.rules.secrecy import check_secrecy, refuse_secret
from gongbu.ground.calendar import queries as calendar
from gongbu.ground.ledger.queries import find_last_act
from gongbu.ground.notices import kinds, record, reminding, rules
from gongbu.ground.notices.models import NOTICE, Notice
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region, Unit
from gongbu.ground.policy import queries as policy

MOST_ROWS, MOST_COLUMNS, MOST_CELL = 2_000, 12, 300
LIMITS = {
    "title": ("标题", 200),
    "body": ("公示内容", 20_000),
    "contact": ("联系方式", 200),
    "host_name": ("公示单位", 120),
}


@dataclass(frozen=True, slots=True)
class About:
    """What a notice is about: a subject of another room and the address of its page."""

    kind: str = ""
    id: int | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a notice says. ``columns`` and ``rows`` are texts as shown, units in the headings: 总投资（万元）."""

    title: str
    body: str
    contact: str
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = field(default_factory=tuple)


@act("notices.draft", "拟公示稿")
def draft_notice(
    *,
    kind: str,
    region_id: int,
    content: Content,
    actor: Actor,
    host_unit_id: int | None = None,
    period: int | None = None,
    about: About | None = None,
    key: str | None = None,
) -> Notice:
    """Draft a notice; nobody outside sees it before :func:`open_notice`.

    ``period`` may lengthen what the region's packs say, never shorten it. ``host_unit_id``: by default the actor's unit.

    :raises InvalidInput: something is missing, too long, ragged, shorter than prescribed, or marked secret
    :raises Refusal: no such kind
    """
    region = Region.objects.filter(pk=region_id).first()
    if region is None:
        raise NotFound("notices.not_found")
    actor.require("notices.draft", region.key_lo)
    host = Unit.objects.unscoped("the host of the notice").filter(pk=host_unit_id or actor.unit_id or 0).first()
    notice = Notice(
        kind=_kind(kind).key, region=region, region_key=region.key_lo, host_unit=host,
        host_name=host.name if host else actor.unit_name, subject_kind=about.kind if about else "",
        subject_id=about.id if about else None, subject_url=about.url if about else "", changed_at=clock.now(),
    )  # fmt: skip
    _fill(notice, content, period)
    notice.save()
    record.enter("notices.draft", notice, actor, after={"title": notice.title, "rows": len(notice.rows)}, key=key)
    return notice


@act("notices.change_draft", "修改公示稿")
def change_draft(*, notice_id: int, rev: int, content: Content, actor: Actor, period: int | None = None) -> Notice:
    """Change a draft.

    :raises ChangedMeanwhile: somebody changed it first
    :raises Refusal: it is open already
    """
    notice = _lock(notice_id, actor, "notices.change_draft", rev)
    record.require_state(notice, Notice.State.DRAFT, "notices.not_draft")
    before = {"title": notice.title, "rows": len(notice.rows), "period": notice.period}
    _fill(notice, content, period)
    record.save(notice)
    after = {"title": notice.title, "rows": len(notice.rows), "period": notice.period}
    record.enter("notices.change_draft", notice, actor, before=before, after=after)
    return notice


def _fill(notice: Notice, content: Content, period: int | None) -> None:
    texts = {"title": " ".join(content.title.split()), "body": content.body.strip(), "contact": content.contact.strip()}
    rows = [[str(cell).strip() for cell in row] for row in content.rows]
    columns = [str(column).strip() for column in content.columns]
    findings = [_check_text(name, text) for name, text in texts.items()]
    findings += [rules.check_table(columns, rows), _check_size(columns, rows)]
    every = {**texts, **{f"row{n}": "　".join(row) for n, row in enumerate(rows)}}
    findings.append(check_secrecy(every))
    applied, found = _period(notice, period)
    findings.append(found)
    if rejected := [one for one in findings if one is not None]:
        raise InvalidInput(rejected)
    notice.title, notice.body, notice.contact = texts["title"], texts["body"], texts["contact"]
    notice.columns, notice.rows = columns, rows
    notice.period, notice.period_unit, notice.period_source = applied


def _check_text(name: str, text: str) -> Finding | None:
    label, most = LIMITS[name]
    if not text:
        return Finding("notices.field_missing", {"label": label}, name, Severity.REJECT)
    if len(text) > most:
        data = {"label": label, "length": len(text), "most": most}
        return Finding("notices.too_long", data, name, Severity.REJECT)
    return None


def _check_size(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Finding | None:
    longest = max((len(cell) for row in rows for cell in row), default=0)
    for label, length, most in (
        ("公示表的行", len(rows), MOST_ROWS), ("公示表的列", len(columns), MOST_COLUMNS), ("公示表的一格", longest, MOST_CELL),
    ):  # fmt: skip
        if length > most:
            return Finding(
                "notices.too_long", {"label": label, "length": length, "most": most}, "rows", Severity.REJECT
            )
    return None


def _period(notice: Notice, wanted: int | None) -> tuple[tuple[int, str, dict[str, Any]], Finding | None]:
    """Return the period with its source; a wish shorter than the parameter is a finding."""
    packs = policy.policy_for(notice.region_id, clock.today())
    value = packs.at(_kind(notice.kind).period_key, clock.today())
    least = int(str(value.value))
    unit = Notice.PeriodUnit.WORKDAYS if value.unit == "workdays" else Notice.PeriodUnit.DAYS
    source = {
        "ref": value.ref.as_dict(), "least": least, "words": value.words, "label": value.label,
        "instrument": value.basis.instrument, "article": value.basis.article, "confidence": value.confidence.value,
    }  # fmt: skip
    amount = least if wanted is None else wanted
    finding = None
    if not 1 <= amount <= 365:
        finding = Finding("notices.period_range", {"found": str(wanted)}, "period", Severity.REJECT)
    elif amount < least:
        data = {"found": amount, "least": least, "unit": str(unit.label)}
        finding = Finding("notices.period_below", data, "period", Severity.REJECT, value.basis)
    return (amount, unit.value, source), finding


@act("notices.open", "发布公示")
def open_notice(*, notice_id: int, rev: int, actor: Actor, on: date | None = None) -> Notice:
    """Open a draft to everybody from today; its last day is counted by the calendar and stands in the receipt.

    :raises Refusal: not a draft
    :raises ChangedMeanwhile: somebody changed it first
    """
    notice = _lock(notice_id, actor, "notices.open", rev)
    record.require_state(notice, Notice.State.DRAFT, "notices.not_draft")
    opens = on or clock.today()
    notice.opens_on, notice.closes_on = opens, last_day(opens, notice.period, notice.period_unit, notice.region_key)
    notice.is_provisional = calendar.is_provisional(opens, notice.closes_on)
    notice.state = Notice.State.OPEN
    record.save(notice)
    entry = record.enter(
        "notices.open", notice, actor, on=opens,
        after={"opens_on": opens.isoformat(), "closes_on": notice.closes_on.isoformat(), "digest": digest_of(notice)},
        policy=[notice.period_source["ref"]], public=public_fields(notice),
    )  # fmt: skip
    record.keep_receipt(notice, entry)
    record.tell("notice.opened", notice, actor)
    return notice


def last_day(opens: date, amount: int, unit: str, region_key: int) -> date:
    """Return the last day of a period that begins on ``opens``, which is its first day when it counts.

    Working days: the ``amount``-th working day from ``opens`` on, ``opens`` itself not counted (民法典第二百零一条).
    Days: ``amount`` days after ``opens``, moved to the next working day when it falls on a day off (第二百零三条).
    """
    if unit == Notice.PeriodUnit.WORKDAYS:
        return calendar.add_workdays(opens, amount, region_key)
    end = opens + timedelta(days=amount)
    days = calendar.get_calendar(region_key)
    return end if days.is_workday(end) else days.add_workdays(end, 1)


def digest_of(notice: Notice) -> str:
    """Return the SHA-256 of everything that the public page shows of a notice, so that its text can be proven."""
    parts = [notice.title, notice.body, notice.contact, *notice.columns, *(cell for row in notice.rows for cell in row)]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


@act("notices.close", "办结公示")
def close_notice(*, notice_id: int, result: str, actor: Actor, rev: int | None = None) -> Notice:
    """Close a notice whose period is over and whose comments are all answered; the result gets a receipt.

    :raises InvalidInput: too early (with the clause that sets the period), comments left, or no result
    :raises Refusal: not open
    """
    notice = _lock(notice_id, actor, "notices.close", rev)
    record.require_state(notice, Notice.State.OPEN, "notices.not_open")
    assert notice.closes_on is not None
    result = result.strip()
    findings = rules.check_close(
        today=clock.today(), closes_on=notice.closes_on, pending=notice.pending_count,
        unanswered=notice.unanswered_count, result=result, period=period_of(notice),
    )  # fmt: skip
    if secret := check_secrecy({"result": result}):
        findings.append(secret)
    if findings:
        raise InvalidInput(findings)
    notice.state, notice.result, notice.closed_on = Notice.State.CLOSED, result, clock.today()
    record.save(notice)
    entry = record.enter(
        "notices.close", notice, actor, after={"result": result, "comments": notice.comment_count},
        public={**public_fields(notice), "收到意见": f"{notice.comment_count} 条", "公示结果": result[:200]},
    )  # fmt: skip
    record.keep_receipt(notice, entry)
    reminding.ended(notice, actor)
    record.tell("notice.closed", notice, actor)
    return notice


@act("notices.withdraw", "撤回公示")
def withdraw_notice(*, notice_id: int, reason: str, actor: Actor, rev: int | None = None) -> Notice:
    """Take an open notice back before its end (or drop a draft); the public page keeps saying so, and why.

    :raises Refusal: no reason, or neither draft nor open
    """
    notice = _lock(notice_id, actor, "notices.withdraw", rev)
    reason = reason.strip()[:300]
    if notice.state not in (Notice.State.DRAFT, Notice.State.OPEN):
        raise Refusal("notices.not_open", title=notice.title, state=notice.get_state_display())
    if not reason:
        raise Refusal("notices.reason_missing", field="reason")
    refuse_secret(reason)
    was_open = notice.state == Notice.State.OPEN
    notice.state, notice.withdrawn_reason, notice.closed_on = Notice.State.WITHDRAWN, reason, clock.today()
    record.save(notice)
    public = {**public_fields(notice), "撤回原因": reason} if was_open else None
    entry = record.enter("notices.withdraw", notice, actor, after={"reason": reason}, public=public)
    if was_open:
        record.keep_receipt(notice, entry)
    reminding.ended(notice, actor)
    record.tell("notice.withdrawn", notice, actor)
    return notice


# -- what the acts share -------------------------------------------------------------------------------------------


def period_of(notice: Notice) -> rules.Period:
    """Return the period of a notice with its basis."""
    source = notice.period_source
    basis = Basis(source.get("instrument", ""), source.get("article", ""))
    return rules.Period(notice.period, notice.period_unit == Notice.PeriodUnit.WORKDAYS, basis)


def period_words(notice: Notice) -> str:
    """Return the period in words: 7 个工作日."""
    return f"{notice.period} {notice.get_period_unit_display()}"


def public_fields(notice: Notice) -> dict[str, str]:
    """Return what a receipt page may show without an account."""
    shown = {
        "文书": kinds.get(notice.kind).label,
        "标题": notice.title,
        "公示单位": notice.host_name,
        "公示期": f"{notice.opens_on} 至 {notice.closes_on}（{period_words(notice)}）" if notice.opens_on else "",
    }
    return {key: value for key, value in shown.items() if value}


def _kind(key: str) -> kinds.NoticeKind:
    try:
        return kinds.get(key)
    except KeyError as unknown:
        raise Refusal("notices.kind_unknown", field="kind", kind=key) from unknown


def _lock(notice_id: int, actor: Actor, act_name: str, rev: int | None) -> Notice:
    rows = Notice.objects.unscoped("locked first, rights tested next").select_for_update(of=("self",))
    notice = rows.select_related("region").filter(pk=notice_id).first()
    if notice is None or not actor.may("notices.view", notice.region_key):
        raise NotFound("notices.not_found")
    actor.require(act_name, notice.region_key)
    if rev is not None and rev != notice.rev:
        last = find_last_act(NOTICE, notice.pk)
        raise ChangedMeanwhile("notices.changed_meanwhile", who=last.by, by=last.by, at=last.at, rev=notice.rev)
    return notice
