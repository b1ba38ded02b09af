"""Chinese wording of codes. Each room registers its ``messages.py``; the edge asks for words here."""

from collections.abc import Mapping
from typing import Any

from gongbu.ground.basics.findings import Finding, Refusal

# What basics itself refuses, whichever rooms are installed; every other code is worded by its room.
_TEMPLATES: dict[str, str] = {
    "secrecy.refused": "内容触发涉密拦截规则“{label}”，没有保存，系统也没有留下内容。涉密项目不得在本平台录入、导入或导出，请经涉密渠道办理；"
    "如属误判，请改写触发该规则的字样后重填，拿不准的请本单位保密员核对。",
}


def register(templates: Mapping[str, str]) -> None:
    """Add a room's templates (``str.format`` syntax over the data of the finding).

    :raises ValueError: a code is already worded differently elsewhere
    """
    for code, template in templates.items():
        if _TEMPLATES.get(code, template) != template:
            raise ValueError(f"message code worded twice: {code}")
        _TEMPLATES[code] = template


class _Shown(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "—"


def word(what: Finding | Refusal) -> str:
    """Return the Chinese message of a finding or refusal, with its basis when it has one.

    An unworded code is shown as itself, so that nothing is hidden; a test keeps the list complete.
    """
    template = _TEMPLATES.get(what.code)
    text = what.code if template is None else template.format_map(_Shown(what.data))
    return f"{text}依据：{what.basis}。" if what.basis else text


def is_worded(code: str) -> bool:
    """Return whether a template exists for ``code``."""
    return code in _TEMPLATES
