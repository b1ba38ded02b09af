"""Acts on lists of projects offered to private capital: draft, choose, publish, withdraw."""

from gongbu.ground.basics import clock, money
from gongbu.ground.basics.act import act
from gongbu.ground.basics.findings import Finding, InvalidInput, NotFound, Refusal, Severity, raise_on_reject
from gongbu.ground.ledger import receipts
from gongbu.ground.orgs.actor import Actor
from gongbu.mainline.projects import queries as projects
from gongbu.mainline.projects.choices import Stage
from gongbu.mainline.promotion import record
from gongbu.mainline.promotion.models import CapitalOffer, OfferedProject

State = CapitalOffer.State
BEFORE_WORKS = (Stage.RESERVE, Stage.APPROVAL, Stage.DESIGN, Stage.PROCUREMENT)


@act("promotion.draft_offer", "拟推介清单")
def draft_offer(*, region_id: int, title: str, contact: str, actor: Actor, key: str | None = None) -> CapitalOffer:
    """Begin a list; nobody outside sees it before it is published.

    :raises InvalidInput: no title or contact
    """
    region = record.region_for(region_id, actor, "promotion.draft_offer")
    texts = {"offer_title": ("标题", title, 160, True), "offer_contact": ("联系方式", contact, 200, True)}
    raise_on_reject(record.check_texts(texts))
    title = " ".join(title.split())
    offer = CapitalOffer(region=region, region_key=region.key_lo, title=title, contact=contact.strip(), rev=0)
    offer.save()
    record.commit("promotion.draft_offer", offer, actor, after={"title": offer.title}, key=key)
    return offer


@act("promotion.put_on_offer", "选入推介清单")
def put_on_offer(
    *, offer_id: int, project_id: int, mode: str, actor: Actor, wanted_fen: int | None = None
) -> OfferedProject:
    """Put a project of the region on a drafted list, with how capital may take part and how much is wanted.

    :raises Refusal: of another region, on the list already, or under construction
    :raises InvalidInput: no mode, or more wanted than the project costs
    """
    offer = record.lock(CapitalOffer, offer_id, actor, "promotion.put_on_offer", State.DRAFT)
    project = projects.get_project(project_id, actor)
    if not offer.region.key_lo <= project.region_key < offer.region.key_hi:
        raise Refusal("promotion.project_elsewhere", field="offer_project", project=project.name)
    if project.stage not in BEFORE_WORKS:
        stage = Stage(project.stage).label
        raise Refusal("promotion.project_not_open", field="offer_project", project=project.name, stage=stage)
    if offer.offered.filter(project=project).exists():
        raise Refusal("promotion.project_offered", field="offer_project", project=project.name)
    findings = record.check_texts({"offer_mode": ("参与方式", mode, 120, True)})
    findings += record.check_amount("offer_wanted_fen", "拟引入民间投资", wanted_fen)
    total = project.total_investment_fen
    if wanted_fen is not None and total is not None and wanted_fen > total:
        data = {"project": project.name, "wanted": money.as_wan(wanted_fen), "total": money.as_wan(total)}
        findings.append(Finding("promotion.wanted_over_total", data, "offer_wanted_fen", Severity.REJECT))
    raise_on_reject(findings)
    row = OfferedProject.objects.create(offer=offer, project=project, mode=mode.strip(), wanted_fen=wanted_fen)
    offer.project_count += 1
    after = {"project": project.name, "project_id": project.pk, "mode": row.mode, "wanted_fen": wanted_fen}
    record.commit("promotion.put_on_offer", offer, actor, after=after)
    return row


@act("promotion.take_off_offer", "移出推介清单")
def take_off_offer(*, offer_id: int, project_id: int, actor: Actor) -> CapitalOffer:
    """Take a project off a drafted list."""
    offer = record.lock(CapitalOffer, offer_id, actor, "promotion.take_off_offer", State.DRAFT)
    row = offer.offered.filter(project_id=project_id).first()
    if row is None:
        raise NotFound("promotion.not_found")
    row.delete()
    offer.project_count -= 1
    record.commit("promotion.take_off_offer", offer, actor, before={"project_id": project_id})
    return offer


@act("promotion.publish_offer", "发布推介清单")
def publish_offer(*, offer_id: int, actor: Actor, rev: int | None = None) -> CapitalOffer:
    """Open a list to everybody: what each project says on this day is written down and stays.

    :raises Refusal: the list is empty, or a project has begun its works meanwhile
    """
    offer = record.lock(CapitalOffer, offer_id, actor, "promotion.publish_offer", State.DRAFT, rev=rev)
    rows = list(offer.offered.select_related("project__competent_region").order_by("pk"))
    if not rows:
        raise Refusal("promotion.offer_empty")
    findings = [
        Finding(
            "promotion.project_not_open", {"project": row.project.name, "stage": Stage(row.project.stage).label}, None,
            Severity.REJECT,
        )
        for row in rows
        if row.project.stage not in BEFORE_WORKS
    ]  # fmt: skip
    if findings:
        raise InvalidInput(findings)
    offer.items = [
        {
            "project": row.project_id, "name": row.project.name, "region": row.project.competent_region.name,
            "stage": Stage(row.project.stage).label, "content": row.project.content[:400], "mode": row.mode,
            "total_fen": row.project.total_investment_fen, "wanted_fen": row.wanted_fen,
        }
        for row in rows
    ]  # fmt: skip
    totals = [item["total_fen"] for item in offer.items if item["total_fen"] is not None]
    offer.total_fen = sum(totals) if totals else None
    offer.state, offer.published_on = State.PUBLISHED, clock.today()
    public = {
        "文书": "向民间资本推介项目清单", "标题": offer.title, "项目数": f"{len(rows)} 个",
        "总投资（万元）": money.as_wan(offer.total_fen) if offer.total_fen is not None else "未报",
    }  # fmt: skip
    entry = record.commit(
        "promotion.publish_offer", offer, actor, after={"state": offer.state, "items": offer.items}, public=public
    )
    offer.receipt = entry.receipt or ""
    offer.save(update_fields=["receipt"])
    return offer


@act("promotion.withdraw_offer", "撤下推介清单")
def withdraw_offer(*, offer_id: int, reason: str, actor: Actor, rev: int | None = None) -> CapitalOffer:
    """Withdraw a list (drafts too); a published one keeps saying so on its page.

    :raises Refusal: no reason
    """
    offer = record.lock(
        CapitalOffer, offer_id, actor, "promotion.withdraw_offer", State.DRAFT, State.PUBLISHED, rev=rev
    )
    offer.state, offer.withdrawn_reason = State.WITHDRAWN, record.need_reason(reason)
    record.commit("promotion.withdraw_offer", offer, actor, after={"state": offer.state}, reason=offer.withdrawn_reason)
    return offer


def receipt_of(offer: CapitalOffer) -> str:
    """Return the receipt of a list as printed, "" before it was published."""
    return receipts.grouped(offer.receipt) if offer.receipt else ""
