"""Names of downloads for readers that know ASCII only."""

import pytest

from gongbu.ground.registers.downloads import disposition


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("回执凭证离线核验.html", "file.html"),
        ("项目台账_2026.csv", "2026.csv"),
        ("回执", "file"),
        ("a b.pdf", "a b.pdf"),
    ],
)
def test_the_old_name_is_never_an_ending_alone(name, plain):
    assert disposition(name).startswith(f'attachment; filename="{plain}"; filename*=UTF-8')
