"""Forms made from catalogue keys: prefilled, drafted on the server, read once at the edge, refused in words."""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import (
    ChangedMeanwhile,
    Finding,
    InvalidInput,
    NotAllowed,
    NotFound,
    Refusal,
    Severity,
)
from gongbu.ground.basics.messages import word
from gongbu.ground.basics.prepared import Prepared
from gongbu.ground.basics.rules.secrecy import LABELS, find_secret_rule
from gongbu.ground.basics.text import read_id
from gongbu.ground.registers import carried, catalogue, doubts, drafts, pages, region_picker
from gongbu.ground.registers.models import FormDraft
from gongbu.ground.registers.reading import as_text, read

_DRAFT = Prepared(
    lambda person, key, subject: FormDraft.objects.filter(person_id=person, form_key=key, subject=subject).values_list(
        "pk", flat=True
    )
)
Options = Sequence[tuple[str, str]] | Callable[[HttpRequest], Sequence[tuple[str, str]]]
DRAFT_LIMIT = 100_000
"""Characters of a draft; more is not kept."""
WINDOW_LENGTH = 16
MOST_DRAFTS = 10
"""Drafts that one person may keep of one form of something new."""
BLANK = "blank"
"""What ``?draft=`` says to open the form without a draft."""


@dataclass(frozen=True, slots=True)
class Step:
    """A group of fields with a title; several steps get a line of links at the top."""

    title: str
    keys: Sequence[str]
    note: str = ""


