"""The field catalogue: one key, one room."""

import pytest
import yaml

from gongbu.ground.registers import catalogue


def write(tmp_path, name, text):
    file = tmp_path / name
    file.write_text(text, "utf-8")
    return file


def test_the_installed_catalogue_loads_and_every_field_has_a_label():
    fields = catalogue.catalogue()
    assert fields
    assert all(row.label and row.room for row in fields.values())


@pytest.mark.req("GO-12")
def test_a_key_of_another_room_is_refused(tmp_path):
    a = write(tmp_path, "a.yaml", "fields: [{key: total, label: 总投资, type: money}]")
    b = write(tmp_path, "b.yaml", "fields: [{key: total, label: 投资额, type: money}]")
    with pytest.raises(catalogue.BadCatalogue, match=r"total 已由 projects 提供"):
        catalogue.load([("projects", a), ("plans", b)])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{key: a, label: 甲, typ: text}", "不认识的属性"),
        ("{key: a, label: 甲, type: colour}", "类型 colour"),
        ("{key: a, label: 甲, type: choice}", "要有 choices"),
        ("{key: a, label: 甲, type: money, unit: jiao}", "只能是"),
        ("{key: a}", "都要有 key 和 label"),
        ("{key: a, label: 甲, computed_from: [b]}", "不存在的字段"),
    ],
)
def test_a_bad_field_is_named_with_its_mend(tmp_path, row, said):
    with pytest.raises(catalogue.BadCatalogue, match=said):
        catalogue.load([("x", write(tmp_path, "f.yaml", f"fields: [{row}]"))])


def test_the_same_key_twice_in_one_file_is_refused():
    rows = yaml.safe_load("fields: [{key: a, label: 甲}, {key: a, label: 乙}]")
    with pytest.raises(catalogue.BadCatalogue, match="写了两次"):
        catalogue.parse(rows, "f.yaml")


def test_headings_are_folded():
    assert catalogue.fold(" 总 投资（万元）") == "总投资(万元)"
