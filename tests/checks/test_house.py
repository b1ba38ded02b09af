"""The house keeps its plan: pure rules, rooms that meet through services and queries, no writes behind the back."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "gongbu"
# puremagic judges bytes by their content and touches nothing else.
PURE = {"numpy", "puremagic", "gongbu.ground.basics.findings", "gongbu.ground.basics.money"}
ROOM = re.compile(r"^gongbu\.(\w+)\.(\w+)")


# Places known to break the plan; the list may only shrink.
KNOWN_DEBTS = {
    "gongbu.mainline.approvals.importing Project",
    "gongbu.mainline.approvals.services Project",
    "gongbu.mainline.projects.api PolicyDecision",
    "gongbu.mainline.projects.dossier Entry",
    "gongbu.mainline.projects.feed Leaf",
    "gongbu.mainline.projects.services.record Entry",
}


@cache
def modules() -> list[tuple[str, Path, ast.Module]]:
    """Return dotted name, path and syntax tree of every module that is neither a test nor a migration."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        if not {"tests", "migrations", "testing"} & set(parts):
            found.append((".".join(parts).removesuffix(".__init__"), path, ast.parse(path.read_text("utf-8"))))
    return found


def imports(tree: ast.Module) -> Iterator[str]:
    """Yield imported modules; ``from a import b`` yields ``a.b``. Imports for types alone do not count."""
    typing_only = {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_rules_import_the_standard_library_and_numpy_only() -> None:
    bad = []
    for name, _path, tree in modules():
        if "rules" not in name.split("."):
            continue
        own = name.split(".rules")[0] + ".rules"
        for target in imports(tree):
            top = target.split(".")[0]
            pure = any(target == p or target.startswith(f"{p}.") for p in (*PURE, own))
            other_rules = top == "gongbu" and "rules" in target.split(".")
            if top not in sys.stdlib_module_names and not pure and not other_rules:
                bad.append(f"{name} → {target}")
    assert not bad


def test_rules_do_not_read_the_clock() -> None:
    bad = []
    for name, _path, tree in modules():
        if "rules" in name.split("."):
            calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
            bad += [
                f"{name}: {c}" for c in calls if re.search(r"\b(date\.today|datetime\.(now|utcnow)|time\.time)$", c)
            ]
    assert not bad


def test_rooms_meet_through_services_and_queries() -> None:
    """No room asks another room's tables (``Other.objects…``); naming a row that a service returned is fine.

    The people and regions of orgs and the outbox are everybody's.
    """
    shared = {"gongbu.ground.orgs", "gongbu.ground.outbox"}
    bad = []
    for name, _path, tree in modules():
        room = ROOM.match(name)
        if room is None or room[1] == "config" or name.endswith(".bench"):
            continue
        foreign = {
            target.rsplit(".", 1)[1]
            for target in imports(tree)
            if (other := ROOM.match(target)) and other[0] != room[0] and other[0] not in shared and ".models." in target
        }
        asked = [
            f"{name} {node.value.id}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr == "objects"
            and isinstance(node.value, ast.Name) and node.value.id in foreign
        ]  # fmt: skip
        bad += asked
    assert set(bad) == KNOWN_DEBTS, "new ones are to be mended; mended ones leave the list"


def test_no_signal_receivers_and_no_overridden_save() -> None:
    bad = []
    for name, _path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name == "save" and "models" in name.split("."):
                bad.append(f"{name}.save")
            if isinstance(node, ast.ImportFrom) and node.module == "django.db.models.signals":
                bad.append(f"{name}: signals")
    assert not bad


def test_only_the_clock_reads_the_clock() -> None:
    """``datetime.now`` and ``date.today`` outside basics.clock would escape a simulation and the Shanghai day."""
    allowed = {"gongbu.ground.basics.clock", "gongbu.config.doctor", "gongbu.config.backing", "gongbu.config.logs"}
    bad = []
    for name, _path, tree in modules():
        if name in allowed:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and re.search(
                r"\b(date\.today|datetime\.(now|utcnow)|timezone\.now)$", ast.unparse(node.func)
            ):
                bad.append(f"{name}:{node.lineno}")
    assert not bad