@dataclass(slots=True)
class BoundField:
    """A field of a form as shown."""

    spec: catalogue.Field
    id: str
    name: str
    value: Any = ""
    is_required: bool = False
    is_readonly: bool = False
    is_wide: bool = False
    origin: str = ""
    options: Sequence[tuple[str, str]] | None = None
    source: str = ""
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    autocomplete: str = ""
    after: Callable[[], str] | None = None
    """Writes what stands behind the field, over the whole width (Markup); asked when the form is shown."""

    @property
    def type(self) -> str:
        """Type of the catalogue field."""
        return self.spec.type

    @property
    def label(self) -> str:
        """Chinese label."""
        return self.spec.label

    @property
    def unit(self) -> str:
        """Unit beside the input; chosen by the system, not by the person."""
        return self.spec.unit_word

    @property
    def help(self) -> str:
        """Help line."""
        return self.spec.help

    @property
    def clause(self) -> str:
        """Clause of the help line."""
        return self.spec.clause

    @property
    def max_length(self) -> int | None:
        """Longest text."""
        return self.spec.max_length

    @property
    def rows(self) -> int:
        """Height of a long text."""
        return self.spec.rows


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of the error summary; ``id`` is the input it jumps to."""

    id: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class BoundStep:
    """A step with its fields."""

    title: str
    fields: Sequence[BoundField]
    note: str = ""


class Form:
    """A form of one request. Templates show it with ``ui.form``; :func:`handle` runs it."""

    def __init__(self, spec: "FormSpec", request: HttpRequest, subject: str, rev: int | None) -> None:
        self.spec, self.request, self.subject, self.rev = spec, request, subject, rev
        self.key = spec.key
        self.id = "form-" + spec.key.replace(".", "-")
        self.steps: list[BoundStep] = []
        self.fields: dict[str, BoundField] = {}
        self.values: dict[str, Any] = {}
        self.problems: list[Problem] = []
        self.findings: list[Finding] = []
        self.doubts: list[doubts.Doubt] = []
        self.find_doubts: Doubts | None = None
        self.initial: dict[str, Any] = {}
        self.draft_note = ""
        self.draft_offer: drafts.Offer | None = None
        self.other_drafts: list[tuple[int, datetime, str]] = []
        self._present: dict[str, str] | None = None
        self._marks: dict[str, str] | None = None
        self._window = _window_of(request) if request.method == "POST" else secrets.token_hex(6)
        self._begun_on = request.POST.get("_begun_on", "")

    @property
    def draft_url(self) -> str:
        """Where the browser saves drafts ("" when the form keeps none, or one waits to be decided on)."""
        return "" if self.draft_offer else self._address("registers:draft")

    @property
    def settle_url(self) -> str:
        """Where a draft is adopted or thrown away ("" when the form keeps none)."""
        return self._address("registers:settle_draft")

    def _address(self, name: str) -> str:
        if not self.spec.keeps_draft or self.request.actor.person_id is None:  # type: ignore[attr-defined]
            return ""
        return reverse(name, kwargs={"key": self.key}, query={"subject": self.subject} if self.subject else None)

    @property
    def present(self) -> dict[str, str]:
        """Texts of the form before a draft or what was posted is filled in."""
        if self._present is None:
            self._present = {f.name: str(f.value) for f in self.fields.values() if f.type != "password"}
        return self._present

    @property
    def opened(self) -> str:
        """Marks of the values this form was opened on, for the draft to keep."""
        marks = drafts.marks_of(self.present) if self._marks is None else self._marks
        return json.dumps(marks, separators=(",", ":"))

    @property
    def begun_on(self) -> str:
        """Which draft was filled in: when it was saved."""
        return self._begun_on

    @property
    def carries(self) -> list[tuple[str, str]]:
        """Names and values that go with what is typed: the record's revision and, of a draft, what it was begun on."""
        rev = [("rev", "" if self.rev is None else str(self.rev))]
        if not self.settle_url:
            return rev
        return [*rev, ("_opened", self.opened), ("_draft", self.whose), ("_window", self._window),
                ("_begun_on", self._begun_on)]  # fmt: skip

    @property
    def is_valid(self) -> bool:
        """Whether nothing rejecting was found."""
        return not self.problems

    @property
    def changes(self) -> dict[str, Any]:
        """Values that differ from the initial ones, for acts that record what changed."""
        return {k: v for k, v in self.values.items() if v != self.initial.get(k) and (v or self.initial.get(k))}

    def repeat(
        self, key: str, part: str, *, label: str = "", value: Any = None, unit: str = "", origin: str = "",
        is_required: bool = False, options: Sequence[tuple[str, str]] | None = None,
    ) -> BoundField:  # fmt: skip
        """Ask a catalogue key once more under the name ``key-part`` (one row of a list of packs, for example).

        The caller puts the field into a step with :meth:`add_step`; ``label`` and ``unit`` say which one it is. The spec
        names the key in ``repeats``, so that drafts keep it.
        """
        spec = catalogue.get(key)
        if label or unit:
            spec = replace(spec, label=label or spec.label, unit=unit if spec.type != "money" and unit else spec.unit)
        name = f"{key}-{part}"
        if value is not None:
            self.initial[name] = value
        bound = BoundField(
            spec=spec, id=f"{self.id}-{name}".replace(".", "-"), name=name, value=as_text(spec, value),
            is_required=is_required, origin=origin if value not in (None, "") else "",
            options=options if options is not None else list(spec.choices.items()) if spec.choices else None,
        )  # fmt: skip
        self.fields[name] = bound
        return bound

    def add_step(self, title: str, fields: Sequence[BoundField], note: str = "") -> None:
        """Add a step of repeated fields at the end of the form."""
        self.steps.append(BoundStep(title, fields, note))

    def drop(self, *names: str) -> None:
        """Leave fields out; a name the form does not have is nothing to leave out."""
        for name in names:
            self.fields.pop(name, None)
        self.steps = [replace(s, fields=[f for f in s.fields if f.name in self.fields]) for s in self.steps]

    def start_on_today(self, name: str = "occurred_on") -> None:
        """Fill in today where a day is asked and none is given yet."""
        bound = self.fields.get(name)
        if bound is not None and self.request.method != "POST" and not bound.value:
            bound.value, bound.origin = clock.today().isoformat(), "今天，补录时改为实际日期"

    def read(self, data: Mapping[str, str]) -> bool:
        """Read what was posted into ``values``; return whether all of it could be read."""
        self.values, self.problems = {}, []
        self._marks = drafts.read_marks(data.get("_opened", ""), DRAFT_LIMIT) or drafts.marks_of(self.present)
        for bound in self.fields.values():
            if bound.is_readonly:
                self.values[bound.name] = self.initial.get(bound.name)
                continue
            text = data.get(bound.name, "")
            if bound.type == "regions" and isinstance(data, QueryDict):
                text = ",".join(data.getlist(bound.name))
            bound.value = text
            options = dict(bound.options) if bound.options is not None and not bound.source else None
            result = read(bound.spec, text, is_required=bound.is_required, options=options)
            self.values[bound.name] = result.value
            self.add([replace(finding, field=bound.name) for finding in result.findings])
        rev = read_id(data.get("rev", ""))
        if rev is not None:
            self.rev = rev
        return self.is_valid

    def add(self, findings: Sequence[Finding]) -> None:
        """Put findings beside their fields; rejecting ones also into the summary."""
        for finding in findings:
            self.findings.append(finding)
            bound = self.fields.get(finding.field or "")
            text = word(finding)
            if finding.severity == Severity.REJECT:
                if bound:
                    bound.errors.append(text)
                self.problems.append(Problem(bound.id if bound else "", bound.label if bound else "", text))
            elif bound:
                bound.notes.append(text)

    def is_sure(self, sure: Sequence[str]) -> bool:
        """Look for doubts in what was read, with the room's own; return whether each was answered with “已核对”."""
        fields = [(f.name, f.spec) for f in self.fields.values() if not f.is_readonly]
        found = doubts.find_in_amounts(fields, self.values, self.initial)
        if self.find_doubts is not None:
            found += self.find_doubts(self)
        labels = {f.name: f.label for f in self.fields.values()}
        self.doubts = doubts.as_doubts(found, labels, sure[: doubts.MOST_SURE])
        return all(doubt.is_sure for doubt in self.doubts)

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal of the service as problems of the form."""
        self.add(refusal.findings if isinstance(refusal, InvalidInput) else [refusal.as_finding()])

    # --- drafts ----------------------------------------------------------------------------------------------------

    def _drafts(self) -> Any:
        person = self.request.actor.person_id  # type: ignore[attr-defined]
        return FormDraft.objects.filter(person_id=person, form_key=self.key, subject=self.subject)

    def take_draft(self) -> None:
        """Fill in the person's draft, if there is one (1 query); one that would cover a newer value is only offered.

        The form then shows the present values, and :attr:`draft_offer` what the draft holds instead.
        """
        if not self.draft_url:
            return
        self._take_carried()
        kept = list(self._drafts().order_by("-saved_at")[:MOST_DRAFTS])
        asked = self.request.GET.get("draft", "") if not self.subject else ""
        draft = next((one for one in kept if str(one.pk) == asked), kept[0] if kept and asked != BLANK else None)
        self.other_drafts = [(one.pk, one.saved_at, self._called(one)) for one in kept if one is not draft]
        if draft is None:
            return
        self._begun_on = draft.saved_at.isoformat()
        open_to_draft = {n: t for n, t in self.present.items() if not self.fields[n].is_readonly}
        found = drafts.compare(draft.data, draft.opened, open_to_draft)
        if found.needs_choice(begun_rev=draft.rev, rev=self.rev):
            self.draft_offer = self._offer(draft, found)
            return
        for name, text in found.mine.items():
            self.fields[name].value, self.fields[name].origin = text, ""
        at = draft.saved_at.astimezone(clock.SHANGHAI)
        self.draft_note = f"已带出 {at:%m月%d日 %H:%M} 保存的草稿。"
        if found.mine and draft.rev != self.rev:
            self.draft_note += "这份记录此后有过变动，本表各项没有受影响。"

    def _called(self, draft: FormDraft) -> str:
        """Return the first thing a draft says in words, to tell it from the others."""
        texts = (draft.data.get(name, "") for name, bound in self.fields.items() if bound.type in ("text", "long_text"))
        return next((text.strip()[:40] for text in texts if text.strip()), "")

    def _take_carried(self) -> None:
        """Make the draft of what could not be submitted because the sign-in had run out."""
        person = self.request.actor.person_id  # type: ignore[attr-defined]
        posted = carried.take(self.request, person, self.key, self.subject)
        if posted is not None:
            opened = drafts.read_marks(posted.get("_opened", ""), DRAFT_LIMIT)
            where = {"person_id": person, "form_key": self.key, "subject": self.subject}
            # What was submitted counts for more than what was drafted; a new form's other windows keep theirs.
            own = _own(_window_in(posted), posted.get("_begun_on", "")) if not self.subject else Q()
            FormDraft.objects.filter(own, **where).delete()
            _save_draft(self.spec, where, posted, opened, self._window)

    @property
    def whose(self) -> str:
        """What the form carries so that an expired sign-in does not lose it ("" when it keeps no draft)."""
        person = self.request.actor.person_id  # type: ignore[attr-defined]
        return carried.seal(person, self.key, self.subject) if self.draft_url else ""

    def _offer(self, draft: FormDraft, found: drafts.Comparison) -> drafts.Offer:
        lines = []
        for name, bound in self.fields.items():
            if name not in found.mine and name not in found.moved:
                continue
            now, is_mine = self._shown(bound, self.present[name]), name in found.mine
            drafted = self._shown(bound, found.mine[name]) if is_mine else ""
            lines.append(
                drafts.Difference(
                    bound.label, bound.unit, now, drafted, is_clash=name in found.moved, is_kept=not is_mine
                )
            )
        return drafts.Offer(draft.saved_at, lines, draft.saved_at.isoformat(), self.settle_url)

    def _shown(self, bound: BoundField, text: str) -> str:
        """Return an input's text as a person reads it."""
        text = text.strip()
        options = {str(value): label.strip() for value, label in bound.options or ()}
        if bound.type == "region" and text not in options and (region := read_id(text)) is not None:
            named, _source = region_picker.options_for(self.request, region)
            options |= {str(value): label.strip() for value, label in named}
        if bound.type == "regions":
            return "、".join(options.get(one, one) for one in text.split(",") if one)
        if bound.type == "bool" and not bound.options:
            return "是" if text else "否"
        return options.get(text, text)

    def drop_draft(self, *, whoever_saved: bool = False) -> None:
        """Throw the draft away: the form was submitted, or the person said so (``whoever_saved``).

        What another window of the same person has saved stays with that window.
        """
        person = self.request.actor.person_id  # type: ignore[attr-defined]
        # Looking takes no write lock, and mostly there is none.
        if self.spec.keeps_draft and person is not None and _DRAFT.all(person, self.key, self.subject):
            drafts_ = self._drafts()
            (drafts_ if whoever_saved else drafts_.filter(_own(self._window, self._begun_on))).delete()


