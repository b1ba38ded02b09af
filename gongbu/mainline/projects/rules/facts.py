"""ProjectFacts: everything about a project that rules, tables, warnings and the sandbox may read, frozen.

Keys are catalogue keys. Rooms further along the line contribute facts of their own through
``projects.facts.contribute``; a fact nobody gave is absent, which is not the same as zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """Facts of one project on one day. Amounts are fen; empty strings and None mean 未报."""

    project_id: int
    region_key: int
    on: date
    kind: str
    funding_nature: str
    stage: str
    early_stage: str = ""
    works_type: str = ""
    construction_nature: str = ""
    initiation_nature: str = ""
    is_city_strategic: bool | None = None
    sector: str = ""
    industry_code: str = ""
    origin: str = ""
    is_leaf: bool = True
    total_investment_fen: int | None = None
    annual_planned_fen: int | None = None
    annual_completed_fen: int | None = None
    annual_year: int | None = None
    completed_fen: int | None = None
    planned_start_on: date | None = None
    planned_finish_on: date | None = None
    code: str = ""
    owner_unit_id: int | None = None
    contributed: Mapping[str, Any] = field(default_factory=dict)

    def as_mapping(self) -> dict[str, Any]:
        """Return the facts by key, contributed ones included, as decision tables read them: 未报 is None."""
        own = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "contributed"}
        own = {name: None if value in ("", "UNKNOWN") else value for name, value in own.items()}
        return {**own, **self.contributed}
