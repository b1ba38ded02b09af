"""What is asked once more about a visit: a position far from the others of the county, a day before the project was known."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from gongbu.ground.basics.findings import Finding
from gongbu.ground.registers.forms import Form
from gongbu.mainline.projects.models import Project
from gongbu.mainline.reserve import queries as reserve
from gongbu.mainline.reserve.system import holder_of
from gongbu.mainline.selection.models import StepRecord

# The country's outermost degrees: what lies outside was mistyped, most often longitude and latitude the other way round.
LON, LAT = (Decimal(73), Decimal(136)), (Decimal(3), Decimal(54))
# Bounds of regions are not on file. From this many positions in a county on, a new one is held against them.
ENOUGH, MARGIN = 3, Decimal("0.3")


def of_visit(project: Project) -> Callable[[Form], Sequence[Finding]]:
    """Return what looks for doubts in the form of a visit (2–4 queries)."""

    def find(form: Form) -> list[Finding]:
        return [
            *_of_position(project, form.values.get("visit_lon"), form.values.get("visit_lat")),
            *_of_day(project, form),
        ]

    return find


def _of_position(project: Project, lon: Decimal | None, lat: Decimal | None) -> list[Finding]:
    if lon is None or lat is None:
        return []
    found = {"lon": f"{lon.normalize():f}", "lat": f"{lat.normalize():f}"}
    if not (LON[0] <= lon <= LON[1] and LAT[0] <= lat <= LAT[1]):
        return [Finding("selection.position_abroad", found, "visit_lon")]
    county = holder_of(project.competent_region)
    rows = StepRecord.objects.unscoped("positions alone, to compare with").filter(
        region_key__gte=county.key_lo, region_key__lt=county.key_hi, is_standing=True, lon__isnull=False
    )
    known = [(east, north) for east, north in rows.values_list("lon", "lat")[:2000] if east and north]
    if len(known) < ENOUGH:
        return []
    lons = [one for one, _ in known if one is not None]
    lats = [one for _, one in known if one is not None]
    west, east, south, north = min(lons), max(lons), min(lats), max(lats)
    if west - MARGIN <= lon <= east + MARGIN and south - MARGIN <= lat <= north + MARGIN:
        return []
    data = {
        **found, "county": county.name, "count": len(known), "west": f"{west:.2f}", "east": f"{east:.2f}",
        "south": f"{south:.2f}", "north": f"{north:.2f}",
    }  # fmt: skip
    return [Finding("selection.position_far", data, "visit_lon")]


def _of_day(project: Project, form: Form) -> list[Finding]:
    day, file = form.values.get("step_held_on"), reserve.find_file(project.pk)
    if day is None or file is None or day >= file.declared_on:
        return []
    data = {"on": day.isoformat(), "declared": file.declared_on.isoformat()}
    return [Finding("selection.visit_before_declaration", data, "step_held_on")]
