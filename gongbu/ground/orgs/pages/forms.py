"""Forms of this room: catalogue keys carry the room's name, services speak of plain fields; this joins the two."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse

from gongbu.ground.basics.findings import Finding, InvalidInput, NotAllowed, NotFound, Refusal
from gongbu.ground.registers import forms

PREFIXES = ("orgs.", "orgs.unit_", "orgs.person_", "orgs.post_", "orgs.new_", "orgs.to_")


def handle(
    request: HttpRequest,
    form: forms.Form,
    save: Callable[[dict[str, Any]], str],
    template: str = "orgs/form.html",
    context: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Run a form; ``save`` gets the values by their keys without ``orgs.`` and returns an address."""

    def run(values: dict[str, Any]) -> str:
        try:
            return save({key.removeprefix("orgs."): value for key, value in values.items()})
        except (NotAllowed, NotFound):
            raise
        except InvalidInput as refusal:
            raise InvalidInput([_to_form(form, finding) for finding in refusal.findings]) from refusal
        except Refusal as refusal:
            refusal.field = _key(form, refusal.field)
            raise

    return forms.handle(request, form, run, template, context)


def _to_form(form: forms.Form, finding: Finding) -> Finding:
    return replace(finding, field=_key(form, finding.field))


def _key(form: forms.Form, name: str | None) -> str | None:
    if name is None or name in form.fields:
        return name
    return next((prefix + name for prefix in PREFIXES if prefix + name in form.fields), name)
