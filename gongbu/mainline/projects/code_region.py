"""Does a project code belong where the project is? Its region segment against the competent region (主管区划).

A code carries the region of the body that approved: the county, its city or province, or a development zone. A code
of a different county is usually a code of a different project, so it is a warning and never a refusal.
"""

from collections.abc import Callable

from gongbu.ground.orgs import regions
from gongbu.ground.orgs.models import Region
from gongbu.mainline.projects.region_names import region_name
from gongbu.mainline.projects.rules.code import ProjectCodeReading

ByCode = Callable[[str], Region | None]


def find_elsewhere(
    reading: ProjectCodeReading | None, competent: Region, by_code: ByCode | None = None
) -> tuple[str, Region] | None:
    """Return (segment, its region) when the code is of neither the competent region, nor what holds it, nor a part of it.

    A segment that no edition lists says nothing. 0 queries for a code of the region's own county, city or province.
    """
    segment = str(reading.parts.get("region", "")) if reading is not None else ""
    if not (segment.isdigit() and len(segment) == 6):
        return None
    own = f"{competent.key_lo:012d}"
    if own.startswith(segment) or own.startswith(segment.removesuffix("00").removesuffix("00")):
        return None
    region = (by_code or _by_code)(segment)
    if region is None:
        return None
    place = region.parent if region.kind == Region.Kind.DEVELOPMENT_ZONE and region.parent is not None else region
    if place.contains(competent.key_lo) or competent.contains(place.key_lo):
        return None
    return segment, region


def name_segment(segment: str) -> str | None:
    """Return the name of a region segment in the published editions, else in this home's own regions (2 queries)."""
    if (name := region_name(segment)) is not None:
        return name
    match = regions.find_by_code(segment)
    return match.name if match is not None else None


def _by_code(segment: str) -> Region | None:
    match = regions.find_by_code(segment)
    return regions.current(match.region) if match else None
