"""Fill in the lines of a list: responsible unit and this year's plan, one line or all of them in one act."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gongbu.ground.basics import bulk, clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import ChangedMeanwhile, Finding, InvalidInput, Refusal, Severity
from gongbu.ground.basics.rules.secrecy import check_secrecy
from gongbu.ground.orgs.actor import Actor
from gongbu.mainline.lists import rules
from gongbu.mainline.lists.models import ListItem
from gongbu.mainline.lists.services import record

DUTY_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Filled:
    """What is filled in on a line: ``year_fen`` None is not reported. ``rev``: the line's revision when it was shown."""

    project_id: int
    duty_unit: str
    year_fen: int | None
    rev: int | None = None


def set_item(
    *, list_id: int, project_id: int, actor: Actor, duty_unit: str, year_fen: int | None, rev: int | None = None
) -> ListItem:
    """Fill in responsible unit and this year's plan (fen) of one line; see :func:`set_items`."""
    return set_items(list_id=list_id, lines=[Filled(project_id, duty_unit, year_fen, rev)], actor=actor)[0]


@act("lists.set_item", "填写清单内容")
def set_items(*, list_id: int, lines: Sequence[Filled], actor: Actor) -> list[ListItem]:
    """Fill in lines of a list up to its issue, all or none, with one entry; lines that say the same already are left.

    Each line is tested against its own revision, so that two people may fill two lines of one list.

    :raises InvalidInput: a negative plan, one above the total, a secrecy rule met; ``data["project_id"]`` says where
    :raises ChangedMeanwhile: somebody filled in one of these lines otherwise since; ``data["clashes"]`` are their ids
    :raises Refusal: not on the list, the list is issued, or nothing was changed
    """
    row = record.lock(list_id, actor, "lists.set_item")
    found = {item.project_id: item for item in row.lines.filter(state=ListItem.State.ON)}
    asked: list[tuple[ListItem, Filled]] = []
    for one in lines:
        item = found.get(one.project_id)
        if item is None:
            raise Refusal("lists.project_off", project=_name(row.lines, one.project_id))
        filled = Filled(one.project_id, " ".join(one.duty_unit.split()), one.year_fen, one.rev)
        if (item.duty_unit, item.year_fen) != (filled.duty_unit, filled.year_fen):
            asked.append((item, filled))
    if not asked:
        raise Refusal("lists.nothing_filled", title=row.title)
    _refuse_late([(item, one) for item, one in asked if one.rev is not None and one.rev != item.rev])
    if findings := [finding for item, one in asked for finding in _check(item, one)]:
        raise InvalidInput(findings)
    before = [_state_of(item) for item, _ in asked]
    for item, one in asked:
        item.duty_unit, item.year_fen, item.rev = one.duty_unit, one.year_fen, item.rev + 1
        item.filled_by, item.filled_at = actor.name[:40], clock.now()
    changed = [item for item, _ in asked]
    bulk.update(changed, ["duty_unit", "year_fen", "rev", "filled_by", "filled_at"])
    record.commit(
        "lists.set_item", row, actor.stamp, before={"lines": before}, after={"lines": [_state_of(i) for i in changed]}
    )
    return changed


def _name(lines: Any, project_id: int) -> str:
    return lines.filter(project_id=project_id).values_list("name", flat=True).first() or str(project_id)


def _refuse_late(late: Sequence[tuple[ListItem, Filled]]) -> None:
    """Say who filled in otherwise what somebody else is about to write over.

    :raises ChangedMeanwhile: there is such a line
    """
    if not late:
        return
    item = late[0][0]
    raise ChangedMeanwhile(
        "lists.line_changed", who=item.filled_by or "他人", by=item.filled_by or "他人", at=item.filled_at, rev=item.rev,
        project=item.name, others=f"等 {len(late)} 个项目" if len(late) > 1 else "",
        current={"list_duty_unit": item.duty_unit, "list_year_fen": item.year_fen},
        clashes=[one.project_id for one, _ in late],
    )  # fmt: skip


def _check(item: ListItem, one: Filled) -> list[Finding]:
    where = {"project_id": item.project_id}
    found = [_at(finding, where)] if (finding := rules.check_year(item.name, item.total_fen, one.year_fen)) else []
    if len(one.duty_unit) > DUTY_LENGTH:
        data = {"label": f"“{item.name}”的责任单位", "length": len(one.duty_unit), "most": DUTY_LENGTH, **where}
        found.append(Finding("lists.too_long", data, "list_duty_unit", Severity.REJECT))
    if secret := check_secrecy({"duty": one.duty_unit}):
        found.append(_at(secret, where, "list_duty_unit"))
    return found


def _at(finding: Finding, where: dict[str, int], field: str = "") -> Finding:
    return Finding(finding.code, {**finding.data, **where}, field or finding.field, finding.severity, finding.basis)


def _state_of(item: ListItem) -> dict[str, Any]:
    return {
        "project": item.project_id, "name": item.name, "duty_unit": item.duty_unit, "year_fen": item.year_fen,
    }  # fmt: skip
