"""The job behind the page: replay a trial in a worker with the grants that the person holds then."""

from collections.abc import Callable
from time import monotonic

from django.db import transaction
from django.urls import reverse

from gongbu.ground.basics import messages
from gongbu.ground.basics.findings import Refusal
from gongbu.ground.inbox import services as inbox
from gongbu.ground.jobs import services as jobs
from gongbu.ground.orgs import queries as orgs
from gongbu.ground.orgs.actor import Actor
from gongbu.ground.policy.sandbox import services, showing, sources
from gongbu.ground.policy.sandbox.models import Trial

JOB = "sandbox.replay"
AT_ONCE = 2_000
"""So many subjects are replayed while the person waits; more go to a job, with progress."""


def start(trial: Trial, actor: Actor) -> Trial:
    """Replay at once when there is little to ask, else behind the page."""
    span = (trial.region.key_lo, trial.region.key_hi)
    size = 0
    for source in sources.all_sources():
        size += source.count(actor, span)
    if size <= AT_ONCE:
        return services.replay_trial(trial_id=trial.pk, actor=actor)
    with transaction.atomic():
        job_id = jobs.submit(
            JOB, person_id=actor.person_id, subject_kind="policy_trial", subject_id=trial.pk,
            trial_id=trial.pk, person=actor.person_id, post=actor.post_id,
        )  # fmt: skip
        Trial.objects.filter(pk=trial.pk).update(replay_state=Trial.Replay.RUNNING, job_id=job_id, trouble="")
    return trial


def run_job(trial_id: int, person: int | None, post: int | None) -> None:
    """Replay; it may run twice, because a replay replaces what an unfinished one left."""
    actor = orgs.console_actor() if person is None else orgs.actor_for(person, post)
    try:
        trial = services.replay_trial(trial_id=trial_id, actor=actor, progress=throttled(jobs.report))
        title = f"试算完成：{trial.name}"
        text = showing.said(trial)
    except Refusal as refusal:
        text = messages.word(refusal)
        services.stop_replay(trial_id=trial_id, trouble=text)
        trial = Trial.objects.get(pk=trial_id)
        title = f"试算没有完成：{trial.name}"
    if person is not None:
        with transaction.atomic():
            inbox.notify(
                key=f"sandbox:{trial_id}:{trial.rev}", people=[person], title=title[:120], text=text[:900],
                url=reverse("sandbox:trial", args=[trial_id]), region_key=trial.region_key,
            )  # fmt: skip


def throttled(report: Callable[[int, int, str], None], seconds: float = 0.5) -> Callable[[int, int, str], None]:
    """Return a progress function that writes at most so often."""
    last = 0.0

    def tell(done: int, total: int, note: str) -> None:
        nonlocal last
        if monotonic() - last >= seconds:
            last = monotonic()
            report(done, total, note)

    return tell
