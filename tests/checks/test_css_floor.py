"""The built style sheet runs on Chromium 109, the last one on the Windows 7 desks of townships."""

import pytest
from css_floor import faults

from gongbu.config import frontend


def test_built_style_sheets_stay_on_the_floor() -> None:
    if not frontend.is_built():
        pytest.skip("缺前端构建：先运行 make build")
    sheets = sorted(frontend.DIST.glob("*.css"))
    assert sheets
    assert not {path.name: found for path in sheets if (found := faults(path.read_text("utf-8")))}


@pytest.mark.parametrize(
    "css",
    [
        "a{color:color-mix(in srgb, red, blue)}",
        ":root{--c:color-mix(in srgb, red, blue)}",
        "a{color:light-dark(#fff,#000)}",
        "@media print{a{background:oklch(50% 0 0)}}",
        ".a{.b{color:red}}",
        ".a:has(.b){color:red}",
        "@starting-style{a{opacity:0}}",
        "h1{text-wrap:balance}",
        ".g{grid-template-rows:subgrid}",
    ],
)
def test_newer_features_are_found(css: str) -> None:
    assert faults(css)


@pytest.mark.parametrize(
    "css",
    [
        "a{color:rgb(11 87 208 / 50%);inset:0;aspect-ratio:1}",
        "@supports (text-wrap:balance){h1{text-wrap:balance}}",
        "@layer base{:where(a):is(.b){gap:8px}}",
        ".t{scrollbar-width:thin}",
    ],
)
def test_floor_features_pass(css: str) -> None:
    assert faults(css) == []
