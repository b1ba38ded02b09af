"""The import kind 专家: lists of experts as departments keep them."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from gongbu.ground.basics.findings import Finding, Refusal, Severity
from gongbu.ground.basics.rules.secrecy import check_secrecy
from gongbu.ground.experts import services
from gongbu.ground.experts import specialties as lists
from gongbu.ground.experts.entry import NewExpert, NewRelation
from gongbu.ground.experts.models import Expert, ExpertPrivate, code_of
from gongbu.ground.experts.rules import identity
from gongbu.ground.experts.services.pool import LENGTHS
from gongbu.ground.orgs.models import Region, Unit
from gongbu.ground.registers.importing.columns import Field, Type
from gongbu.ground.registers.importing.kinds import (
    AcceptContext,
    Accepted,
    CheckContext,
    CheckedRow,
    ImportKind,
    fields_from_catalogue,
)
from gongbu.ground.registers.importing.values import StatedDate

_CATALOGUE = Path(__file__).parent / "fields.yaml"
_TEXTS = ("name", "unit_name", "duty", "title", "qualification", "phone", "id_number")
_KEYS = ("experts.name", "experts.unit_name", "experts.duty", "experts.title", "experts.qualification",
         "experts.specialties", "experts.valid_from", "experts.valid_to", "experts.phone", "experts.id_number",
         "experts.relation_unit")  # fmt: skip
_PARTS = re.compile(r"[、,，;；/\s]+")
PERSONAL = frozenset({"experts.phone", "experts.id_number"})


def fields() -> list[Field]:
    """Return the fields of a list of experts."""
    region = Field("region", "入库区划", synonyms=("区划", "所属区划", "县区", "地区", "所在区划"))
    found = []
    for item in fields_from_catalogue(_CATALOGUE, _KEYS):
        required = item.key in ("experts.name", "experts.unit_name", "experts.specialties")
        kind = Type.CODE if item.key == "experts.id_number" else item.type
        found.append(Field(item.key, item.label, kind, item.synonyms, required, help=item.help))
    return [*found[:2], region, *found[2:]]


def check(context: CheckContext, rows: Sequence[CheckedRow]) -> None:
    """Check every row, and find who stands in the pool already (4 queries for the file)."""
    today = context.today
    known: dict[int, dict[str, str]] = {}
    for row in rows:
        region = _region(row, context)
        if region.pk not in known:
            known[region.pk] = lists.list_specialties(region.pk, today)
        _check_row(row, region, known[region.pk], today)
    _find_units(rows)
    _find_doubles([row for row in rows if not row.is_rejected])


def _region(row: CheckedRow, context: CheckContext) -> Region:
    written = str(row.values.get("region") or "")
    found = context.region
    if found is None and written:
        found = context.places.by_name(written, context.ranges)
        if found is None:
            several = len(context.places.all_by_name(written)) > 1
            instead = "或不止一处，请写全后再导入" if several else "请改正后再导入"
            row.find("import.region_name_unknown", "region", Severity.REJECT, found=written[:30], instead=instead)
    if found is None:
        found = context.home
        if not written:
            row.find("experts.import_region", "region", Severity.NOTE, region=found.name)
    if not context.may_enter(found.key_lo):
        row.find("import.region_outside", "region", Severity.REJECT, region=found.name)
    return found


def _check_row(row: CheckedRow, region: Region, known: dict[str, str], today: date) -> None:
    values: dict[str, Any] = {key: " ".join(str(row.values.get(f"experts.{key}") or "").split()) for key in _TEXTS}
    words = {label: code for code, label in known.items()} | {code: code for code in known}
    codes = []
    for part in _PARTS.split(str(row.values.get("experts.specialties") or "")):
        if not part:
            continue
        if part in words:
            codes.append(words[part])
        else:
            row.find("experts.import_specialty", "experts.specialties", Severity.REJECT, found=part[:30])
    number = identity.tidy(values["id_number"])
    if number and not identity.is_valid(number):
        row.find("experts.id_number_wrong", "experts.id_number", Severity.REJECT)
    for key in ("valid_from", "valid_to"):
        stated = row.values.get(f"experts.{key}")
        values[key] = stated.on.isoformat() if isinstance(stated, StatedDate) else ""
    if values["valid_from"] and values["valid_to"] and values["valid_to"] <= values["valid_from"]:
        data = {"start": values["valid_from"], "end": values["valid_to"]}
        row.find("experts.period_reversed", "experts.valid_to", Severity.REJECT, **data)
    limits = {**LENGTHS, "phone": 20}
    for key in _TEXTS:
        if key in limits and len(values[key]) > limits[key]:
            row.find("experts.too_long", f"experts.{key}", Severity.REJECT, limit=limits[key], length=len(values[key]))
    avoided = [
        part for part in re.split(r"[、,，;；\n]+", str(row.values.get("experts.relation_unit") or "")) if part.strip()
    ]
    row.plan = {
        **values, "id_number": number, "specialties": list(dict.fromkeys(codes)), "region": region.pk,
        "region_key": region.key_lo, "region_hi": region.key_hi, "relations": [part.strip() for part in avoided],
        "unit_id": None,
    }  # fmt: skip
    row.match_key = f"{values['name']}|{values['unit_name']}"  # never the identity number: the key stays in the table


def _find_units(rows: Sequence[CheckedRow]) -> None:
    names = {row.plan["unit_name"] for row in rows if row.plan.get("unit_name")}
    found: dict[str, list[int]] = {}
    standing = Unit.objects.unscoped("units of experts by name").exclude(status=Unit.Status.CLOSED)
    for pk, name in standing.filter(name__in=names).values_list("pk", "name"):
        found.setdefault(name, []).append(pk)
    for row in rows:
        ids = found.get(row.plan.get("unit_name", ""), [])
        if len(ids) == 1:
            row.plan["unit_id"] = ids[0]


def _find_doubles(rows: Sequence[CheckedRow]) -> None:
    """Refuse who stands in the pool, and the second row of one person."""
    numbers = {row.plan["id_number"] for row in rows if row.plan.get("id_number")}
    names = {row.plan["name"] for row in rows}
    pool = Expert.objects.unscoped("one person stands in a pool once").filter(is_erased=False)
    by_number = dict(ExpertPrivate.objects.filter(id_number__in=numbers).values_list("id_number", "expert_id"))
    keys = dict(pool.filter(pk__in=by_number.values()).values_list("pk", "region_key"))
    by_name: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for pk, name, unit_name, region_key in pool.filter(name__in=names).values_list(
        "pk", "name", "unit_name", "region_key"
    ):
        by_name.setdefault((name, unit_name), []).append((pk, region_key))
    first: dict[str, int] = {}
    for row in rows:
        plan = row.plan
        inside = range(plan["region_key"], plan["region_hi"])
        same = by_number.get(plan["id_number"]) if plan["id_number"] else None
        standing = [pk for pk, key in by_name.get((plan["name"], plan["unit_name"]), []) if key in inside]
        if same is not None and keys.get(same) in inside:
            standing.insert(0, same)
        if standing:
            row.find("experts.import_on_file", "experts.name", Severity.REJECT, code=code_of(standing[0]))
            continue
        twin = first.get(row.match_key) or first.get(plan["id_number"])
        if twin is not None:
            row.find("experts.import_twice", "experts.name", Severity.REJECT, row=twin)
        else:
            first |= dict.fromkeys([row.match_key, plan["id_number"] or row.match_key], row.number)


def accept(context: AcceptContext, rows: Sequence[CheckedRow]) -> list[Accepted]:
    """Register one chunk of rows."""
    news = [_new(row.plan) for row in rows]
    experts = services.register_many(new=news, actor=context.actor, batch_id=context.batch_id) if news else []
    return [Accepted("expert", expert.pk, True) for expert in experts]


def _new(plan: dict[str, Any]) -> NewExpert:
    def day(text: str) -> date | None:
        return date.fromisoformat(text) if text else None

    return NewExpert(
        name=plan["name"], region_id=plan["region"], unit_name=plan["unit_name"], unit_id=plan["unit_id"],
        specialties=plan["specialties"], duty=plan["duty"], title=plan["title"], qualification=plan["qualification"],
        valid_from=day(plan["valid_from"]), valid_to=day(plan["valid_to"]), phone=plan["phone"],
        id_number=plan["id_number"],
        relations=[NewRelation("INTEREST", unit_name=name) for name in plan["relations"]],
    )  # fmt: skip


def publish(context: AcceptContext) -> None:
    """Make the batch visible at once."""
    services.publish_batch(batch_id=context.batch_id, region_id=context.region.pk, actor=context.actor)


def secret_in(texts: Sequence[str]) -> Finding | None:
    """Look at the texts of one row (GO-15)."""
    return check_secrecy({str(place): text for place, text in enumerate(texts)})


def warm_up() -> None:
    """Load the packs before the first transaction."""
    try:
        lists.labels_of(lists.SPECIALTIES)
    except Refusal:  # said again, with words, when the rows are accepted
        return


KIND = ImportKind(
    key="experts",
    label="专家",
    act="experts.import",
    fields=fields,
    check=check,
    accept=accept,
    publish=publish,
    secrecy=secret_in,
    subject_url=lambda _kind, pk: f"/experts/{pk}/",
    warm_up=warm_up,
    personal=PERSONAL,
    example={"experts.name": "温若谷", "experts.unit_name": "示例县规划设计院", "experts.specialties": "城乡与区域规划、市政工程",
             "experts.title": "正高级工程师", "experts.valid_to": "2029-12-31"},
)  # fmt: skip
