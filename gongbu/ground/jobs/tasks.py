"""The one django-tasks task: look up a registered job and run it."""

import uuid
from typing import Any

from django_tasks import TaskContext, task

from gongbu.ground.jobs import services
from gongbu.ground.jobs.registry import JOBS


@task(takes_context=True)
def run_job(context: TaskContext, name: str, arguments: dict[str, Any]) -> Any:
    """Run the job ``name``.

    :raises KeyError: its room is gone; the job fails and says so
    """
    token = services._current.set(uuid.UUID(str(context.task_result.id)))
    try:
        JOBS[name].function(**arguments)
    finally:
        services._current.reset(token)
