"""The API of likeness: what on file is like a project about to be entered, with score and evidence. It writes nothing."""

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Router, Schema
from pydantic import ConfigDict

from gongbu.ground.basics.findings import Finding, InvalidInput, Severity
from gongbu.ground.basics.rules.secrecy import refuse_secret
from gongbu.ground.orgs import regions
from gongbu.ground.registers.api import Right
from gongbu.ground.registers.pages import actor_of
from gongbu.mainline.likeness import queries
from gongbu.mainline.likeness.choices import FoundRelation
from gongbu.mainline.likeness.messages import say
from gongbu.mainline.projects import withholding

router = Router(tags=["查重"])
MOST = 50


class LikenessIn(Schema):
    """A project to compare; ``region`` is the administrative code of its competent region, amounts in fen."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=2, max_length=200)
    region: str = Field(
        "", pattern=r"^([0-9]{6}|[0-9]{9}|[0-9]{12})?$", description="主管区划代码（6、9 或 12 位）；空则不看区划"
    )
    owner_name: str = Field("", max_length=120)
    location: str = Field("", max_length=300)
    content: str = Field("", max_length=4000)
    planned_start_on: date | None = None
    total_investment_fen: int | None = Field(None, ge=0, le=10**14)
    exclude: list[Annotated[int, Field(ge=1, le=2**62)]] = Field(
        default_factory=list, max_length=50, description="不与之比较的项目（例如项目本身）"
    )
    most: int = Field(8, ge=1, le=MOST)


class EvidenceOut(Schema):
    """One reason: code, words, and the factor by which it changed the score."""

    code: str
    message: str
    factor: float


class CandidateOut(Schema):
    """A project on file that is like the one asked about."""

    project_id: int
    name: str
    former_name: str
    score: float
    relation: FoundRelation
    relation_label: str
    evidence: list[EvidenceOut]


class LikenessOut(Schema):
    """Candidates, most alike first. ``hidden`` strong ones are out of the caller's sight, ``withheld`` by secrecy rules."""

    candidates: list[CandidateOut]
    hidden: int
    withheld: int
    same_at: float
    shown_at: float
    basis: str


@router.post(
    "/likeness", response=LikenessOut, summary="查重", operation_id="check_likeness", auth=Right("likeness.view")
)
def check_likeness(request: HttpRequest, body: LikenessIn) -> dict[str, Any]:
    """What on file is like this project, within the caller's sight (at most 16 queries). Nothing is stored."""
    refuse_secret(body.name, body.owner_name, body.location, body.content)
    actor = actor_of(request)
    question = queries.Question(
        body.name, body.content, _region_key(body.region), body.owner_name, body.location, body.planned_start_on,
        body.total_investment_fen, exclude=body.exclude,
    )  # fmt: skip
    seen = queries.find_for(actor, question, body.most)
    kept_back = withholding.find_withheld([row.project_id for row in seen.rows]) if seen.rows else {}
    rows = [row for row in seen.rows if row.project_id not in kept_back]
    if kept_back:
        withholding.note(actor, "接口：查重", len(rows), kept_back)
    return {
        "candidates": [
            {
                "project_id": row.project_id, "name": row.name, "former_name": row.former_name,
                "score": round(row.score, 4), "relation": row.relation.value,
                "relation_label": FoundRelation(row.relation.value).label,
                "evidence": [{"code": e.code, "message": say(e), "factor": e.factor} for e in row.evidence],
            }
            for row in rows
        ],
        "hidden": seen.hidden,
        "withheld": len(kept_back),
        "same_at": seen.stated.limits.same_at,
        "shown_at": seen.stated.limits.similar_at,
        "basis": str(seen.stated.same_at.basis),
    }  # fmt: skip


def _region_key(code: str) -> int | None:
    """Return the order key of a region by its code.

    :raises InvalidInput: no region has it
    """
    if not code:
        return None
    found = regions.find_by_code(code)
    region = found.region if found else None
    if region is None:
        raise InvalidInput([Finding("likeness.region_unknown", {"code": code}, "region", Severity.REJECT)])
    return region.key_lo
