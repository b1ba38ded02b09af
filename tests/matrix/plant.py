"""One row of every region-bound table in each region around a county, without the acts that would make them.

A row is filled by the kinds of its columns, every text with the mark of its region, so that a page that shows a row of
another region is caught by its words whatever it looks like. A new table is planted without a word here unless its
constraints ask for more (:data:`SET`).
"""

import io
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.db import models

from gongbu.ground.basics import clock
from gongbu.ground.documents import store
from gongbu.ground.documents.models import Document, Version
from gongbu.ground.documents.tests import factories
from gongbu.ground.orgs.models import Person, Region, Unit
from gongbu.ground.policy.models import PolicyDecision
from gongbu.mainline.likeness.models import Report
from gongbu.mainline.projects.models import Project, ProjectStatus
from gongbu.mainline.reserve.models import Library, ReserveFile

MARKS = {"own": "甲壹本县之物", "sibling": "乙贰邻县之物", "above": "丙叁上级之物", "below": "丁肆下级之物"}
"""Relation of a record's region to the range of the person who asks → the words in every text of the record."""

# table (label) → what its columns must hold so that constraints and pages accept the row
SET: Mapping[str, Mapping[str, Any]] = {
    "orgs.Unit": {"kind": "GOVERNMENT", "status": "ACTIVE", "closed_on": None, "former_names": []},
    "orgs.Grant": {"person": None, "role": "VIEWER", "valid_to": None},
    "orgs.Person": {"is_active": True, "oidc_subject": None, "unit": Unit},
    "orgs.AuditEvent": {"data": {}},
    "orgs.Registration": {"status": "PENDING", "decided_by": None, "unit": None},
    "calendar.Deadline": {"status": "RUNNING", "extension_amount": 0, "policy_ref": {}, "subject_kind": "", "url": ""},
    "documents.Document": {"access": "INTERNAL", "current": None, "withdrawn_at": None, "subject_kind": "project"},
    "papers.NumberSeries": {"opened_after": 0, "last_number": 1, "sorts": ["NOTICE"]},
    "papers.Paper": {"state": "ISSUED", "subject_kind": "project", "access": "INTERNAL", "pdf_id": None, "docx_id": None},
    "experts.Draw": {"avoid": {"units": [], "people": []}, "needs": [], "pool": [], "state": "VOID"},
    "projects.Project": {"sector": ""},
    "projects.ProjectStatus": {"is_live": True, "sector": ""},
    "experts.Expert": {"valid_from": date(2026, 1, 1), "valid_to": None, "state_until": None, "is_published": True},
    "orgs.ApiToken": {"valid_to": date(2999, 1, 1), "revoked_at": None},
    "orgs.Holding": {"valid_from": date(2026, 1, 1), "valid_to": None},
    "meetings.Meeting": {"state": "CLOSED", "held_on": date(2026, 3, 2)},
    "meetings.AgendaItem": {"subject_kind": "project", "resolution": "AGREED"},
    "notices.Notice": {"state": "OPEN", "opens_on": date(2026, 3, 2), "closes_on": date(2999, 3, 2), "subject_kind": "", "subject_id": None},
    "promotion.CapitalOffer": {"state": "PUBLISHED", "published_on": date(2026, 3, 2), "items": []},
    "policy.PolicyDecision": {"confidence": "V1", "subject_kind": "project", "content": {}},
    "reserve.Library": {"name": "储备库", "scope": ""},  # its name is told to everybody who may declare
    "importing.ImportBatch": {
        "kind": "projects", "state": "PUBLISHED", "published_at": datetime(2026, 3, 2, tzinfo=UTC), "form": "xlsx",
        "tables": '[{"sheet": "1", "header_row": 1, "columns": []}]',
    },
    "importing.ImportRow": {"state": "REJECTED"},
    "sandbox.Trial": {"files": {}, "job_id": None, "subject": "INITIATION"},
    "reserve.ReserveFile": {"sector": "", "state": "IN"},
}  # fmt: skip
# a table of pairs → what stands in a pair, the lower number first
PAIRS: Mapping[str, type[models.Model]] = {"likeness.Pair": Project, "likeness.ReportPair": Report}
_numbers = count(1)


def plant(model: type[models.Model], region: Region, mark: str, given: Mapping[str, Any] | None = None) -> Any:
    """Create one row of ``model`` in ``region`` with every row it hangs on, its texts saying ``mark``."""
    n = next(_numbers)
    chosen = {**SET.get(model._meta.label, {}), **(given or {})}
    row: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.name in chosen:
            row[field.name] = (
                here(region, mark).get(chosen[field.name])
                if isinstance(chosen[field.name], type)
                else chosen[field.name]
            )
        elif field.primary_key and isinstance(field, models.AutoField | models.BigAutoField):
            continue
        else:
            row[field.name] = _value(field, model, region, mark, n)
    return model._base_manager.create(**row)


