"""Which parts of a style sheet need a browser above Chromium 109. What stands behind ``@supports`` may use more."""

from collections.abc import Iterator
from typing import Any

import tinycss2

# Feature → first Chromium that has it.
FUNCTIONS = {
    "color-mix": 111, "light-dark": 123, "oklch": 111, "oklab": 111, "lch": 111, "lab": 111, "color": 111,
    "linear": 113, "round": 125, "mod": 125, "rem": 125, "sin": 111, "cos": 111, "tan": 111, "anchor": 125,
    "image-set": 113, "if": 137, "sibling-index": 138,
}  # fmt: skip
AT_RULES = {"scope": 118, "starting-style": 117, "view-transition": 126, "position-try": 125, "function": 139}
SELECTORS = {
    ":popover-open": 114,
    ":user-valid": 119,
    ":user-invalid": 119,
    ":dir(": 120,
    ":has(": 105,
    "::details-content": 131,
}
PROPERTIES = {
    "text-wrap": 114, "text-wrap-style": 130, "field-sizing": 123, "anchor-name": 125, "position-anchor": 125,
    "animation-timeline": 115, "view-transition-name": 111, "interpolate-size": 129, "scrollbar-gutter-stable": 999,
    "transition-behavior": 117, "text-box-trim": 133, "corner-shape": 139, "scrollbar-color": 121,
    "scrollbar-width": 121,
}  # fmt: skip
# Ignored by an older browser without harm to the page.
HARMLESS = {"scrollbar-color", "scrollbar-width", "view-transition-name", "interpolate-size", "transition-behavior"}
VALUES = {"subgrid": 117}
# Allowed below the floor number, but a page may not depend on it (ARCHITECTURE §7).
NEVER = {":has("}


def faults(css: str, floor: int = 109) -> list[str]:
    """Return one line per use of something newer than Chromium ``floor``."""
    return sorted(set(_rules(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True), floor)))


def _rules(rules: list[Any], floor: int) -> Iterator[str]:
    for rule in rules:
        if rule.type == "error":
            yield f"{rule.source_line}：读不懂：{rule.message}"
        elif rule.type == "at-rule":
            keyword = rule.lower_at_keyword
            if AT_RULES.get(keyword, 0) > floor:
                yield f"{rule.source_line}：@{keyword} 需要 Chromium {AT_RULES[keyword]}"
            if rule.content is not None and keyword != "supports":
                if keyword in {"media", "layer", "container"}:
                    inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
                    yield from _rules(inner, floor)
                else:
                    yield from _tokens(rule.content, floor)
        elif rule.type == "qualified-rule":
            selector = tinycss2.serialize(rule.prelude)
            for mark, since in SELECTORS.items():
                if mark in selector and (since > floor or mark in NEVER):
                    yield f"{rule.source_line}：{mark.rstrip('(')} 在 {selector.strip()[:80]}"
            for item in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
                if item.type in {"qualified-rule", "at-rule"}:
                    yield f"{item.source_line}：嵌套规则需要 Chromium 112"
                elif item.type == "declaration":
                    name = item.lower_name
                    if PROPERTIES.get(name, 0) > floor and name not in HARMLESS:
                        yield f"{item.source_line}：{name} 需要 Chromium {PROPERTIES[name]}"
                    yield from _tokens(item.value, floor)


def _tokens(tokens: list[Any], floor: int) -> Iterator[str]:
    for token in tokens:
        if token.type == "function":
            if FUNCTIONS.get(token.lower_name, 0) > floor:
                yield f"{token.source_line}：{token.lower_name}() 需要 Chromium {FUNCTIONS[token.lower_name]}"
            yield from _tokens(token.arguments, floor)
        elif token.type in {"() block", "[] block", "{} block"}:
            yield from _tokens(token.content, floor)
        elif token.type == "ident" and VALUES.get(token.lower_value, 0) > floor:
            yield f"{token.source_line}：{token.value} 需要 Chromium {VALUES[token.lower_value]}"
