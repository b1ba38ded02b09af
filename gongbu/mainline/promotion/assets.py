"""Acts on idle assets: register, match, revive, remove."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from gongbu.ground.basics import clock
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, Refusal, Severity, raise_on_reject
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Unit
from gongbu.mainline.projects import queries as projects
from gongbu.mainline.projects.models import Project
from gongbu.mainline.promotion import record
from gongbu.mainline.promotion.models import IdleAsset

State = IdleAsset.State


@act("promotion.register_asset", "登记闲置资产")
def register_asset(
    *,
    region_id: int,
    name: str,
    kind: str,
    owner_name: str,
    location: str,
    idle_since_on: date,
    actor: Actor,
    owner_unit_id: int | None = None,
    land_area_mu: Decimal | None = None,
    floor_area_sqm: Decimal | None = None,
    book_value_fen: int | None = None,
    cause: str = "",
    terms: str = "",
    key: str | None = None,
) -> IdleAsset:
    """Register an idle asset (areas in 亩 and m², value in fen; None: not stated).

    :raises InvalidInput: something is missing, negative, ahead, or marked secret; neither area is given
    """
    region = record.region_for(region_id, actor, "promotion.register_asset")
    if owner_unit_id is not None:
        owner_name = Unit.objects.unscoped("owner by id").values_list("name", flat=True).get(pk=owner_unit_id)
    asset = IdleAsset(
        region=region, region_key=region.key_lo, name=" ".join(name.split()), kind=kind, owner_unit_id=owner_unit_id,
        owner_name=owner_name.strip(), location=location.strip(), land_area_mu=land_area_mu,
        floor_area_sqm=floor_area_sqm, book_value_fen=book_value_fen, idle_since_on=idle_since_on, cause=cause.strip(),
        terms=terms.strip(), rev=0,
    )  # fmt: skip
    raise_on_reject(_check(asset))
    asset.save()
    after = {
        "name": asset.name, "kind": kind, "owner": asset.owner_name, "idle_since_on": idle_since_on.isoformat(),
        "land_area_mu": _text(land_area_mu), "floor_area_sqm": _text(floor_area_sqm), "book_value_fen": book_value_fen,
    }  # fmt: skip
    record.commit("promotion.register_asset", asset, actor, after=after, key=key)
    return asset


def _check(asset: IdleAsset) -> list[Finding]:
    """Test what an asset says; of its later days and words only what stands there."""
    texts = {
        "asset_name": ("资产名称", asset.name, 160, True), "asset_owner": ("权属单位", asset.owner_name, 120, True),
        "asset_location": ("坐落", asset.location, 200, True), "asset_cause": ("闲置原因", asset.cause, 300, False),
        "asset_terms": ("盘活条件", asset.terms, 300, False),
        "asset_matched_with": ("对接对象", asset.matched_with, 160, asset.state == State.MATCHING),
        "asset_outcome": ("盘活方式", asset.outcome, 300, asset.state == State.REVIVED),
    }  # fmt: skip
    found = record.check_texts(texts)
    if asset.kind not in IdleAsset.Kind.values:
        found.append(Finding("promotion.field_missing", {"label": "类别"}, "asset_kind", Severity.REJECT))
    areas = {
        "asset_land_area_mu": ("土地面积", asset.land_area_mu), "asset_floor_area_sqm": ("建筑面积", asset.floor_area_sqm)
    }  # fmt: skip
    if asset.kind != IdleAsset.Kind.EQUIPMENT and all(area is None for _label, area in areas.values()):
        found.append(Finding("promotion.asset_size_missing", {}, "asset_land_area_mu", Severity.REJECT))
    for field, (label, area) in areas.items():
        if area is not None and area < 0:
            data = {"label": label, "found": str(area)}
            found.append(Finding("promotion.amount_negative", data, field, Severity.REJECT))
    found += record.check_amount("asset_book_value_fen", "账面价值", asset.book_value_fen)
    found += record.check_day("asset_idle_since_on", "闲置起始", asset.idle_since_on)
    if asset.revived_on is not None:
        since = ("闲置起始", asset.idle_since_on)
        found += record.check_day("asset_revived_on", "盘活日期", asset.revived_on, after=since)
    return found


CORRECTABLE = {
    "name": "asset_name", "kind": "asset_kind", "owner_name": "asset_owner", "location": "asset_location",
    "idle_since_on": "asset_idle_since_on", "land_area_mu": "asset_land_area_mu",
    "floor_area_sqm": "asset_floor_area_sqm", "book_value_fen": "asset_book_value_fen",
    "matched_with": "asset_matched_with", "outcome": "asset_outcome", "revived_on": "asset_revived_on",
    "project": "asset_project", "cause": "asset_cause", "terms": "asset_terms",
}  # fmt: skip
"""What :func:`correct_asset` corrects: field → key of the form."""
_LABELS = {"matched_with": "对接对象", "outcome": "盘活方式", "revived_on": "盘活日期", "project": "使用该资产的项目"}
_REVIVAL = ("outcome", "revived_on", "project")


def list_correctable(asset: IdleAsset, actor: Actor) -> list[str]:
    """Return what this actor may correct on an asset as it stands: what it says, and he could have recorded."""
    may_revive = actor.may("promotion.revive_asset", asset.region_key)
    return [name for name in _stated(asset) if name not in _REVIVAL or may_revive]


def _stated(asset: IdleAsset) -> list[str]:
    later = {"matched_with": bool(asset.matched_with), **dict.fromkeys(_REVIVAL, asset.state == State.REVIVED)}
    return [name for name in CORRECTABLE if later.get(name, True)]


@act("promotion.correct_asset", "更正闲置资产")
def correct_asset(
    *, asset_id: int, changes: Mapping[str, Any], reason: str, actor: Actor, rev: int | None = None
) -> IdleAsset:
    """Correct what was entered wrongly about an asset, in any state; the book keeps both and the reason.

    :param changes: field → right value, of :data:`CORRECTABLE`; ``project_id`` (None: no project) for the project
    :raises ChangedMeanwhile: somebody came first; tells what now stands there
    :raises NotAllowed: the revival is corrected by somebody who may not record it
    :raises Refusal: no reason, nothing differs, or the asset does not have yet what is corrected
    :raises InvalidInput: something is missing, negative, ahead, out of order, or marked secret
    """
    shown = {name: key for name, key in CORRECTABLE.items() if name != "project"}
    asset = record.lock(IdleAsset, asset_id, actor, "promotion.correct_asset", rev=rev, shown=shown)
    reason = record.need_reason(reason)
    new = {name: value for name, value in changes.items() if name != "project_id"}
    if "project_id" in changes and changes["project_id"] != asset.project_id:
        new["project"] = _project(changes["project_id"], asset, actor)
    before = record.take_corrections(asset, new, _stated(asset), _LABELS)
    if before.keys() & set(_REVIVAL):
        actor.require("promotion.revive_asset", asset.region_key)
    if "revived_on" in before and asset.revived_on is None:
        data = {"label": _LABELS["revived_on"]}
        raise InvalidInput([Finding("promotion.field_missing", data, "asset_revived_on", Severity.REJECT)])
    raise_on_reject(_check(asset))
    if "owner_name" in before:
        asset.owner_unit = None  # the unit on file is the one that was named wrongly
    record.commit(
        "promotion.correct_asset", asset, actor, before=record.as_said(before),
        after=record.as_said({name: getattr(asset, name) for name in before}), reason=reason,
        corrects=("promotion.register_asset", "promotion.correct_asset"),
    )  # fmt: skip
    return asset


def _project(project_id: int | None, asset: IdleAsset, actor: Actor) -> Project | None:
    if project_id is None:
        return None
    project = projects.get_project(project_id, actor)
    if not asset.region.key_lo <= project.region_key < asset.region.key_hi:
        raise Refusal("promotion.project_elsewhere", field="asset_project", project=project.name)
    return project


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


@act("promotion.match_asset", "登记资产对接")
def match_asset(*, asset_id: int, matched_with: str, actor: Actor, rev: int | None = None) -> IdleAsset:
    """Say with whom the use of an asset is being talked about.

    :raises InvalidInput: nobody is named
    """
    asset = record.lock(IdleAsset, asset_id, actor, "promotion.match_asset", State.IDLE, State.MATCHING, rev=rev)
    raise_on_reject(record.check_texts({"asset_matched_with": ("对接对象", matched_with, 160, True)}))
    before = {"state": asset.state, "matched_with": asset.matched_with}
    asset.state, asset.matched_with = State.MATCHING, matched_with.strip()
    after = {"state": asset.state, "matched_with": asset.matched_with}
    record.commit("promotion.match_asset", asset, actor, before=before, after=after)
    return asset


@act("promotion.revive_asset", "登记资产盘活")
def revive_asset(
    *, asset_id: int, outcome: str, revived_on: date, actor: Actor, project_id: int | None = None,
    rev: int | None = None,
) -> IdleAsset:  # fmt: skip
    """Record how an asset came to use again, by a project of the region if one uses it.

    :raises InvalidInput: no outcome, or the day lies ahead or before it fell idle
    :raises Refusal: the project is of another region
    """
    asset = record.lock(IdleAsset, asset_id, actor, "promotion.revive_asset", State.IDLE, State.MATCHING, rev=rev)
    since = ("闲置起始", asset.idle_since_on)
    raise_on_reject(
        record.check_texts({"asset_outcome": ("盘活方式", outcome, 300, True)})
        + record.check_day("asset_revived_on", "盘活日期", revived_on, after=since)
    )
    project = _project(project_id, asset, actor)
    asset.state, asset.outcome, asset.revived_on, asset.project = State.REVIVED, outcome.strip(), revived_on, project
    after = {"state": asset.state, "outcome": asset.outcome, "project": project.name if project else None}
    record.commit("promotion.revive_asset", asset, actor, on=revived_on, after=after)
    return asset


@act("promotion.remove_asset", "闲置资产销账")
def remove_asset(*, asset_id: int, reason: str, actor: Actor, rev: int | None = None) -> IdleAsset:
    """Take an asset off the register that should not be on it (entered twice, pulled down, taken back).

    :raises Refusal: no reason
    """
    asset = record.lock(IdleAsset, asset_id, actor, "promotion.remove_asset", State.IDLE, State.MATCHING, rev=rev)
    reason = record.need_reason(reason)
    asset.state, asset.outcome = State.REMOVED, reason
    record.commit("promotion.remove_asset", asset, actor, on=clock.today(), after={"state": asset.state}, reason=reason)
    return asset