Doubts = Callable[[Form], Sequence[Finding]]


@dataclass(frozen=True, kw_only=True)
class _Extras:
    required: Sequence[str] = ()
    readonly: Sequence[str] = ()
    wide: Sequence[str] = ()
    options: Mapping[str, Options] = field(default_factory=dict)
    keeps_draft: bool = True
    repeats: Sequence[str] = ()


@dataclass(frozen=True)
class FormSpec(_Extras):
    """Definition of a form: a key (name of its draft), steps of catalogue keys, and what this form asks of them.

    ``required`` adds to the catalogue's own. ``options`` gives choices that depend on the request (units, parents).
    ``repeats`` are keys that :meth:`Form.repeat` asks several times.
    """

    key: str
    steps: Sequence[Step]

    def __post_init__(self) -> None:
        _SPECS[self.key] = self

    @property
    def keys(self) -> list[str]:
        """Catalogue keys in order."""
        return [key for step in self.steps for key in step.keys]

    def bind(
        self,
        request: HttpRequest,
        *,
        initial: Mapping[str, Any] | None = None,
        origins: Mapping[str, str] | None = None,
        subject: str | int = "",
        rev: int | None = None,
        doubts: "Doubts | None" = None,
    ) -> Form:
        """Return the form for a request. ``initial`` holds typed values; ``origins`` says where a prefilled value came from.
        ``doubts`` says what in the typed values the person is asked to look at again, besides amounts that may be a unit
        off (:mod:`registers.doubts`).

        :raises KeyError: a key is not in the catalogue
        """
        form = Form(self, request, str(subject), rev)
        form.find_doubts = doubts
        form.initial = dict(initial or {})
        for number, step in enumerate(self.steps, 1):
            fields = [self._field(request, form, key, origins or {}) for key in step.keys]
            form.steps.append(BoundStep(step.title or ("" if number == 1 else f"第 {number} 步"), fields, step.note))
        return form

    def _field(self, request: HttpRequest, form: Form, key: str, origins: Mapping[str, str]) -> BoundField:
        spec = catalogue.get(key)
        value = form.initial.get(key)
        bound = BoundField(
            spec=spec,
            id=f"{form.id}-{key}".replace(".", "-"),
            name=key,
            value=as_text(spec, value),
            is_required=(spec.required or key in self.required) and (spec.type != "bool" or bool(spec.choices)),
            is_readonly=key in self.readonly or bool(spec.computed_from),
            is_wide=spec.type == "long_text" or key in self.wide,
            origin=origins.get(key, "") if value not in (None, "") else "",
        )
        given = self.options.get(key)
        if given is not None:
            bound.options = given(request) if callable(given) else given
        elif spec.choices:
            bound.options = list(spec.choices.items())
        elif spec.type == "region":
            bound.options, bound.source = region_picker.options_for(request, value if isinstance(value, int) else None)
        form.fields[key] = bound
        return bound


