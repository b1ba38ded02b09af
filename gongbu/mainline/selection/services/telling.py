"""Tasks and messages of a round: who is to score what by when, who hears of 回避 and of the result."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from gongbu.ground.basics.text import one_line
from gongbu.ground.inbox import services as inbox
from gongbu.ground.inbox.models import Message
from gongbu.ground.orgs import queries as orgs
from gongbu.ground.orgs.actor import Actor
from gongbu.mainline.selection.models import Recusal, Round, Scorer, Sheet
from gongbu.mainline.selection.services import record

SCORE, ENTER = "selection.score", "selection.enter_paper"


def task_key(round_: Round, scorer: Scorer) -> str:
    """Return the key of a scorer's task; a round that is scored again asks anew."""
    return f"selection:{round_.pk}:{round_.settlings}:score:{scorer.pk}"


def ask_scorers(round_: Round, scorers: Sequence[Scorer], actor: Actor) -> None:
    """Give each scorer who still owes sheets the task to score (5 queries, and those of the tasks)."""
    owed = owing(round_, scorers)
    for scorer in scorers:
        if not owed.get(scorer.pk):
            continue
        asked = _asked(round_, scorer, owed[scorer.pk])
        if asked is not None:
            inbox.assign_task(
                key=task_key(round_, scorer), subject=record.subject_of(round_), due_on=round_.due_on,
                opened_by=actor.name, **asked,
            )  # fmt: skip


def _asked(round_: Round, scorer: Scorer, owed: int) -> dict[str, Any] | None:
    """Return who is asked for the sheets of a scorer, and where; None when nobody can be.

    For an expert without an account it is the post that opened the round, which enters what he signed on paper.
    """
    if scorer.post_id is None and scorer.person_id is None:
        if round_.opened_post_id is None:
            return None
        return {
            "kind": ENTER, "title": f"代录{scorer.name}的评分：{round_.name}（{owed} 个项目）",
            "url": reverse("selection:paper", args=[round_.pk, scorer.pk]), "post_id": round_.opened_post_id,
        }  # fmt: skip
    whose = {"post_id": scorer.post_id} if scorer.post_id is not None else {"person_id": scorer.person_id}
    title = f"遴选评分：{round_.name}（{owed} 个项目）"
    return {"kind": SCORE, "title": title, "url": reverse("selection:score", args=[round_.pk]), **whose}


def owing(round_: Round, scorers: Sequence[Scorer]) -> dict[int, int]:
    """Return scorer → how many candidates he has yet to score (3 queries)."""
    candidates = {row.pk for row in record.standing(round_)}
    kept_out: dict[int, set[int]] = {}
    for scorer_id, candidate_id in Recusal.objects.filter(scorer__in=scorers).values_list("scorer_id", "candidate_id"):
        kept_out.setdefault(scorer_id, set()).add(candidate_id)
    handed: dict[int, set[int]] = {}
    rows = Sheet.objects.filter(round=round_, scorer__in=scorers, is_standing=True)
    for scorer_id, candidate_id in rows.values_list("scorer_id", "candidate_id"):
        handed.setdefault(scorer_id, set()).add(candidate_id)
    return {one.pk: len(candidates - kept_out.get(one.pk, set()) - handed.get(one.pk, set())) for one in scorers}


def close_done(round_: Round, actor: Actor) -> None:
    """Finish the tasks of scorers who owe nothing more."""
    scorers = record.appointed(round_)
    for pk, left in owing(round_, scorers).items():
        if not left:
            scorer = next(row for row in scorers if row.pk == pk)
            inbox.finish_task(key=task_key(round_, scorer), actor=actor, outcome="评分已全部提交")


def stop_asking(round_: Round, scorer: Scorer, why: str) -> None:
    """Take a scorer's task back."""
    inbox.withdraw_task(key=task_key(round_, scorer), reason=why)


def recused(round_: Round, scorer: Scorer, names: Sequence[str], reason: str, actor: Actor) -> None:
    """Tell the post that opened the round that somebody keeps out, so that it sees to enough scorers."""
    if round_.opened_post_id is None:
        return
    inbox.notify_post(
        post_id=round_.opened_post_id, key=f"selection:{round_.pk}:recused:{scorer.pk}:{round_.rev}",
        tone=Message.Tone.WARN, title=f"{scorer.name}申报回避：{round_.name}",
        text=f"{'、'.join(names)[:600]}。理由：{one_line(reason)}", sender=actor.name, region_key=round_.region_key,
        url=reverse("selection:round", args=[round_.pk]),
    )  # fmt: skip


def expert_gone(round_: Round, scorer: Scorer, why: str) -> None:
    """Tell the post that opened the round that an expert no longer scores."""
    _tell_opener(
        round_, f"gone:{scorer.pk}", Message.Tone.WARN, f"{scorer.name}不再评分：{round_.name}",
        f"{why}。请在专家抽取中递补，递补专家应邀后再指定。",
    )  # fmt: skip


def replacement_ready(round_: Round, code: str, seat_id: int) -> None:
    """Tell the post that opened the round that a replacement accepted."""
    _tell_opener(
        round_, f"ready:{seat_id}", Message.Tone.INFO, f"递补专家{code}已应邀：{round_.name}", "可以指定为评分人。"
    )


def _tell_opener(round_: Round, key: str, tone: Message.Tone, title: str, text: str) -> None:
    if round_.opened_post_id is None:
        return
    inbox.notify_post(
        post_id=round_.opened_post_id, key=f"selection:{round_.pk}:{key}", tone=tone, title=title, text=text,
        sender="系统", region_key=round_.region_key, url=reverse("selection:scorers", args=[round_.pk]),
    )  # fmt: skip


def settled(round_: Round, scorers: Sequence[Scorer], actor: Actor, chosen: int) -> None:
    """Tell the scorers and the post that opened the round what came out of it."""
    people: list[int] = [row.person_id for row in scorers if row.person_id is not None]
    posts = dict.fromkeys(
        [row.post_id for row in scorers if row.post_id is not None]
        + ([round_.opened_post_id] if round_.opened_post_id is not None else [])
    )
    for post_id in posts:
        people += orgs.holders_of(post_id)
    inbox.notify(
        key=f"selection:{round_.pk}:settled:{round_.settlings}", people=list(dict.fromkeys(people)),
        title=f"遴选结果已定：{round_.name}", text=f"{round_.candidates_count} 个候选项目中 {chosen} 个入选。",
        url=reverse("selection:score", args=[round_.pk]), sender=actor.name, region_key=round_.region_key,
    )  # fmt: skip
