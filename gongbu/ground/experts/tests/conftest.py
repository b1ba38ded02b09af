"""A county with a pool of experts, and who keeps it, draws from it, or may only look."""

from datetime import date
from itertools import count
from types import SimpleNamespace

import pytest

from gongbu.ground.experts import services
from gongbu.ground.experts.entry import AvoidList, NewDraw, NewExpert, NewRelation
from gongbu.ground.experts.models import Appraisal, Draw, Expert, ExpertPrivate, ExpertRelation, Review, Seat
from gongbu.ground.experts.rules.drawing import Need
from gongbu.ground.ledger.entry import Subject
from gongbu.ground.ledger.models import Entry
from gongbu.ground.meetings.tests.conftest import (  # noqa: F401  the county, its people and the tests' day
    TODAY,
    _day,
    county,
    town,
)
from gongbu.ground.orgs.models import Unit
from gongbu.ground.outbox.models import OutboxMessage

_NUMBER = count(1)
FAMILY = "温沈陆韩卢纪苏叶施汤方江"


@pytest.fixture
def pool(county):  # noqa: F811
    """A pool of twelve: six in 市政, six in 造价, four of them in both; two of the firm that is to be avoided."""
    firm = Unit.objects.create(name="云溪设计院有限公司", kind="ENTERPRISE", region=county.region)
    experts = []
    for n in range(8):
        specialties = ["MUNICIPAL"] if n < 2 else ["COST"] if n < 4 else ["MUNICIPAL", "COST"]
        unit = {"unit_id": firm.pk, "unit_name": firm.name} if n in (0, 2) else {}
        experts.append(enter(county, name=f"{FAMILY[n]}某{n}", specialties=specialties, **unit))
    return SimpleNamespace(firm=firm, experts=experts, county=county)


def new_expert(county, **changes):  # noqa: F811
    n = next(_NUMBER)
    given = {
        "name": f"温若谷{n}", "region_id": county.region.pk, "unit_name": f"东县第{n}研究所", "specialties": ["MUNICIPAL"],
        "title": "正高级工程师", "valid_from": date(2026, 1, 1), "valid_to": date(2029, 1, 1), "phone": "13800000000",
    }  # fmt: skip
    return NewExpert(**{**given, **changes})


def enter(county, by=None, **changes):  # noqa: F811
    return services.register_expert(new=new_expert(county, **changes), actor=by or county.officer)


def new_draw(county, **changes):  # noqa: F811
    given = {
        "title": "储备项目遴选评分", "subject": Subject("bridge", 5, county.region.key_lo, "清溪大桥"),
        "needs": (Need("MUNICIPAL", 2, 1), Need("COST", 1, 1)), "avoid": AvoidList(unit_names=("云溪设计院有限公司",)),
    }  # fmt: skip
    return NewDraw(**{**given, **changes})


def opened(county, by=None, **changes):  # noqa: F811
    return services.open_draw(new=new_draw(county, **changes), actor=by or county.officer)


def drawn(county, by=None, **changes):  # noqa: F811
    draw = opened(county, by, **changes)
    return services.make_draw(draw_id=draw.pk, spoken="清溪 27", witness="县纪委监委 郑某", actor=by or county.officer)


def seats_of(draw, **where):
    return list(Seat.objects.filter(draw=draw, **where).select_related("expert").order_by("pk"))


def footprint():
    """Return what a refused act must leave untouched."""
    tables = (
        Expert.objects.unscoped("test"), ExpertPrivate.objects, ExpertRelation.objects, Draw.objects.unscoped("test"),
        Seat.objects, Review.objects, Appraisal.objects,
    )  # fmt: skip
    return (
        Entry.objects.count(), OutboxMessage.objects.count(), [list(table.order_by("pk").values()) for table in tables]
    )  # fmt: skip


__all__ = ["TODAY", "NewRelation"]
