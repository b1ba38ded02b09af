"""What the forms of the reserve ask beyond their fields (libraries, matters, indicators, points), and how it is read back."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from gongbu.ground.basics.findings import Refusal
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.orgs.rights import rights
from gongbu.ground.registers.forms import Form
from gongbu.ground.registers.parsing import StatedDay
from gongbu.mainline.projects import fields as project_fields
from gongbu.mainline.reserve import queries
from gongbu.mainline.reserve.choices import LibraryKind
from gongbu.mainline.reserve.models import PerformanceTarget
from gongbu.mainline.reserve.rules.checks import Target
from gongbu.mainline.reserve.services.declaring import plain
from gongbu.mainline.reserve.system import CASES, System


def known_of(actor: Actor, holder: Region) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what the person's post already says: region, and for a project unit its own name."""
    initial: dict[str, Any] = {"declared_level": "OPEN", "funding_nature": "GOVERNMENT"}
    origins: dict[str, str] = {}
    lows = {grant.lo for grant in actor.grants}
    region = Region.objects.filter(key_lo=lows.pop()).first() if len(lows) == 1 else None
    if region is not None and region.level in ("COUNTY", "TOWNSHIP"):
        initial["competent_region_id"] = region.pk
        origins["competent_region_id"] = "取自您的岗位"
    else:
        initial["competent_region_id"] = holder.pk
    if actor.roles and actor.roles <= rights().own_records_only:
        initial["owner_name"], origins["owner_name"] = actor.unit_name, "取自您的单位"
    return initial, origins


def offer_libraries(
    form: Form, holder: Region, actor: Actor, *, sector: str = "", held: set[str] | frozenset[str] = frozenset()
) -> None:
    """Give the two library fields their choices; preselect the sector that is known, leave out kinds that hold it."""
    libraries = queries.list_libraries(holder)
    for key, kind in (("reserve_library_id", LibraryKind.SECTOR), ("industry_chain_id", LibraryKind.CHAIN)):
        mine = [lib for lib in libraries if lib.kind == kind]
        if kind in held or not mine:
            form.drop(key)
            continue
        bound = form.fields[key]
        bound.options = [
            (str(lib.pk), f"{lib.scope if kind == LibraryKind.SECTOR else lib.name}（{lib.keeper.name}）")
            for lib in mine
        ]
        known = next((lib for lib in mine if kind == LibraryKind.SECTOR and lib.scope == sector), None)
        kept = [lib for lib in mine if kind == LibraryKind.SECTOR and lib.keeper_id == actor.unit_id]
        if known is None and not sector and len(kept) == 1:
            known = kept[0]
        if known is not None:
            form.initial[key] = bound.value = str(known.pk)
            bound.origin = "取自项目档案" if sector else "取自您的单位"


def library_of(form: Form, values: Mapping[str, Any]) -> int:
    """Return the library declared for: the chain's when one is chosen, else the sector's.

    :raises Refusal: neither is chosen
    """
    chosen = values.get("industry_chain_id") or values.get("reserve_library_id")
    if not chosen:
        raise Refusal(
            "reserve.library_missing",
            field="reserve_library_id" if "reserve_library_id" in form.fields else "industry_chain_id",
        )
    return int(chosen)


def sector_of(form: Form, _library_id: int) -> dict[str, str]:
    """Return the project's sector: that of the sector library chosen on the form."""
    bound = form.fields.get("reserve_library_id")
    chosen = dict(bound.options or ()).get(str(bound.value)) if bound is not None else None
    return {"sector": chosen.rpartition("（")[0]} if chosen else {}


def facts_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return project facts as the table holds them: texts never null, planned days with their precision."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        if "-" in key:
            continue
        if isinstance(value, StatedDay):
            found |= {key: value.on, key.removesuffix("_on") + "_precision": value.precision}
        elif key in project_fields.DATES:
            continue
        elif key == "total_investment_fen":
            found[key] = value
        else:
            found[key] = "" if value is None else value
    if "funding_nature" in found:
        found["funding_nature"] = found["funding_nature"] or "UNKNOWN"
    return found


def ask_cases(form: Form, system: System, ticked: Sequence[str] = ()) -> None:
    """Ask which matters for the leading group the project touches; nothing where the packs name none."""
    cases = system.texts(CASES)
    if not cases:
        return
    fields = [
        form.repeat("leading_group_case", str(n), label=case, value="1" if case in ticked else "")
        for n, case in enumerate(cases)
    ]
    form.add_step("须报领导小组的事项", fields, "涉及的勾选；都不涉及的不勾。初核时可以更正。")


def cases_of(form: Form, system: System) -> list[str]:
    """Return the matters that were ticked."""
    return [case for n, case in enumerate(system.texts(CASES)) if form.values.get(f"leading_group_case-{n}")]


def ask_targets(
    form: Form, system: System, known: Mapping[str, PerformanceTarget], *, only_missing: bool = False
) -> None:
    """Ask baseline, target and reason of every indicator (of the missing ones) in a row of three."""
    fields = []
    for n, indicator in enumerate(system.indicators):
        row = known.get(indicator.name)
        if only_missing and row is not None:
            continue
        values = (plain(row.baseline), plain(row.target), row.unfit_reason) if row else (None, None, None)
        for key, word, value in zip(
            ("indicator_baseline", "indicator_target", "indicator_unfit"),
            ("基线值", "目标值", "不适用的理由"),
            values,
            strict=True,
        ):
            is_text = key == "indicator_unfit"
            fields.append(
                form.repeat(
                    key,
                    str(n),
                    label=f"{indicator.name}{word}",
                    unit="" if is_text else indicator.unit,
                    value=value or None,
                )
            )
    if fields:
        form.add_step(
            "绩效目标", fields, "基线值是现在的值，目标值是建成后要达到的值；入库前须填齐，确不适用的写明理由。"
        )


def targets_of(form: Form, system: System) -> list[Target]:
    """Return baseline, target or reason of every indicator that was filled in."""
    found = []
    for n, indicator in enumerate(system.indicators):
        if f"indicator_baseline-{n}" not in form.fields:
            continue
        baseline, target, reason = (
            form.values.get(f"{key}-{n}") for key in ("indicator_baseline", "indicator_target", "indicator_unfit")
        )
        if baseline is None and target is None and not reason:
            continue
        found.append(Target(indicator.name, _decimal(baseline), _decimal(target), reason or ""))
    return found


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def ask_points(form: Form, points: Sequence[str]) -> None:
    """Ask a result and an opinion on every point of the check, before the conclusion."""
    if not points:
        return
    fields = []
    for n, point in enumerate(points):
        fields += [
            form.repeat("check_result", str(n), label=point),
            form.repeat("check_opinion", str(n), label=f"{point}意见"),
        ]
    form.add_step("初核重点", fields, "每一项都要有结论；存疑或不符合的写明理由。")
    form.steps.insert(0, form.steps.pop())
