"""Forms of papers: opening a series, and the form that a template's fields make."""

from datetime import date
from typing import Any

from django.http import HttpRequest

from gongbu.ground.basics import clock
from gongbu.ground.documents.models import Document
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Unit
from gongbu.ground.policy.rules.papers import Field, Kind, PaperTemplate
from gongbu.ground.registers import catalogue
from gongbu.ground.registers.forms import BoundField, BoundStep, Form, FormSpec, Step

MOST_UNITS = 200
# How a template's kind of field is asked for on a page.
TYPES = {
    Kind.TEXT: ("text", ""), Kind.LONG_TEXT: ("long_text", ""), Kind.DATE: ("date", ""), Kind.YEAR: ("year", ""),
    Kind.COUNT: ("integer", ""), Kind.WAN: ("money", "wan"), Kind.YI: ("money", "yi"), Kind.PERCENT: ("decimal", "%"),
    Kind.NAMES: ("text", ""),
}  # fmt: skip


def units_for(act: str) -> Any:
    """Return the choices of 发文机关 for an act: the actor's own unit first, then those of his regions."""

    def choices(request: HttpRequest) -> list[tuple[str, str]]:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        rows = Unit.objects.visible_to(actor, act).filter(status=Unit.Status.ACTIVE)
        rows = rows.filter(kind__in=(Unit.Kind.GOVERNMENT, Unit.Kind.PUBLIC_INSTITUTION))
        found = [
            (str(pk), name) for pk, name in rows.order_by("region_id", "id").values_list("pk", "name")[:MOST_UNITS]
        ]
        return sorted(found, key=lambda pair: pair[0] != str(actor.unit_id))

    return choices


OPEN_SERIES = FormSpec(
    "papers.open_series",
    [Step("", ["papers.unit", "papers.mark", "papers.year", "papers.sorts", "papers.last_used"])],
    required=("papers.unit", "papers.mark", "papers.year", "papers.sorts", "papers.last_used"),
    wide=("papers.unit",),
    options={"papers.unit": units_for("papers.open_series")},
    keeps_draft=False,
)
HEAD = FormSpec(
    "papers.draft",
    [Step("", ["papers.unit", "papers.issued_on", "papers.access", "papers.copies"])],
    required=("papers.unit", "papers.issued_on", "papers.access"),
    wide=("papers.copies",),
    options={"papers.unit": units_for("papers.issue"), "papers.access": Document.Access.choices},
    keeps_draft=False,
)


def bind_draft(request: HttpRequest, template: PaperTemplate) -> Form:
    """Return the form of a template: 发文机关, day and level, then the template's own fields."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    initial: dict[str, Any] = {
        "papers.unit": str(actor.unit_id or ""),
        "papers.issued_on": clock.today(),
        "papers.access": template.access,
    }
    form = HEAD.bind(request, initial=initial)
    own = [_bound(form, item) for item in template.fields.values()]
    form.steps = [BoundStep("发文", form.steps[0].fields), BoundStep("内容", own, template.note)]
    return form


def _bound(form: Form, item: Field) -> BoundField:
    kind, unit = TYPES[item.kind]
    spec = catalogue.Field(
        key=item.key,
        label=item.label,
        type=kind,
        unit=unit,
        max_length=item.max_length if kind in {"text", "long_text"} else None,
        help=item.help or ("多人用顿号隔开。" if item.kind is Kind.NAMES else ""),
        rows=10,
    )
    bound = BoundField(
        spec=spec,
        id=f"{form.id}-{item.key}",
        name=item.key,
        is_required=item.default is None,
        is_wide=kind == "long_text" or item.max_length > 60,
    )
    form.fields[item.key] = bound
    return bound


def values_of(template: PaperTemplate, values: dict[str, Any]) -> dict[str, Any]:
    """Return the template's fields as the service takes them."""
    found: dict[str, Any] = {}
    for key, item in template.fields.items():
        value = values.get(key)
        if item.kind is Kind.NAMES and isinstance(value, str):
            value = [name for name in value.replace(" ", "、").split("、") if name]
        elif item.kind is Kind.PERCENT and value is not None:
            value = value / 100
        if value not in (None, "", []):
            found[key] = value
    return found


def day_of(values: dict[str, Any]) -> date:
    """Return 成文日期 of a read form."""
    day: date = values["papers.issued_on"]
    return day