def _value(field: Any, model: type[models.Model], region: Region, mark: str, n: int) -> Any:
    if field.name == "holder_key" and region.level == "TOWNSHIP":  # its county keeps its reserve
        return region.parent.key_lo
    if field.name == "library_id" and field.related_model is None:
        return _related(Library, region, mark).pk
    if field.name in ("region_key", "holder_key", "a_region_key"):
        return region.key_lo
    if field.related_model is Region:
        return None if field.null and field.name != "region" and field.name != "competent_region" else region
    if field.related_model is not None:
        return None if field.null and not field.name.endswith("post") else _related(field.related_model, region, mark)
    if field.choices:
        return None if field.null else field.flatchoices[0][0]
    if field.has_default():
        return field.get_default()
    return _plain(field, mark, n)


def _plain(field: Any, mark: str, n: int) -> Any:
    """Return a value by the kind of the column."""
    kinds: list[tuple[type[Any], Any]] = [
        (models.UUIDField, uuid4()), (models.BooleanField, False), (models.DateTimeField, clock.now()),
        (models.DateField, clock.today()), (models.TimeField, time(9)), (models.JSONField, {}),
        (models.BinaryField, b""), (models.DecimalField, Decimal(1)), (models.PositiveSmallIntegerField, 2026 if "year" in field.name else 1),
        (models.PositiveIntegerField, 1), (models.IntegerField, n),
    ]  # fmt: skip
    if field.null:
        return None
    for kind, value in kinds:
        if isinstance(field, kind):
            return value
    text = f"{mark}{n}"
    size = field.max_length or 200
    return text if len(text) <= size else str(n)[-size:]


def _related(model: type[models.Model], region: Region, mark: str) -> Any:
    return here(region, mark).get(model)


class Here:
    """The rows that others of the same region hang on, one of each."""

    def __init__(self, region: Region, mark: str) -> None:
        self.region, self.mark = region, mark
        self.kept: dict[type[models.Model], Any] = {Region: region}

    def get(self, model: type[models.Model]) -> Any:
        """Return the region's row of a table, planting it when nobody asked before."""
        if model not in self.kept:
            self.kept[model] = None  # a table that hangs on itself finds nothing yet
            self.kept[model] = self._made(model)
        return self.kept[model]

    def _made(self, model: type[models.Model]) -> Any:
        if model in (ProjectStatus, ReserveFile):
            project = self.get(Project)
            same = {
                field.name: getattr(project, field.name)
                for field in model._meta.concrete_fields
                if hasattr(project, field.name) and not field.choices
            }
            return plant(model, self.region, self.mark, {**same, model._meta.pk.name: project.pk})
        given: dict[str, Any] = {}
        if model._meta.label == "inbox.Delegation":
            given["to_person"] = plant(Person, self.region, self.mark)
        if pair := PAIRS.get(model._meta.label):
            a = self.get(pair)
            given |= {"a": a, "b": plant(pair, self.region, self.mark)}
        names = {field.name for field in model._meta.concrete_fields}
        if "subject_id" in names:
            given["subject_id"] = self.get(Project).pk
        if "decision_id" in names and not model._meta.get_field("decision_id").null:
            given["decision_id"] = self.get(PolicyDecision).pk
        if "project_id" in names and isinstance(model._meta.get_field("project_id"), models.BigIntegerField):
            given["project_id"] = self.get(Project).pk
        row = plant(model, self.region, self.mark, given)
        if model is Document:
            self._file(row)
        return row

    def _file(self, document: Document) -> None:
        partial, stored = store.receive(io.BytesIO(factories.png(color=(len(_places), 0, 0))))
        store.keep(partial, stored)
        same = {"sha256": stored.sha256, "sm3": stored.sm3, "size": stored.size, "format": "PNG"}
        version = plant(Version, self.region, self.mark, {"document": document, "number": 1, **same})
        Document.objects.unscoped("planting").filter(pk=document.pk).update(current=version)


_places: dict[int, Here] = {}


def here(region: Region, mark: str) -> Here:
    """Return the rows of a region."""
    return _places.setdefault(region.pk, Here(region, mark))


def forget() -> None:
    """Forget every planted row: another test has other ids."""
    _places.clear()


def tables() -> Iterator[type[models.Model]]:
    """Yield every region-bound table of the installation (``ScopedManager``)."""
    for model in apps.get_models():
        if "_scope_rule" in vars(model):
            yield model
