"""Forms of experts: what was typed, read once."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from gongbu.ground.basics.findings import Finding, InvalidInput, Severity
from gongbu.ground.experts.entry import AvoidList
from gongbu.ground.experts.rules.drawing import Need
from gongbu.ground.orgs.models import Person, Unit
from gongbu.ground.registers.forms import FormSpec, Step
from gongbu.ground.registers.parsing import BadValue, parse_date

_WORK = ["experts.name", "experts.unit_name", "experts.duty", "experts.title", "experts.qualification"]
_TERM = ["experts.serves_in", "experts.valid_from", "experts.valid_to"]
_PRIVATE = ["experts.phone", "experts.id_number", "experts.login_name"]
PRIVATE_NOTE = "手机、证件号只用于联系和识别重复，不进账本，不导出，可以删除。"

REGISTER = FormSpec(
    "experts.register",
    [Step("基本情况", _WORK), Step("入库与聘期", ["orgs.region_id", *_TERM]), Step("联系与账号", _PRIVATE, PRIVATE_NOTE)],
    required=["orgs.region_id"], keeps_draft=False,
)  # fmt: skip
UPDATE = FormSpec(
    "experts.update",
    [Step("基本情况", _WORK), Step("聘期", _TERM), Step("联系与账号", _PRIVATE, PRIVATE_NOTE)], keeps_draft=False,
)  # fmt: skip
RELATE = FormSpec(
    "experts.relate",
    [Step("", ["experts.relation_kind", "experts.until", "experts.relation_unit", "experts.relation_person",
               "experts.note"])],
    keeps_draft=False,
)  # fmt: skip
STATE = FormSpec("experts.state", [Step("", ["experts.reason"])], required=["experts.reason"], wide=["experts.reason"],
                 keeps_draft=False)  # fmt: skip
SUSPEND = FormSpec(
    "experts.suspend", [Step("", ["experts.suspended_until", "experts.reason"])], required=["experts.reason"],
    wide=["experts.reason"], keeps_draft=False,
)  # fmt: skip
OPEN = FormSpec(
    "experts.open_draw",
    [Step("评审事项", ["experts.draw_title", "orgs.region_id"]),
     Step("回避", ["experts.avoid_units", "experts.avoid_people"],
          "与这些单位和人员有劳动、任职、持股、亲属或其他利害关系的专家不参加抽取。")],
    required=["orgs.region_id"], wide=["experts.draw_title"], keeps_draft=False,
)  # fmt: skip
MAKE = FormSpec("experts.draw", [Step("", ["experts.spoken", "experts.witness"])], keeps_draft=False)
VOID = FormSpec("experts.void_draw", [Step("", ["experts.reason"])], required=["experts.reason"], wide=["experts.reason"],
                keeps_draft=False)  # fmt: skip
_SAID = ["experts.conclusion", "experts.reviewed_on", "experts.opinion"]
REVIEW = FormSpec("experts.record_review", [Step("", _SAID)])
REVIEW_AGAIN = FormSpec(
    "experts.correct_review",
    [Step("", [*_SAID, "experts.reason"])],
    required=["experts.reason"],
    wide=["experts.reason"],
)


def match_unit(name: str) -> int | None:
    """Return the one standing unit of this name, if there is one (1 query)."""
    rows = Unit.objects.unscoped("found by name, not listed").exclude(status=Unit.Status.CLOSED).filter(name=name)
    ids = list(rows.values_list("pk", flat=True)[:2]) if name else []
    return ids[0] if len(ids) == 1 else None


def read_login(login: str) -> int | None:
    """Return the person of a login name, None for nothing (1 query).

    :raises InvalidInput: nobody has it
    """
    if not login.strip():
        return None
    found = Person.objects.filter(login_name=login.strip(), is_active=True).values_list("pk", flat=True).first()
    if found is None:
        raise InvalidInput([Finding("experts.account_unknown", {}, "experts.login_name", Severity.REJECT)])
    return found


def read_avoid(units: str, people: str) -> AvoidList:
    """Return whom to avoid from two lists of lines; units of the register are found by name (1 query)."""
    names = [" ".join(name.split()) for name in units.splitlines() if name.strip()]
    rows = Unit.objects.unscoped("found by name, not listed").filter(name__in=names)
    ids: dict[str, list[int]] = {}
    for pk, name in rows.values_list("pk", "name"):
        ids.setdefault(name, []).append(pk)
    known = {name: found[0] for name, found in ids.items() if len(found) == 1}
    return AvoidList(
        list(known.values()), [name for name in names if name not in known],
        [" ".join(name.split()) for name in people.splitlines() if name.strip()],
    )  # fmt: skip


def read_needs(posted: Mapping[str, Any], codes: Sequence[str], labels: Mapping[str, str]) -> list[Need]:
    """Return the wanted places from ``members_CODE`` and ``substitutes_CODE``.

    :raises InvalidInput: something that is no number
    """
    found, bad = [], []
    for code in codes:
        numbers = []
        for name in (f"members_{code}", f"substitutes_{code}"):
            text = str(posted.get(name, "")).strip()
            if text and not (text.isascii() and text.isdigit() and len(text) < 4):
                data = {"text": text[:20]}
                bad.append(Finding("experts.need_unreadable", data, f"experts.{name}", Severity.REJECT))
            else:
                numbers.append(int(text or 0))
        if len(numbers) == 2 and any(numbers):
            found.append(Need(code, *numbers))
    if bad:
        raise InvalidInput(bad)
    return found


def read_marks(posted: Mapping[str, Any], codes: Sequence[str]) -> dict[str, int]:
    """Return marks by item; an empty one is left out, the rule says that it is missing.

    :raises InvalidInput: something that is no number
    """
    found, bad = {}, []
    for code in codes:
        text = str(posted.get(f"mark_{code}", "")).strip()
        if text and not (text.isascii() and text.isdigit() and len(text) < 4):
            data = {"text": text[:20]}
            bad.append(Finding("experts.mark_unreadable", data, f"experts.mark_{code}", Severity.REJECT))
        elif text:
            found[code] = int(text)
    if bad:
        raise InvalidInput(bad)
    return found


def read_day(text: str, field: str) -> date:
    """Return a day.

    :raises InvalidInput: not a day
    """
    try:
        return parse_date(text)
    except BadValue:
        finding = Finding("experts.day_unreadable", {"text": text[:30]}, f"experts.{field}", Severity.REJECT)
        raise InvalidInput([finding]) from None
