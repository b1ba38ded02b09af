"""Test material of selection: a county with its card, projects held by its reserve, scorers of its offices. Fictional."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from itertools import count
from typing import Any

from gongbu.ground.basics import clock
from gongbu.ground.documents import services as documents
from gongbu.ground.documents.models import Document
from gongbu.ground.inbox.models import Message, Task
from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.outbox.models import OutboxMessage
from gongbu.mainline.projects.models import Project
from gongbu.mainline.reserve.tests import factories as reserve
from gongbu.mainline.selection import services
from gongbu.mainline.selection.choices import STEP
from gongbu.mainline.selection.models import Candidate, Recusal, Round, Scorer, Sheet, StepRecord
from gongbu.mainline.selection.services import NewRound, NewStep

_NUMBER = count(1)
STEPS = (
    "group_planning", "sector_planning", "owner_planning", "sector_review", "special_meeting", "site_visit",
)  # fmt: skip
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)
KEYS = ("industry_level", "technology", "prospect", "resource_efficiency", "environment", "benefit")


def officer() -> Actor:
    """发改经办."""
    return reserve.officer()


def head() -> Actor:
    """发改负责人, who settles and may score."""
    return reserve.head()


def leaders(number: int = 3) -> list[Actor]:
    """County leaders, each in a post of his own."""
    at = reserve.county()
    return [reserve.person("云溪县人民政府", "LEADER", at, post=f"第{n}副县长") for n in range(1, number + 1)]


def sector_head(sector: str = "水利") -> Actor:
    """负责人 of a department, for its sector."""
    return reserve.person(f"云溪县{sector}局", "SECTOR_HEAD", reserve.county(), sector=sector, post="局长")


def panel() -> list[Actor]:
    """Five scorers: three leaders, the head of 发改, the head of a department that declared nothing."""
    return [*leaders(3), head(), sector_head("教育")]


def held(sector: str = "水利", **more: Any) -> Project:
    """A project in the county's reserve, declared by the department of its sector."""
    entry = reserve.admitted(reserve.department(sector), sector=sector, **more)
    return entry.project


def opened(places: int = 1, **more: Any) -> Round:
    """A round that is being prepared."""
    values = {"name": f"第{next(_NUMBER)}批", "year": 2027, **more}
    return services.open_round(new=NewRound(reserve.county().pk, places=places, **values), actor=officer())


def do_steps(project: Project, but: Sequence[str] = (), on: date | None = None) -> dict[str, StepRecord]:
    """Record every step of the card for a project, each by who holds it, except those in ``but``."""
    on = on or clock.today()
    sector = reserve.department(project.sector or "水利")
    plans = {
        "group_planning": (officer(), NewStep("group_planning", on, "研究建设必要性和规模", party="基础设施")),
        "sector_planning": (sector, NewStep("sector_planning", on, "与行业规划衔接")),
        "owner_planning": (sector, NewStep("owner_planning", on, "提出建设方案", findings="用地指标待落实")),
    }
    found = {}
    for key, (actor, new) in plans.items():
        if key not in but:
            found[key] = services.record_planning(project_id=project.pk, new=new, actor=actor)
    if "sector_review" not in but:
        new = NewStep("sector_review", on, "符合规划", verdict="AGREED")
        found["sector_review"] = services.record_review(project_id=project.pk, new=new, actor=sector)
    if "special_meeting" not in but:
        new = NewStep("special_meeting", on, "同意列入", verdict="AGREED", document="县委专题会议纪要〔2026〕3号")
        found["special_meeting"] = services.record_meeting(project_id=project.pk, new=new, actor=officer())
    if "site_visit" not in but:
        new = NewStep(
            "site_visit", on, "现场平整，道路通达", leader="段县长", people="王某、李某", lon=Decimal("107.3521"),
            lat=Decimal("35.3312"), crs="WGS84",
        )  # fmt: skip
        found["site_visit"] = services.record_visit(project_id=project.pk, new=new, actor=officer())
        if "photos" not in but:
            photograph(found["site_visit"])
    return found


def photograph(row: StepRecord) -> Document:
    """File a photograph with a visit."""
    return documents.store(
        BytesIO(PNG), "现场.png", subject_kind=STEP, subject_id=row.pk, region_key=row.region_key, access="INTERNAL",
        actor=officer(), kind="SITE_VISIT",
    )  # fmt: skip


def scoring(number: int = 2, places: int = 1, *, ready: bool = True) -> tuple[Round, list[Candidate], list[Actor]]:
    """A round being scored: ``number`` candidates, five scorers, every step done when ``ready``."""
    round_ = opened(places)
    projects = [held() for _ in range(number)]
    if ready:
        for project in projects:
            do_steps(project)
    made = services.add_candidates(round_id=round_.pk, project_ids=[p.pk for p in projects], actor=officer())
    people = panel()
    services.appoint_scorers(round_id=round_.pk, post_ids=posts(people), actor=officer())
    services.start_scoring(round_id=round_.pk, actor=officer())
    return fresh(round_), made, people


def posts(people: Sequence[Actor]) -> list[int]:
    """The posts of people."""
    return [person.post_id for person in people if person.post_id is not None]


def marks(*values: Any) -> dict[str, Decimal]:
    """Marks by dimension; one value stands for all six."""
    filled = values * 6 if len(values) == 1 else values
    return {key: Decimal(str(value)) for key, value in zip(KEYS, filled, strict=True)}


def score(round_: Round, candidate: Candidate, by: Actor, *values: Any, **more: Any) -> Sheet:
    """Hand in a sheet."""
    return services.submit_score(round_id=round_.pk, candidate_id=candidate.pk, marks=marks(*values), actor=by, **more)


def score_all(round_: Round, candidates: Sequence[Candidate], people: Sequence[Actor]) -> None:
    """Everybody scores everything: earlier candidates higher."""
    for at, candidate in enumerate(candidates):
        for n, person in enumerate(people):
            score(round_, candidate, person, 90 - 5 * at - n)


def settled(number: int = 2, places: int = 1) -> tuple[Round, list[Candidate], list[Actor]]:
    """A settled round."""
    round_, candidates, people = scoring(number, places)
    score_all(round_, candidates, people)
    services.settle_round(round_id=round_.pk, actor=head())
    rows = Candidate.objects.unscoped("test").filter(round=round_).order_by("rank", "pk")
    return fresh(round_), list(rows), people


def fresh(round_: Round) -> Round:
    """The round as the table has it."""
    return Round.objects.unscoped("test").select_related("region").get(pk=round_.pk)


def tell() -> None:
    """Deliver the outbox."""
    reserve.tell()


def footprint() -> tuple[Any, ...]:
    """What a refused act must leave untouched."""
    rounds = list(Round.objects.unscoped("test").order_by("pk").values_list("pk", "state", "rev", "sheets_in"))
    candidates = list(
        Candidate.objects.unscoped("test").order_by("pk").values_list("pk", "is_removed", "rank", "score")
    )
    return (
        rounds, candidates, list(Scorer.objects.order_by("pk").values_list("pk", "state")), Recusal.objects.count(),
        list(Sheet.objects.order_by("pk").values_list("pk", "is_standing")),
        list(StepRecord.objects.unscoped("test").order_by("pk").values_list("pk", "is_standing")),
        Entry.objects.count(), OutboxMessage.objects.count(),
        list(Task.objects.order_by("pk").values_list("pk", "state")), Message.objects.count(),
    )  # fmt: skip
