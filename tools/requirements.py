"""List the requirement IDs of docs/requirements.txt without a test that quotes them, and IDs that no list knows."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "docs" / "requirements.txt"


def listed() -> dict[str, str]:
    """Return ID → Chinese text, in the order of the list."""
    rows = (line.split(maxsplit=1) for line in LIST.read_text("utf-8").splitlines())
    return {row[0]: row[1] for row in rows if len(row) == 2 and not row[0].startswith("#")}


def quoted() -> dict[str, list[str]]:
    """Return ID → tests (``file::name``) that quote it with ``@pytest.mark.req``."""
    found: dict[str, list[str]] = {}
    for path in sorted([*ROOT.glob("gongbu/**/tests/**/*.py"), *ROOT.glob("tests/**/*.py")]):
        for name, identifier in _marks(ast.parse(path.read_text("utf-8"))):
            found.setdefault(identifier, []).append(f"{path.relative_to(ROOT)}::{name}")
    return found


def _marks(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            calls = [d for d in node.decorator_list if isinstance(d, ast.Call)]
        elif isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets
        ):
            calls = [c for c in ast.walk(node.value) if isinstance(c, ast.Call)]
        else:
            continue
        for call in calls:
            if isinstance(call.func, ast.Attribute) and call.func.attr == "req":
                for argument in call.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield getattr(node, "name", "pytestmark"), argument.value


def main() -> int:
    """Print the gaps; exit 1 only for an unknown ID, because a gap is work to do and not a mistake."""
    wanted, have = listed(), quoted()
    open_ids = [identifier for identifier in wanted if identifier not in have]
    for identifier in open_ids:
        print(f"{identifier}  {wanted[identifier]}")
    unknown = sorted(set(have) - set(wanted))
    for identifier in unknown:
        print(f"清单中没有 {identifier}：{'、'.join(have[identifier])}")
    print(f"共 {len(wanted)} 项，已有测试 {len(wanted) - len(open_ids)} 项，尚无测试 {len(open_ids)} 项")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
