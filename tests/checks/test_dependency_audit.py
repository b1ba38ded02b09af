"""The audit of dependencies: it fails on what is known, and never passes for what it did not ask."""

import json
from datetime import date

import pytest

from tools import audit_dependencies as audit

TODAY = date(2026, 11, 28)
CLEAN = {"dependencies": [{"name": "django", "version": "5.2.1", "vulns": []}]}
HIT = {
    "dependencies": [
        {"name": "django", "version": "5.2.1", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["5.2.9"]}]}
    ]
}
SKIPPED = {"dependencies": [{"name": "django", "skip_reason": "Dependency not found and could not be audited"}]}
NPM = {
    "auditReportVersion": 2,
    "vulnerabilities": {
        "htmx.org": {"via": [{"url": "https://github.com/advisories/GHSA-aaaa-bbbb-cccc", "range": "<2.0.1"}]},
        "above": {"via": ["htmx.org"]},
    },
    "metadata": {"dependencies": {"total": 12}},
}


def test_a_clean_list_passes_and_says_how_many_were_asked() -> None:
    judged = audit.judge("runtime", audit.read_pip_audit(json.dumps(CLEAN)), {}, TODAY)
    assert not judged.is_bad
    assert judged.lines == ["核对 1 个包，0 条漏洞：runtime"]


def test_a_known_vulnerability_fails_with_its_number_and_its_cure() -> None:
    judged = audit.judge("runtime", audit.read_pip_audit(json.dumps(HIT)), {}, TODAY)
    assert judged.is_bad
    assert judged.lines[1] == "有已知漏洞：runtime django 5.2.1 PYSEC-2026-1（已修复于 5.2.9）"


@pytest.mark.parametrize(("until", "is_bad"), [(date(2026, 11, 27), True), (TODAY, False), (date(2026, 11, 29), False)])
def test_an_accepted_one_passes_until_its_day(until: date, is_bad: bool) -> None:
    judged = audit.judge("runtime", audit.read_pip_audit(json.dumps(HIT)), {"PYSEC-2026-1": until}, TODAY)
    assert judged.is_bad is is_bad


@pytest.mark.parametrize(
    "text", [json.dumps(SKIPPED), "", "ConnectionError: no route", '{"error": {"code": "ENOTFOUND"}}']
)
def test_a_service_that_does_not_answer_is_said_and_fails_nothing(text: str) -> None:
    for said in (audit.read_pip_audit(text), audit.read_npm_audit(text)):
        judged = audit.judge("runtime", said, {}, TODAY)
        assert not judged.is_bad
        assert judged.lines[0].startswith("未连上漏洞库，没有核对：runtime")


def test_packages_that_a_service_does_not_know_are_named() -> None:
    mixed = {"dependencies": [*CLEAN["dependencies"], {"name": "own", "skip_reason": "?"}]}
    judged = audit.judge("dev", audit.read_pip_audit(json.dumps(mixed)), {}, TODAY)
    assert judged.lines == ["核对 1 个包，0 条漏洞：dev", "漏洞库不认识 1 个包，没有核对：own"]


def test_advisories_of_the_front_end_are_read() -> None:
    judged = audit.judge("frontend", audit.read_npm_audit(json.dumps(NPM)), {}, TODAY)
    assert judged.is_bad
    assert judged.lines == [
        "核对 12 个包，1 条漏洞：frontend",
        "有已知漏洞：frontend htmx.org GHSA-aaaa-bbbb-cccc（受影响 <2.0.1）",
    ]


def test_an_accepted_advisory_has_a_reason_and_a_day() -> None:
    assert audit.read_accepted(audit.ACCEPTED.read_text("utf-8")) == {}
    assert audit.read_accepted("A-1: {why: 没有用到, until: 2026-12-31}") == {"A-1": date(2026, 12, 31)}
    for text in ("A-1: {why: '', until: 2026-12-31}", "A-1: {why: 没有用到}"):
        with pytest.raises(ValueError, match="A-1"):
            audit.read_accepted(text)
