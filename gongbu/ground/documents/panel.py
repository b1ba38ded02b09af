"""The 材料 tab on a subject's page, and what documents must know about a subject kind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from markupsafe import Markup

from gongbu.ground.basics.findings import NotFound
from gongbu.ground.documents import access, kinds, queries, store
from gongbu.ground.documents.messages import FLAGS
from gongbu.ground.documents.models import Document
from gongbu.ground.registers import pages, panels


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """How to look a subject up: ``find(subject_id)`` returns (region order key, label), or None."""

    find: Callable[[int], tuple[int, str] | None]


_SUBJECTS: dict[str, SubjectKind] = {}


def offer(
    subject_kind: str,
    find: Callable[[int], tuple[int, str] | None],
    *,
    rule: access.SubjectRule | None = None,
    order: int = 40,
) -> None:
    """Give a subject kind a 材料 tab (called from the ``AppConfig.ready`` of the room that owns the kind).

    ``find(subject_id)`` returns region key and label; ``rule(actor, act, subject_id)`` decides who may (see access).
    The panel's subject must have ``pk`` and ``region_key``.
    """
    _SUBJECTS[subject_kind] = SubjectKind(find)
    if rule is not None:
        access.register(subject_kind, rule)
    panels.add(
        panels.Panel(
            key="documents",
            label="材料",
            subject_kind=subject_kind,
            render=lambda request, subject: render(request, subject_kind, subject.pk, subject.region_key),
            count=lambda request, subject: queries.count_for_subject(subject_kind, subject.pk),
            order=order,
        )
    )


def region_of(subject_kind: str, subject_id: int) -> int:
    """Return the order key of the region the subject belongs to.

    :raises NotFound: unknown kind or subject
    """
    return _found(subject_kind, subject_id)[0]


def label_of(subject_kind: str, subject_id: int) -> str:
    """Return the subject's name.

    :raises NotFound: unknown kind or subject
    """
    return _found(subject_kind, subject_id)[1]


def render(request: HttpRequest, subject_kind: str, subject_id: int, region_key: int) -> Markup:
    """Return the panel: documents by kind, the upload box, the ZIP button (1 query besides the rights)."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    found = queries.list_for_subject(subject_kind, subject_id, actor)
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in found.rows:
        item = {"row": row, "size": store.in_words(row.size), "flags": [FLAGS.get(flag, flag) for flag in row.flags]}
        groups.setdefault(row.kind_label, []).append(item)
    context = {
        "groups": groups,
        "hidden": found.hidden,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "kinds": kinds.choices(),
        "levels": Document.Access.choices,
        "limit": store.in_words(store.max_bytes()),
        "may_add": access.may(actor, "documents.add", subject_kind, subject_id, region_key, actor.unit_id),
        "next": request.get_full_path(),
    }
    return Markup(pages.render_text(request, "documents/panel.html", context))  # noqa: S704 — our own template


def _found(subject_kind: str, subject_id: int) -> tuple[int, str]:
    subject = _SUBJECTS.get(subject_kind)
    found = subject.find(subject_id) if subject else None
    if found is None:
        raise NotFound("documents.not_found")
    return found