_SPECS: dict[str, FormSpec] = {}


def handle(
    request: HttpRequest,
    form: Form,
    save: Callable[[dict[str, Any]], str],
    template: str,
    context: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Run a form: show it, or read it, call ``save(values)`` and go where it says.

    ``save`` calls one service and returns an address. A ``Refusal`` it raises is shown beside the field it names,
    except :class:`NotAllowed` and :class:`NotFound`, which are pages of their own, and :class:`ChangedMeanwhile`,
    which shows who changed what (``data``: ``current`` key → value saved by the other, ``by``, ``at``, ``rev``).
    """
    full = {**(context or {}), "form": form}
    if request.method != "POST":
        form.take_draft()
        return pages.render(request, template, full)
    if request.POST.get("_discard"):
        form.drop_draft(whoever_saved=bool(form.subject))
        return HttpResponseRedirect(request.get_full_path())
    if form.read(request.POST) and form.is_sure(request.POST.getlist(doubts.SURE)):
        try:
            target = save(form.values)
        except ChangedMeanwhile as refusal:
            return changed_page(request, form, refusal, full)
        except (NotAllowed, NotFound):
            raise
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            form.drop_draft()
            if pages.is_htmx(request):
                return HttpResponse(status=204, headers={"HX-Redirect": target})
            return HttpResponseRedirect(target)
    return pages.render(request, template, full, status=422)


def changed_page(
    request: HttpRequest, form: Form, refusal: ChangedMeanwhile, context: Mapping[str, Any]
) -> HttpResponse:
    """Answer with the page that shows both values of every field somebody else changed meanwhile.

    ``refusal.data["current"]`` maps catalogue keys to the present typed values; without it only the message is shown.
    """
    current: Mapping[str, Any] = refusal.data.get("current") or {}
    rows = []
    for key, theirs in current.items():
        bound = form.fields.get(key)
        if bound is None:
            continue
        was, mine = form.initial.get(key), form.values.get(key)
        options = dict(bound.options or ())
        shown = [options.get(as_text(bound.spec, v), as_text(bound.spec, v)).strip() for v in (theirs, mine)]
        if shown[0] != shown[1]:
            rows.append(
                {
                    "label": bound.label,
                    "unit": bound.unit,
                    "theirs": shown[0],
                    "mine": shown[1],
                    "is_clash": was != mine,
                }
            )
    data = {
        **context,
        "rows": rows,
        "is_compared": "current" in refusal.data,
        "by": refusal.data.get("by", ""),
        "at": refusal.data.get("at"),
        "text": word(refusal),
        "rev": refusal.data.get("rev", ""),
        "again": [
            *((name, request.POST.get(name, "")) for name in form.fields),
            *((doubts.SURE, doubt.token) for doubt in form.doubts),
        ],
    }
    return pages.render(request, "registers/changed.html", data, status=409)


@pages.signed_in_page(methods=("POST",))
def keep_draft(request: HttpRequest, key: str) -> JsonResponse:
    """Save a draft: raw texts of the form's own fields and what they were begun on (1–2 queries, no ledger entry).

    What is not kept is said in ``why``; the content is never repeated.
    """
    spec = _drafted(key)
    opened = drafts.read_marks(request.POST.get("_opened", ""), DRAFT_LIMIT)
    texts = _texts(spec, request.POST, opened)
    if len(json.dumps(texts)) > DRAFT_LIMIT:
        return _not_kept(Finding("forms.draft_too_long", {"limit": DRAFT_LIMIT}), 413)
    if rule := find_secret_rule(texts.values()):
        return _not_kept(Finding("forms.draft_secret", {"label": LABELS[rule]}), 422)
    where = _where(request, key)
    now = _save_draft(spec, where, request.POST, opened, _window_of(request))
    if now is None and not where["subject"]:
        return _not_kept(Finding("forms.drafts_many", {"limit": MOST_DRAFTS}), 409)
    if now is None:
        other = FormDraft.objects.filter(**where).values_list("saved_at", flat=True).first()
        at = "" if other is None else f" {other.astimezone(clock.SHANGHAI):%H:%M} "
        return _not_kept(Finding("forms.draft_elsewhere", {"at": at}), 409)
    return JsonResponse({"at": f"{now.astimezone(clock.SHANGHAI):%H:%M}"})


def _save_draft(
    spec: FormSpec, where: Mapping[str, Any], posted: QueryDict, opened: Mapping[str, str], window: str
) -> datetime | None:
    """Save and return when; None, and nothing is saved, when another window of a record's form has saved since.

    A form of something new keeps a draft of each window, up to :data:`MOST_DRAFTS`.
    """
    now = clock.now()
    new = {
        "data": _texts(spec, posted, opened), "saved_at": now, "rev": read_id(posted.get("rev", "")),
        "opened": {name: text for name, text in opened.items() if _is_own(spec, name)}, "window": window,
    }  # fmt: skip
    if not FormDraft.objects.filter(_own(window, posted.get("_begun_on", "")), **where).update(**new):
        if not where["subject"] and FormDraft.objects.filter(**where).count() >= MOST_DRAFTS:
            return None
        try:
            with transaction.atomic():
                FormDraft.objects.create(**where, **new)
        except IntegrityError:
            return None
    return now


def _window_of(request: HttpRequest) -> str:
    """Return which window of the browser a form was opened in: two of one person do not save over each other."""
    return _window_in(request.POST)


def _window_in(posted: QueryDict) -> str:
    return posted.get("_window", "")[:WINDOW_LENGTH]


def _own(window: str, begun_on: str) -> Q:
    """Match the draft that this window saved last, or took in when it was opened and nobody has saved since."""
    own = Q(window=window)
    try:
        return own | Q(saved_at=datetime.fromisoformat(begun_on))
    except ValueError:
        return own


@pages.signed_in_page(methods=("POST",))
def settle_draft(request: HttpRequest, key: str) -> HttpResponseRedirect:
    """Adopt a draft after its differences were seen, or throw it away; then back to the form (2 queries).

    Adopting moves the draft onto the revision and values that stood beside it. If the record moved on once more, the
    form finds the draft out of date again; if the draft did, nothing is done and the form shows it anew.
    """
    _drafted(key)
    where = _where(request, key)
    own = _own(_window_of(request), request.POST.get("_begun_on", "")) if not where["subject"] else Q()
    mine = FormDraft.objects.filter(own, **where)
    if request.POST.get("_discard"):
        mine.delete()
    elif (draft := mine.first()) and request.POST.get("_adopt") == draft.saved_at.isoformat():
        # The time is part of the condition: another tab may have saved since the line above.
        mine.filter(saved_at=draft.saved_at).update(
            data=drafts.touched(draft.data, draft.opened),
            opened=drafts.read_marks(request.POST.get("_opened", ""), DRAFT_LIMIT),
            rev=read_id(request.POST.get("rev", "")),
        )
    back = request.POST.get("_back", "")
    return HttpResponseRedirect(back if url_has_allowed_host_and_scheme(back, None) else "/")


def _drafted(key: str) -> FormSpec:
    spec = _SPECS.get(key)
    if spec is None or not spec.keeps_draft:
        raise NotFound("forms.no_draft_here")
    return spec


def _where(request: HttpRequest, key: str) -> dict[str, Any]:
    return {
        "person_id": request.actor.person_id,  # type: ignore[attr-defined]
        "form_key": key,
        "subject": request.GET.get("subject", "")[:40],
    }


def _is_own(spec: FormSpec, name: str) -> bool:
    return name in spec.keys or name.rpartition("-")[0] in spec.repeats


def _texts(spec: FormSpec, posted: QueryDict, opened: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of the form's own fields; boxes without a tick are not posted, the marks name them."""
    texts = {}
    for name in [*spec.keys, *(name for name in posted if name.rpartition("-")[0] in spec.repeats)]:
        kind = catalogue.get(name if name in spec.keys else name.rpartition("-")[0]).type
        if kind == "password":
            continue
        if name in posted:
            texts[name] = ",".join(posted.getlist(name)) if kind == "regions" else str(posted[name])
        elif name in opened and kind in ("bool", "regions"):
            texts[name] = ""
    return texts


def _not_kept(finding: Finding, status: int) -> JsonResponse:
    return JsonResponse({"at": "", "why": word(finding)}, status=status)
