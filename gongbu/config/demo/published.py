"""公开项目样本: the real published rows, brought in by the importer that every user has."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gongbu.config.demo import city
from gongbu.ground.basics import clock
from gongbu.ground.registers.importing import kinds, services
from gongbu.ground.registers.importing.models import ImportBatch

FILES = Path(__file__).parent / "published"
LIBRARY_CODE = "980000"
KEEPER = "sample"
WANTED = (
    ("approvals.csv", "approvals", "批复文件"),
    ("key_projects.csv", "projects", "重点项目"),
    ("livelihood_projects.csv", "projects", "民生实事"),
    ("shanghai_major_projects.csv", "projects", "上海市重大工程"),
)


@dataclass(frozen=True)
class Step:
    """One file to import: what the progress bar says and what is done."""

    label: str
    run: Callable[[], object]


def steps() -> list[Step]:
    """Return the imports of the library, in order."""
    return [Step(label, partial(bring_in, file, kind)) for file, kind, label in WANTED]


def bring_in(file: str, kind_key: str) -> None:
    """Stage, check and accept one file as the library's keeper; a file accepted before is left alone."""
    actor = city.acting(KEEPER, clock.today())
    kind = kinds.get(kind_key)
    if ImportBatch.objects.filter(file_name=file, state=ImportBatch.State.PUBLISHED).exists():
        return
    batch = services.stage(
        content=(FILES / file).read_bytes(),
        file_name=file,
        kind=kind,
        actor=actor,
        region=city.region_of(LIBRARY_CODE),
    )
    services.accept(batch_id=batch.pk, actor=actor)
