"""Reports against each other: shared passages, common wording, and files that cannot be read."""

import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from gongbu.mainline.likeness.commands import texts
from gongbu.mainline.likeness.lists import Unusable
from gongbu.mainline.likeness.reports import read_report
from gongbu.mainline.likeness.rules.texts import Text, marked, share

COPIED = "项目建成后年接待群众约三万人次，带动周边就业二百六十人，直接经济效益显著，财务内部收益率为百分之八点二，投资回收期十一年。"
COMMON = "本报告依据国家有关法律法规、产业政策和行业技术规范编制，坚持实事求是、科学论证、综合比选的原则，为项目决策提供依据。"
MINE = "石桥镇位于县城东部，辖二十三个行政村，现有卫生院业务用房建于上世纪八十年代，已不能满足群众就医需要。"
THEIRS = "东铺镇地处河谷平坝，常住人口四万一千，敬老院床位不足，失能老人照护需求突出，亟需新建综合服务楼。"


@pytest.mark.req("LY-22")
def test_a_copied_passage_is_found_and_common_wording_is_told_apart() -> None:
    one, other = Text(MINE + COMMON + COPIED), Text(COMMON + "\n" + THEIRS + COPIED.replace("，", "， "))
    alone = share(one, other, 30)
    assert [p.is_common for p in alone.passages] == [False, False]
    others = [Text(f"{n}号报告" * 9 + COMMON) for n in range(3)]
    found = share(one, other, 30, others, common_in=5)
    assert [p.is_common for p in found.passages] == [True, False]
    assert found.passages[1].text == COPIED.rstrip("。")
    assert 0.4 < found.share < alone.share
    assert share(Text(MINE), Text(THEIRS), 30).passages == ()


@pytest.mark.req("LY-22")
def test_a_changed_figure_does_not_hide_a_copy() -> None:
    changed = COPIED.replace("二百六十人", "九十人")
    (passage,) = share(Text(COPIED), Text(changed), 30).passages
    assert passage.characters > 45


@pytest.mark.req("LY-22")
def test_what_was_changed_inside_a_copy_is_told_apart() -> None:
    changed = COPIED.replace("二百六十人", "九十人").replace("，", "、", 1)
    mine, theirs = marked(COPIED, changed)
    assert [words for words, is_shared in mine if not is_shared] == ["二百六"]
    assert [words for words, is_shared in theirs if not is_shared] == ["九"]
    assert marked("甲", "乙") == ([("甲", False)], [("乙", False)])
    assert marked(COPIED, COPIED) == ([(COPIED, True)], [(COPIED, True)])


@given(st.text("甲乙丙，。 a", max_size=60), st.text("甲乙丙，。 a", max_size=60), st.text("甲乙丙丁", max_size=30))
def test_marked_pieces_are_the_texts_again(x: str, y: str, z: str) -> None:
    for one, other in ((x + z, y + z), (z * 2 + x + z, z * 2 + y + z)):
        mine, theirs = marked(one, other)
        assert "".join(words for words, _ in mine) == one
        assert "".join(words for words, _ in theirs) == other
        letters = [
            "".join(c for words, shared in side if shared for c in words if c.isalnum()) for side in (mine, theirs)
        ]
        assert letters[0] == letters[1], "what is marked as the same is the same"


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_shares_are_bounded_and_a_text_is_its_own_copy(x: str, y: str) -> None:
    found = share(Text(x), Text(y), 13)
    assert 0 <= found.share <= 1
    assert 0 <= found.other_share <= 1
    own = Text(x)
    if len(own.counted) >= 13:
        assert share(own, Text(x), 13).share > 0.9


def docx(path: Path, paragraphs: list[str], head: str = "") -> Path:
    ns = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = "".join(f"<w:p><w:r><w:t>{p}</w:t></w:r></w:p>" for p in paragraphs)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "word/document.xml", f"<?xml version='1.0'?>{head}<w:document {ns}><w:body>{body}</w:body></w:document>"
        )
    return path


@pytest.mark.req("LY-22")
def test_two_files_are_compared_on_the_command_line(tmp_path: Path) -> None:
    a = docx(tmp_path / "甲.docx", [MINE, COPIED])
    b = tmp_path / "乙.txt"
    b.write_bytes((THEIRS + COPIED).encode("gb18030"))
    done = CliRunner().invoke(texts, [str(a), str(b), "--json"])
    assert done.exit_code == 0, done.output
    answer = json.loads(done.output)
    assert answer["share_a"] > 0.4
    assert "财务内部收益率" in answer["passages"][0]["text"]


def test_the_words_of_a_pdf_are_read(tmp_path: Path) -> None:
    drawn = b"BT /F1 12 Tf 10 50 Td (feasibility study 2026) Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 100] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, o) for n, o in enumerate(objects, 1))
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.4\n" + body + b"trailer << /Root 1 0 R /Size 6 >>\n%%EOF\n")
    assert "feasibility study 2026" in read_report(path)


def test_what_cannot_be_compared_is_said_in_one_line(tmp_path: Path) -> None:
    bomb = docx(tmp_path / "a.docx", ["文字"], '<!DOCTYPE x [<!ENTITY y "z">]>')
    secret = tmp_path / "b.txt"
    secret.write_text("机密★十年 本工程……", "utf-8")
    empty = tmp_path / "c.txt"
    empty.write_text("  \n", "utf-8")
    broken = tmp_path / "d.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing")
    for path, said in (
        (bomb, "不是可读"),
        (secret, "涉密"),
        (empty, "没有文字"),
        (broken, "不是可读"),
        (tmp_path / "none", "没有文件"),
    ):
        with pytest.raises(Unusable, match=said):
            read_report(path)
    done = CliRunner().invoke(texts, [str(secret), str(empty)])
    assert done.exit_code == 2
    assert done.output.count("\n") == 1
    assert "十年" not in done.output
