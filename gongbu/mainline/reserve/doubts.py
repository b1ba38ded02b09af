"""What is asked once more of a project about to be declared, and shown to those who check it (GO-13)."""

from collections.abc import Mapping, Sequence
from typing import Any

from gongbu.ground.basics.findings import Finding
from gongbu.ground.basics.money import as_wan, as_yi
from gongbu.ground.registers.forms import Form
from gongbu.mainline.projects import doubts
from gongbu.mainline.projects.models import Project
from gongbu.mainline.reserve.choices import LibraryKind
from gongbu.mainline.reserve.models import LibraryEntry
from gongbu.mainline.reserve.system import System


def of_form(form: Form, *, system: System, project: Project | None = None) -> Sequence[Finding]:
    """Return the doubts in a declaration: of the project as it will stand, and against the library's whole target."""
    kind = LibraryKind.CHAIN if form.values.get("industry_chain_id") else LibraryKind.SECTOR
    if project is not None:
        form.initial = {**_known(project), **form.initial}
    total = form.values.get("total_investment_fen")
    return [*doubts.of_form(form), *against_target(system, kind, total)]


def of_project(system: System, project: Project, kind: str) -> list[Finding]:
    """Return the doubts about a project on file, for the person who checks its declaration."""
    return [
        *doubts.of_values(project.__dict__), *against_target(system, LibraryKind(kind), project.total_investment_fen)
    ]  # fmt: skip


def of_entry(system: System, entry: LibraryEntry) -> list[Finding]:
    """Return the doubts about a declaration: those of its project, and that its list's total is not counted yet."""
    found = of_project(system, entry.project, entry.kind)
    total = entry.project.total_investment_fen
    if total is not None and entry.doubted_fen == total:
        found.insert(0, Finding("reserve.amount_doubted", {"found": f"{as_wan(total)} 万元"}, "total_investment_fen"))
    return found


def against_target(system: System, kind: str, total_fen: int | None) -> list[Finding]:
    """Return a doubt when one project is larger than all that the packs want its library to hold (none without one)."""
    target = system.target(kind)
    if target is None or not total_fen or total_fen <= int(str(target.value)):
        return []
    data = {
        "found": f"{as_wan(total_fen)} 万元", "read": f"{as_yi(total_fen)} 亿元", "kind": str(LibraryKind(kind).label),
        "target": f"{as_yi(int(str(target.value)), 0)} 亿元",
    }  # fmt: skip
    return [Finding("import.amount_above_whole", data, "total_investment_fen", basis=target.basis)]


def _known(project: Project) -> Mapping[str, Any]:
    keys = ("name", "stage", "content", "total_investment_fen", "planned_start_on", "planned_start_precision")
    return {key: getattr(project, key) for key in keys}
