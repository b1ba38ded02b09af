"""Give the next number of a series, inside the act that issues the paper: no gap, no double, whoever asks at once."""

from django.db import transaction

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import Refusal
from gongbu.ground.orgs.models import Unit
from gongbu.ground.papers.models import NumberSeries
from gongbu.ground.policy.rules.papers import Sort


def find_series(unit: Unit, sort: Sort, year: int) -> NumberSeries:
    """Return the series of a year, opened from that of an earlier year if need be (1 query, 3 with a new year).

    :raises Refusal: the unit has no series for this sort of paper
    """
    rows = NumberSeries.objects.unscoped("numbers belong to the unit").filter(unit=unit, year__lte=year)
    row = next((r for r in rows.order_by("-year", "-id") if sort.value in r.sorts), None)
    if row is None:
        raise Refusal("papers.no_series", unit=unit.name, sort=sort.label, year=year)
    if row.year == year:
        return row
    following = NumberSeries(
        unit=unit, region_key=row.region_key, mark=row.mark, year=year, sorts=row.sorts, opened_at=clock.now()
    )
    NumberSeries.objects.bulk_create([following], ignore_conflicts=True)  # another paper of the new year may be first
    return NumberSeries.objects.unscoped("numbers belong to the unit").get(unit=unit, mark=row.mark, year=year)


def take(series: NumberSeries) -> tuple[NumberSeries, int]:
    """Return the series, locked until the end of the transaction, and its next number.

    The number is given when the transaction commits: an act that is rolled back leaves no gap.

    :raises RuntimeError: called outside a transaction
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a number taken outside a transaction could be lost")
    rows = NumberSeries.objects.unscoped("numbers belong to the unit")
    locked = rows.select_for_update(of=("self",)).get(pk=series.pk)
    locked.last_number += 1
    locked.save(update_fields=["last_number"])
    return locked, locked.last_number
