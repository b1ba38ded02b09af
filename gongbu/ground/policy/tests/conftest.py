"""A small pack written to a folder, a fictional city with a county, and people who may and may not adopt."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from gongbu.ground.orgs.actor import Actor, GrantScope
from gongbu.ground.orgs.models import Region

HEAD = """\
key: {key}
label: 样例包{key}
subjects: [{subject}]
levels: [CITY, COUNTY]
version: "2026.1.1"
over: [{over}]
basis:
  - {{key: 样例条例, name: 样例条例（第1号令）, effective_on: 2020-01-01}}
"""


@pytest.fixture
def write_pack(tmp_path):
    """Write a pack folder under ``tmp_path/packs``; files by relative path, ``pack.yaml`` added when absent."""

    def write(key="sample", files=None, *, subject="GRADING", over="") -> Path:
        folder = tmp_path / "packs" / key
        content = {"pack.yaml": HEAD.format(key=key, subject=subject, over=over), **(files or {})}
        for name, text in content.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return folder

    return write


def parameter(key="sample.limit", value='"20"', unit="workdays", since="2020-01-01", more="", version_more=""):
    """A parameter file with one version."""
    return f"""\
key: {key}
label: 样例时限
unit: {unit}
anchor: accepted_on
{more}
versions:
  - from: {since}
    value: {value}
    basis: {{instrument: 样例条例, article: 第一条}}
    confidence: V1
{version_more}
"""


def table(
    rows, inputs="  amount_fen: {type: fen, label: 金额}", hit="UNIQUE", key="sample.grade", outputs="{A: 甲, B: 乙}"
):
    """A table file."""
    listed = "\n".join(f"  - {row}" for row in rows)
    return f"""\
key: {key}
label: 样例分级
hit: {hit}
anchor: decided_on
from: 2020-01-01
confidence: V1
basis: {{instrument: 样例条例, article: 第二条}}
inputs:
{inputs}
outputs: {outputs}
rows:
{listed}
"""


@pytest.fixture
def place(db):
    """云城市 with 东县; a head of each investment bureau, and a clerk."""
    nation = Region.objects.create(name="全国", level="NATION", key_lo=0, key_hi=10**12)
    province = Region.objects.create(
        name="云州省", parent=nation, level="PROVINCE", key_lo=99 * 10**10, key_hi=10**12 - 1
    )
    city = Region.objects.create(
        name="云城市", parent=province, level="CITY", key_lo=990100 * 10**6, key_hi=990200 * 10**6
    )
    east = Region.objects.create(name="东县", parent=city, level="COUNTY", key_lo=990121 * 10**6, key_hi=990122 * 10**6)

    def head(region, role="INVESTMENT_HEAD"):
        return Actor(
            None,
            "王处长",
            unit_name=f"{region.name}发展和改革局",
            grants=(GrantScope(role, region.key_lo, region.key_hi),),
        )

    return SimpleNamespace(
        nation=nation,
        province=province,
        city=city,
        east=east,
        city_head=head(city),
        county_head=head(east),
        clerk=head(city, "INVESTMENT_OFFICER"),
        on=date(2026, 3, 1),
    )
