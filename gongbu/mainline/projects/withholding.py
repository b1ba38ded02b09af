"""The third door (GO-15): what meets a secrecy rule does not leave, although it stands in the tables.

Texts are tested when they enter. A rule written later, or a text that came in before it, is caught here: exports,
printed card, API, change feed and archive names. Only the row's id and the rule's name are kept, in the audit.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Func, QuerySet, TextField
from django.db.models.functions import Substr

from gongbu.ground.basics import reach
from gongbu.ground.basics.findings import Refusal
from gongbu.ground.orgs import trace as traces
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.trace import Trace
from gongbu.mainline.projects.models import Project, ProjectCode
from gongbu.mainline.projects.rules.secrecy import BASIS, LABELS, SECRET_TYPES, find_secret_rule

TEXTS = ("name", "owner_name", "sector", "content", "location", "funding_text", "period_text", "total_investment_text",
         "source", "source_url", "code_text")  # fmt: skip
_TYPE_AT = 13  # a code is 4-6-2-2-6 digits: its type segment stands behind two segments and two hyphens


def find_withheld(ids: "Iterable[int] | QuerySet[Any]") -> dict[int, str]:
    """Return project id → name of the rule it meets, of the given projects (2 queries); ``ids`` may be a query."""
    wanted = ids if isinstance(ids, QuerySet) else list(ids)
    projects = Project.objects.unscoped("only ids and rule names leave this function").filter(pk__in=wanted)
    codes = ProjectCode.objects.current().alias(type=Substr("code", _TYPE_AT, 2))
    secret = codes.filter(project_id__in=wanted, type__in=SECRET_TYPES)  # type: ignore[misc]  # the stubs know no alias
    with reach.widened("a code that is not seen would let a secret out; only ids and rule names leave this function"):
        found = dict.fromkeys(secret.values_list("project_id", flat=True), "secret_type_code")
    # None of the columns is NULL; Concat would nest a COALESCE per column, too deep for the parser of SQLite.
    joined = Func(*TEXTS, template="(%(expressions)s)", arg_joiner=" || '\n' || ", output_field=TextField())
    for pk, said in projects.annotate(said=joined).values_list("pk", "said").iterator():
        if rule := find_secret_rule([said]):
            found[pk] = rule
    return found


def withhold(rows: "QuerySet[Any]") -> Mapping[int, str]:
    """Return which of these flat rows an export leaves out, and by which rule (2 queries)."""
    return find_withheld(rows.order_by().values("pk"))


def refuse_withheld(project_id: int, actor: Actor, what: str) -> None:
    """Let nothing of a project out that meets a rule; the attempt is noted in the audit.

    :raises Refusal: ``secrecy.not_given_out``
    """
    if found := find_withheld([project_id]):
        traces.record(actor, what, 0, withheld=found)
        raise Refusal("secrecy.not_given_out", basis=BASIS, label=LABELS[found[project_id]])


def note(
    actor: Actor, what: str, rows: int, found: Mapping[int, str], filters: Mapping[str, Any] | None = None
) -> Trace | None:
    """Note in the audit what an answer of the API gave out and left out; nothing is written when it did neither."""
    return traces.record(actor, what, rows, filters, withheld=found) if rows or found else None
