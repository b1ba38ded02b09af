"""The third door (GO-15): what meets a secrecy rule does not leave, although it stands in the tables.

Texts are tested when they enter. A rule written later, or a text that came in before it, is caught here: exports,
printed card, API, change feed and archive names. Only the row's id and the rule's name are kept, in the audit.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Func, QuerySet, TextField

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.orgs import audit
from gongbu.ground.orgs.actor import Actor
from gongbu.mainline.projects.models import Project, ProjectCode
from gongbu.mainline.projects.rules.secrecy import BASIS, SECRET_TYPES, find_secret_rule

TEXTS = ("name", "owner_name", "sector", "content", "location", "funding_text", "period_text", "total_investment_text",
         "source", "source_url", "code_text")  # fmt: skip
# Every pattern of rules/secrecy.py needs one of these: the database drops the rest, the rules decide.
HINT = "密|军事|军用|国防工程|人防指挥|代号|代码"
_SECRET_TYPE = f"^[0-9]{{4}}-[0-9]{{6}}-({'|'.join(sorted(SECRET_TYPES))})-"


def find_withheld(ids: Iterable[int] | None = None) -> dict[int, str]:
    """Return project id → name of the rule it meets, of the given projects or of all (2 queries)."""
    projects = Project.objects.unscoped("only ids and rule names leave this function")
    codes = ProjectCode.objects.current().filter(code__regex=_SECRET_TYPE)
    if ids is not None:
        wanted = list(ids)
        projects, codes = projects.filter(pk__in=wanted), codes.filter(project_id__in=wanted)
    found = dict.fromkeys(codes.values_list("project_id", flat=True), "secret_type_code")
    # None of the columns is NULL; Concat would nest a COALESCE per column, too deep for the parser of SQLite.
    joined = Func(*TEXTS, template="(%(expressions)s)", arg_joiner=" || '\n' || ", output_field=TextField())
    rows = projects.annotate(said=joined).filter(said__regex=HINT)
    for pk, said in rows.values_list("pk", "said"):
        if rule := find_secret_rule([said]):
            found[pk] = rule
    return found


def withhold(rows: "QuerySet[Any]") -> Mapping[int, str]:
    """Return which of these flat rows an export leaves out, and by which rule (3 queries)."""
    found = find_withheld()
    if not found:
        return {}
    return {pk: found[pk] for pk in rows.filter(pk__in=list(found)).values_list("pk", flat=True)}


def refuse_withheld(project_id: int, actor: Actor, what: str) -> None:
    """Let nothing of a project out that meets a rule; the attempt is noted in the audit.

    :raises Refusal: ``secrecy.not_given_out``
    """
    if found := find_withheld([project_id]):
        audit.record_export(actor, what, 0, withheld=found)
        raise Refusal("secrecy.not_given_out", basis=BASIS)


def note(actor: Actor, what: str, rows: int, found: Mapping[int, str]) -> None:
    """Note in the audit what an answer left out; nothing is written when nothing was."""
    if found:
        audit.record_export(actor, what, rows, withheld=found)
