"""Regions: the tree one level at a time, with dated codes."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from gongbu.ground.basics.findings import NotFound
from gongbu.ground.orgs import regions
from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.pages.units import lines
from gongbu.ground.registers import pages


@pages.page("orgs.view_regions")
def browse(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One region: its codes by date, what lies above and below; a search by code or name."""
    query = request.GET.get("q", "").strip()
    found: list[Region] = []
    if query:
        match = regions.find_by_code(query)
        found = [match.region] if match else list(regions.resolve_name(query).candidates[:50])
        if len(found) == 1:
            pk = found[0].pk
    region = (
        Region.objects.select_related("successor").filter(pk=pk).first()
        if pk
        else Region.objects.filter(level=Region.Level.NATION).first()
    )
    if region is None and pk:
        raise NotFound("orgs.no_such_region")
    children = list(region.children.order_by("key_lo")) if region else []
    context = {
        "query": query,
        "found": found if len(found) > 1 else [],
        "missed": bool(query) and not found,
        "region": region,
        "codes": list(region.codes.order_by("valid_to", "code")) if region else [],
        "path": regions.path_of(region) if region else [],
        "children": [(child, code) for child, code in _with_codes(children) if child.valid_to is None],
        "gone": [(child, code) for child, code in _with_codes(children) if child.valid_to is not None],
        "predecessors": list(region.predecessors.order_by("key_lo")) if region else [],
        "lines": lines("region", region.pk) if region else [],
        "crumbs": [("行政区划", reverse("orgs:regions")), (region.name if region else "全国", None)],
    }
    return pages.render(request, "orgs/regions.html", context)


def _with_codes(children: list[Region]) -> list[tuple[Region, str]]:
    codes = regions.latest_codes(child.pk for child in children)
    return [(child, codes.get(child.pk, "")) for child in children]
