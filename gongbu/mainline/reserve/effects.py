"""What other targets and months of renewal would come to, library by library (GO-02): for the sandbox."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.urls import reverse

from gongbu.ground.orgs.actor import Actor
from gongbu.ground.orgs.models import Region
from gongbu.ground.policy.rules.values import money_words, value_words
from gongbu.ground.policy.sandbox.effects import Effect, EffectSource, PairsOf
from gongbu.ground.policy.sandbox.sources import Span
from gongbu.mainline.reserve import board, files, queries
from gongbu.mainline.reserve.system import GRACE, MONTHS, SHARE, TARGETS, System


def _systems(actor: Actor, span: Span, pairs_of: PairsOf, on: date) -> Iterator[tuple[Region, System, System]]:
    holders = [one for one in queries.list_holders(actor) if span[0] <= one.key_lo < span[1]]
    pairs = pairs_of([one.key_lo for one in holders])
    for holder in holders:
        old, new = pairs[holder.key_lo]
        yield holder, System(holder, old, on), System(holder, new, on)


def read_targets(actor: Actor, span: Span, key: str, pairs_of: PairsOf, on: date) -> Iterator[Effect]:
    """Yield each library with a target: what it holds and lacks by both values (about 22 queries per county)."""
    kinds = {kind for kind, target in TARGETS.items() if target == key}
    for holder, old, new in _systems(actor, span, pairs_of, on):
        href = reverse("reserve:board", query={"region": holder.pk})
        before, after = (board.get_board(actor, holder, on, system=system) for system in (old, new))
        if key == SHARE:
            if before.general is not None:
                yield Effect(
                    name=f"{holder.name}{before.general.label}产业类占比", region_key=holder.key_lo,
                    before=_share(before), after=_share(after), href=href,
                    money_fen=after.share_short_fen - before.share_short_fen,
                )  # fmt: skip
            continue
        then = {(line.kind, line.label): line for line in _lines(after)}
        for line in _lines(before):
            if line.kind not in kinds:
                continue
            other = then.get((line.kind, line.label), line)
            yield Effect(
                name=f"{holder.name}{line.label}", region_key=holder.key_lo, before=_gap(line), after=_gap(other),
                href=href, money_fen=_short(other) - _short(line),
            )  # fmt: skip


def _lines(found: board.Board) -> list[board.Line]:
    lines = [] if found.general is None else [found.general]
    for group in found.groups:
        lines += [group.whole] if group.is_together else group.lines
    return lines


def _short(line: board.Line) -> int:
    return line.gap.short_fen if line.gap is not None else 0


def _gap(line: board.Line) -> str:
    if line.gap is None:
        return "没有目标"
    held = f"目标 {money_words(line.gap.target_fen)}，在库 {money_words(line.holding.total_fen)}"
    return f"{held}，{'已达到' if line.gap.is_met else f'缺口 {money_words(line.gap.short_fen)}'}"


def _share(found: board.Board) -> str:
    if found.share_target is None or found.general is None:
        return "没有目标"
    share = found.general.holding.industry_share
    now = "还没有在库投资" if share is None else f"现为 {Decimal(share * 100).quantize(Decimal('0.1'))}%"
    missing = "已达到" if found.share_met else f"还差产业类投资 {money_words(found.share_short_fen)}"
    return f"目标 {value_words('ratio', Decimal(str(found.share_target.value)))}，{now}，{missing}"


def read_renewals(actor: Actor, span: Span, key: str, pairs_of: PairsOf, on: date) -> Iterator[Effect]:
    """Yield each project in a library: its last day for renewal by both values (1 query per county)."""
    for holder, old, new in _systems(actor, span, pairs_of, on):
        rows = queries.list_files(actor).filter(files.HELD, holder_key=holder.key_lo).order_by("pk")
        for pk, name, region, total, renewed, asked in rows.values_list(
            "pk", "name", "region_key", "total_investment_fen", "renewed_on", "renewal_asked_on"
        ):
            before, after = (files.deadline_of(renewed, asked, system) for system in (old, new))
            yield Effect(
                name=name, region_key=region, before=_day(before), after=_day(after),
                href=reverse("projects:show", args=[pk]), money_fen=total,
            )  # fmt: skip


def _day(day: date | None) -> str:
    return "不要求续报" if day is None else f"{day:%Y-%m-%d} 前续报"


TARGET_EFFECTS = EffectSource(
    key="reserve.targets", label="储备库目标", keys=frozenset({*TARGETS.values(), SHARE}), read=read_targets,
    note="以今天的在库投资与新旧两个目标相比；采用后看板和每月快照按新目标。",
)  # fmt: skip
RENEWAL_EFFECTS = EffectSource(
    key="reserve.renewals", label="储备项目续报期限", keys=frozenset({MONTHS, GRACE}), read=read_renewals,
    note="在库项目的续报最后期限按新旧两个数值各算一遍；采用后每日更新时随即改按新值。", sums="涉及总投资",
)  # fmt: skip
