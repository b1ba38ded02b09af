"""家底: what a leader's county has in hand, on one page; every figure opens its rows in the register."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from gongbu.ground.basics import clock
from gongbu.ground.registers.pages import page, render
from gongbu.mainline.projects import portfolio
from gongbu.mainline.projects.choices import FundingNature, Stage
from gongbu.mainline.projects.portfolio import Slice
from gongbu.mainline.projects.register import GRADE_CHOICES

_EMPTY = Slice()


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: a group of projects with its figures and the addresses of its rows."""

    label: str
    figures: Slice
    rows: str
    planned_rows: str
    completed_rows: str

    @property
    def done(self) -> float | None:
        """Completed ÷ planned of this year, None without a plan or while nothing was reported."""
        known = self.figures.planned_fen and self.figures.with_completed
        return self.figures.completed_fen / self.figures.planned_fen if known else None


@page("projects.view")
def show(request: HttpRequest) -> HttpResponse:
    """The portfolio of what the person may read (1 query over the flat rows, whatever their number)."""
    actor = request.actor  # type: ignore[attr-defined]
    whole = portfolio.get_portfolio(actor)
    grades = [(code if code != "NONE" else "", label) for code, label in GRADE_CHOICES]
    grades += [(code, code) for code in sorted(set(whole.by_grade) - {code for code, _ in grades})]
    context = {
        "all": _line("", whole.all),
        "missing": whole.all.missing,
        "missing_rows": _rows(unreported="TOTAL"),
        "groups": [
            ("按阶段", "阶段", _lines(list(Stage.choices), whole.by_stage, "tab")),
            ("按分级", "分级", _lines(grades, whole.by_grade, "grade", empty="NONE")),
            ("按资金性质", "资金性质", _lines(list(FundingNature.choices), whole.by_funding, "funding")),
        ],
        "year": clock.today().year,
        "may_create": actor.may("projects.create"),
        "crumbs": [("项目库", reverse("projects:list")), ("家底", None)],
    }
    return render(request, "projects/portfolio.html", context)


def _lines(order: Sequence[tuple[str, str]], groups: Mapping[str, Slice], key: str, *, empty: str = "") -> list[Line]:
    """Return the groups that hold a project, in the order of the vocabulary."""
    return [
        _line(label, groups[code], **{key: code or empty}) for code, label in order if groups.get(code, _EMPTY).projects
    ]


def _line(label: str, figures: Slice, **where: str) -> Line:
    return Line(
        label, figures, _rows(**where), _rows(this_year="PLANNED", **where), _rows(this_year="COMPLETED", **where)
    )


def _rows(**where: str) -> str:
    return reverse("projects:list", query={**where, "counted": "YES"})
