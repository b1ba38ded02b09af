"""The doctor's lines about the typefaces of papers: what stands in for what, and what to do about it."""

from pathlib import Path

import pytest

from gongbu.config import doctor
from gongbu.ground.papers.typesetting import faces


def lines() -> dict[str, doctor.Result]:
    return {result.name.strip(): result for result in doctor._paper_faces("文书字体")}


def test_a_missing_face_is_named_with_its_stand_in_and_the_folder(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(faces, "faces", lambda: faces.choose(frozenset({faces.SERIF, faces.SANS})))
    found = lines()
    assert found["文书字体"].state == doctor.OK
    assert found["仿宋（正文）"].state == doctor.WARN
    assert found["仿宋（正文）"].seen == f"未找到，以 {faces.SERIF} 代替"
    assert str(home / "fonts") in found["仿宋（正文）"].remedy
    assert (found["黑体"].state, found["黑体"].seen) == (doctor.OK, faces.SANS)


def test_with_the_official_faces_nothing_is_missing(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    official = {"仿宋_GB2312", "楷体_GB2312", "黑体", "宋体", "方正小标宋简体", faces.SERIF}
    monkeypatch.setattr(faces, "faces", lambda: faces.choose(frozenset(official)))
    assert {result.state for result in lines().values()} == {doctor.OK}


@pytest.mark.parametrize("trouble", [faces.NoFonts("none"), ImportError("typst")])
def test_without_typefaces_or_typesetter_no_paper_can_be_issued(
    monkeypatch: pytest.MonkeyPatch, home: Path, trouble: Exception
) -> None:
    def fail() -> faces.Faces:
        raise trouble

    monkeypatch.setattr(faces, "faces", fail)
    result = lines()["文书字体"]
    assert result.state == doctor.BAD
    assert "不能签发文书" in result.seen
    assert "安装" in result.remedy
