"""Which typefaces papers are set in on this machine: 仿宋 楷体 黑体 宋体 小标宋, the first that is found of each list.

The packaged Noto faces (OFL) always stand behind. 仿宋_GB2312 and 方正小标宋 are property of their makers: an installation
puts its own licensed files into ``<home>/fonts``. DOCX names the official faces and leaves the finding to Word or WPS.
"""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    import typst

PACKAGE = "pylopdf_fonts_zh_cn"
SERIF, SANS = "Noto Serif SC", "Noto Sans SC"
# The 仿宋 and 楷体 of the TeX distribution lie outside the folders that are searched for system fonts.
EXTRA_FOLDERS = ("/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol",)
WANTED: dict[str, tuple[str, ...]] = {
    "fangsong": (
        "仿宋_GB2312", "FangSong_GB2312", "仿宋", "FangSong", "STFangsong", "FZFangSong-Z02", "FZFangSong-Z02S",
        "Zhuque Fangsong", "Zhuque Fangsong (technical preview)", "FandolFang R", "FandolFang",
    ),
    "kai": (
        "楷体_GB2312", "KaiTi_GB2312", "楷体", "KaiTi", "STKaiti", "FZKai-Z03", "FandolKai", "AR PL UKai CN",
        "AR PL KaitiM GB",
    ),
    "hei": ("黑体", "SimHei", "FandolHei", SANS, "Noto Sans CJK SC", "WenQuanYi Zen Hei"),
    "song": ("宋体", "SimSun", SERIF, "Noto Serif CJK SC"),
    "title": ("方正小标宋简体", "方正小标宋_GBK", "FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05"),
}  # fmt: skip
_LIGHT = frozenset({SANS, "Noto Sans CJK SC"})  # their strokes are thinner than those of a 黑体
LABELS = {"fangsong": "仿宋（正文）", "kai": "楷体", "hei": "黑体", "song": "宋体", "title": "小标宋（标题）"}


class NoFonts(RuntimeError):
    """No Chinese typeface at all: papers cannot be set."""


@dataclass(frozen=True, slots=True)
class Faces:
    """Families per role, best first. The strokes (points at 三号 and 二号) thicken a substitute to the usual weight."""

    fangsong: tuple[str, ...]
    kai: tuple[str, ...]
    hei: tuple[str, ...]
    song: tuple[str, ...]
    title: tuple[str, ...]
    hei_stroke: float
    title_stroke: float
    substituted: tuple[str, ...]

    def for_typst(self) -> dict[str, object]:
        """Return what the template asks for."""
        roles: dict[str, object] = {role: list(getattr(self, role)) for role in WANTED}
        return {**roles, "hei_stroke": self.hei_stroke, "title_stroke": self.title_stroke}


def folders() -> list[Path]:
    """Return the folders searched besides those of the system, the installation's own first."""
    found = [Path(settings.HOME) / "fonts"]
    spec = find_spec(PACKAGE)
    if spec is not None and spec.origin is not None:
        found.append(Path(spec.origin).parent)
    return [folder for folder in (*found, *map(Path, EXTRA_FOLDERS)) if folder.is_dir()]


def search() -> "typst.Fonts":
    """Return every typeface that typst can use here (about 0.1 s)."""
    import typst  # 80 MB that most commands and pages never need

    return typst.Fonts(
        include_system_fonts=True, include_embedded_fonts=False, font_paths=[str(path) for path in folders()]
    )


def choose(families: frozenset[str]) -> Faces:
    """Return the faces for the families that exist.

    :raises NoFonts: there is no Chinese one among them
    """
    behind = tuple(name for name in (SERIF, "Noto Serif CJK SC", SANS, "Noto Sans CJK SC") if name in families)
    found = {role: next((name for name in wanted if name in families), "") for role, wanted in WANTED.items()}
    if not (behind or found["song"] or found["fangsong"]):
        raise NoFonts("no Chinese typeface")
    stand_in = {"kai": found["fangsong"], "fangsong": found["song"], "title": found["song"]}

    def ordered(role: str) -> tuple[str, ...]:
        names = (found[role] or stand_in.get(role, ""), found["fangsong"] if role == "kai" else "", *behind)
        return tuple(dict.fromkeys(name for name in names if name))

    return Faces(
        **{role: ordered(role) for role in WANTED},
        hei_stroke=0.3 if found["hei"] in _LIGHT else 0.0,
        title_stroke=0.0 if found["title"] else 0.5,
        substituted=tuple(role for role in WANTED if not found[role]),
    )


@cache
def faces() -> Faces:
    """Return the faces of this machine, looked for once per process.

    :raises NoFonts: there is no Chinese typeface
    """
    return choose(frozenset(search().families()))
