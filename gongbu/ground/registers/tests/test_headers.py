"""What every answer tells the browser it may do, and that no source of ours needs more."""

import re
from pathlib import Path

import pytest
from django.test import Client

from gongbu.ground.registers import assets

ROOT = Path(assets.__file__).resolve().parents[3]
KINDS = {"/sign-in": 200, "/nowhere": 404, "/": 302, "/api/projects": 401, "/healthz": 200}

pytestmark = pytest.mark.django_db


def directives(answer):
    """Return the content policy of an answer, directive → sources."""
    policy = answer.headers["Content-Security-Policy"]
    return {part.split()[0]: part.split()[1:] for part in policy.split(";")}


@pytest.mark.parametrize("path", KINDS)
def test_every_answer_carries_the_strict_policy(path):
    answer = Client().get(path)
    assert answer.status_code == KINDS[path]
    policy = directives(answer)
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    assert not re.search("unsafe|nonce|http:|https:|\\*", answer.headers["Content-Security-Policy"])


@pytest.mark.parametrize("path", KINDS)
def test_every_answer_carries_its_companions(path):
    headers = Client().get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    for power in ("microphone", "payment", "usb"):
        assert f"{power}=()" in headers["Permissions-Policy"]
    assert "no-store" in headers["Cache-Control"].split(", ")


def test_static_files_carry_them_too():
    if not assets.manifest():
        pytest.skip("缺前端构建：请先运行 make build")
    headers = Client().get(assets.asset("app.css")).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in headers["Cache-Control"]
    assert "Content-Security-Policy" in headers


def test_strict_transport_is_asked_for_behind_tls_and_never_without(settings):
    assert "Strict-Transport-Security" not in Client().get("/sign-in").headers
    settings.SECURE_HSTS_SECONDS = 31_536_000  # what GONGBU_HTTPS=1 sets, together with the next line
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert "Strict-Transport-Security" not in Client().get("/sign-in").headers
    proxied = Client(headers={"x-forwarded-proto": "https"}).get("/sign-in")
    assert proxied.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_nobody_can_pretend_to_come_by_tls():
    """Without GONGBU_HTTPS the header of a proxy is not believed."""
    assert not Client(headers={"x-forwarded-proto": "https"}).get("/sign-in").wsgi_request.is_secure()


INLINE = re.compile(r"""\sstyle=["'\\]|<style\b|<script>|\son(?:click|change|submit|load|input|error)=|javascript:""")
"""Inline styles, scripts and handlers: each would be refused by the browser, in silence for the user."""


def test_no_template_writes_inline_styles_scripts_or_handlers():
    faults = []
    for file in sorted(ROOT.glob("gongbu/**/*")):
        if file.suffix not in {".html", ".py"} or {"tests", "dist"} & set(
            file.parts
        ):  # dist: built, one only handed out
            continue
        faults += [f"{file.relative_to(ROOT)}: {found[0]}" for found in INLINE.finditer(file.read_text("utf-8"))]
    assert not faults


def test_no_script_sets_a_style_attribute_or_evaluates_text():
    faults = []
    for file in sorted((ROOT / "frontend" / "js").glob("*.js")):
        text = file.read_text("utf-8")
        faults += [
            f"{file.name}: {m[0]}" for m in re.finditer(r"setAttribute\(.style|\sstyle=|\beval\(|new Function", text)
        ]
    assert not faults
