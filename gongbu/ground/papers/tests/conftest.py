"""A county whose bureau has an open number series and the packs with templates; files of each test on their own."""

from datetime import date
from types import SimpleNamespace

import pytest

from gongbu.ground.ledger.entry import Subject
from gongbu.ground.orgs.actor import Actor, GrantScope
from gongbu.ground.orgs.models import Region, Unit
from gongbu.ground.orgs.queries import console_actor
from gongbu.ground.papers import services
from gongbu.ground.policy.services import adopt_packs

DAY = date(2026, 3, 2)
YI = 10_000_000_000
ALL = ["DOCUMENT", "LETTER", "MINUTES", "PUBLIC", "NOTICE"]


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"
    settings.PUBLIC_ORIGIN = ""


def actor(role, region, unit=None, name="岳知行", person=71):
    return Actor(
        person, name, 12, "岗位", unit.pk if unit else None, unit.name if unit else "", "GOVERNMENT",
        (GrantScope(role, region.key_lo, region.key_hi),),
    )  # fmt: skip


@pytest.fixture
def county(db):
    """云溪县 with its 发展和改革局, the number series 云发改 of 2026 after no. 11, and the reserve pack adopted."""
    nation, _ = Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})
    key = 991101 * 1_000_000
    region = Region.objects.create(name="云溪县", parent=nation, level="COUNTY", key_lo=key, key_hi=key + 1_000_000)
    bureau = Unit.objects.create(name="云溪县发展和改革局", kind="GOVERNMENT", region=region)
    adopt_packs(
        region_id=region.pk, subject="RESERVE", packs=["county_reserve"], effective_from=date(2025, 1, 1),
        actor=console_actor(),
    )  # fmt: skip
    series = services.open_series(
        unit_id=bureau.pk, mark="云发改", year=2026, sorts=ALL, last_used=11, actor=actor("INVESTMENT_HEAD", region)
    )
    return SimpleNamespace(
        region=region,
        bureau=bureau,
        series=series,
        head=actor("INVESTMENT_HEAD", region, bureau, "施有恒", 72),
        officer=actor("INVESTMENT_OFFICER", region, bureau),
        subject=Subject("unit", bureau.pk, region.key_lo, bureau.name),
    )


NOTICE = {
    "title": "关于报送2027年度储备项目的通知",
    "addressee": "各乡镇人民政府，县直有关部门",
    "content": "为做好2027年度项目谋划储备工作，现就有关事项通知如下：\n一、报送范围\n各乡镇、各部门按行业归口报送。",
}


@pytest.fixture
def issue(county):
    """Return a maker of papers."""

    def make(kind="papers.notice", fields=NOTICE, tables=None, *, on=DAY, by=None, **more):
        return services.issue_paper(
            kind=kind, subject=more.pop("subject", county.subject), unit_id=more.pop("unit_id", county.bureau.pk),
            fields=fields, tables=tables, actor=by or county.officer, on=on, **more,
        )  # fmt: skip

    return make
