"""Which day an act may bear: not ahead, not before the code, the present code, the file, or the state itself."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook

from gongbu.ground.basics import clock, messages
from gongbu.ground.basics.findings import InvalidInput, Refusal
from gongbu.mainline.projects import dossier, queries, services
from gongbu.mainline.projects.models import Project, ProjectCode, ProjectStatus
from gongbu.mainline.projects.tests import factories as make
from gongbu.mainline.projects.tests.test_pages import signed_in
from gongbu.mainline.projects.tests.test_services import refused

pytestmark = pytest.mark.django_db


def attach(project: Project, code: str, on: date | None = None, **more: Any) -> Project:
    return services.attach_code(project_id=project.pk, code=code, actor=make.officer(), on=on, **more)


def shown(project: Project) -> tuple[str, str]:
    """Return the code of the page header and of the read model."""
    code = dossier.read_dossier(project.pk, make.officer()).code
    return code.code if code else "", ProjectStatus.objects.unscoped("test").get(pk=project.pk).code


def test_a_code_is_not_attached_before_its_own_month() -> None:
    project = make.reserve_project(on=date(2026, 2, 10))
    error = refused(
        lambda: attach(project, make.valid_code(month="2603"), date(2026, 2, 28)),
        InvalidInput, "projects.code_before_its_time",
    )  # fmt: skip
    words = messages.word(error.findings[0])  # type: ignore[attr-defined]
    assert all(said in words for said in ("2026-02-28", "2026-03-01", "GB/T 40058-2021"))
    attach(project, make.valid_code(month="2603"), date(2026, 3, 1))
    assert shown(project) == (make.valid_code(month="2603"),) * 2


def test_a_code_of_a_month_to_come_is_refused() -> None:
    later = clock.today() + timedelta(days=40)
    code = make.valid_code(month=f"{later:%y%m}")
    project = make.reserve_project()
    refused(lambda: attach(project, code), InvalidInput, "project_code.time_ahead")
    refused(lambda: make.reserve_project(code=code), InvalidInput, "project_code.time_ahead")
    refused(lambda: make.taken_over_project(code=code), InvalidInput, "project_code.time_ahead")


def test_a_second_code_is_not_attached_before_the_present_one() -> None:
    project = make.reserve_project(on=date(2026, 3, 1))
    attach(project, make.valid_code(1), date(2026, 5, 6))
    refused(
        lambda: attach(project, make.valid_code(2), date(2026, 5, 5), reason="重新审批"),
        Refusal, "projects.code_before_present",
    )  # fmt: skip
    assert shown(project) == (make.valid_code(1),) * 2


def test_several_codes_on_one_day_leave_the_last_one_in_header_and_read_model() -> None:
    project = make.reserve_project(on=date(2026, 3, 1))
    day = date(2026, 5, 6)
    for serial in (7, 3, 5):
        attach(project, make.valid_code(serial), day, reason="重新审批")
    assert shown(project) == (make.valid_code(5),) * 2
    refused(lambda: attach(project, make.valid_code(7), day, reason="换回"), Refusal, "projects.code_back_same_day")
    assert [c.code for c in queries.list_codes(project.pk)] == [make.valid_code(n) for n in (5, 3, 7)]


def test_days_written_out_of_order_by_an_earlier_release_do_not_part_header_and_read_model() -> None:
    project = make.reserve_project(on=date(2026, 3, 1))
    attach(project, make.valid_code(1), date(2026, 5, 6))
    attach(project, make.valid_code(2), date(2026, 5, 7), reason="重新审批")
    ProjectCode.objects.filter(code=make.valid_code(2)).update(attached_on=date(2026, 4, 1))
    assert shown(project) == (make.valid_code(2),) * 2


def test_nothing_happens_to_a_new_project_before_its_file_was_opened() -> None:
    project = make.reserve_project(on=date(2026, 5, 6))
    refused(
        lambda: services.set_stage(
            project_id=project.pk, stage="APPROVAL", actor=make.officer(), on=date(2026, 5, 5)
        ),
        InvalidInput, "projects.day_before_file",
    )  # fmt: skip
    refused(lambda: attach(project, make.valid_code(), date(2026, 5, 5)), InvalidInput, "projects.day_before_file")
    services.set_stage(project_id=project.pk, stage="APPROVAL", actor=make.officer(), on=date(2026, 5, 6))


def test_a_project_taken_over_keeps_its_earlier_days() -> None:
    project = make.taken_over_project()
    attach(project, make.valid_code(month="2303"), date(2023, 4, 1))
    assert shown(project)[0] == make.valid_code(month="2303")


def test_no_act_bears_a_day_before_the_state_existed() -> None:
    taken = make.taken_over_project()
    for on in (date(1, 1, 1), date(1949, 9, 30)):
        refused(lambda on=on: make.reserve_project(on=on), InvalidInput, "projects.day_too_early")  # type: ignore[misc]
        refused(lambda on=on: make.taken_over_project(on=on), InvalidInput, "projects.day_too_early")  # type: ignore[misc]
        refused(
            lambda on=on: services.set_annual_investment(  # type: ignore[misc]
                project_id=taken.pk, year=2026, planned_fen=1, actor=make.officer(), on=on
            ),
            InvalidInput, "projects.day_too_early",
        )  # fmt: skip


def test_a_new_file_reaches_back_a_year_and_a_day_and_says_what_to_use_instead() -> None:
    today = clock.today()
    error = refused(
        lambda: make.reserve_project(on=today - timedelta(days=367)), InvalidInput, "projects.day_too_far_back"
    )
    words = messages.word(error.findings[0])  # type: ignore[attr-defined]
    assert all(said in words for said in ("平台默认", "历史接入"))
    assert make.reserve_project(on=today - timedelta(days=366)).created_on == today - timedelta(days=366)
    assert make.taken_over_project(on=today - timedelta(days=3000)).origin == "TAKEN_OVER"


def test_a_day_known_by_its_month_stands_so_in_the_drawer_and_in_both_files() -> None:
    month = {"planned_start_on": date(2026, 3, 1), "planned_start_precision": "MONTH"}
    day = {"planned_finish_on": date(2027, 5, 6), "planned_finish_precision": "DAY"}
    project = make.reserve_project(**month, **day)
    client = signed_in("INVESTMENT_HEAD")
    drawer = client.get(f"/projects/{project.pk}/drawer").content.decode()
    assert "2026年3月" in drawer
    assert "2026-03-01" not in drawer
    text = b"".join(client.get("/projects/export.csv").streaming_content).decode()
    assert "2026年3月,2027-05-06" in text
    sheet = load_workbook(io.BytesIO(b"".join(client.get("/projects/export.xlsx").streaming_content))).active
    start, finish = (
        next(cell.value for cell in sheet[2] if sheet.cell(1, cell.column).value == label)
        for label in ("计划开工", "计划竣工")
    )
    assert (start, finish.date()) == ("2026年3月", date(2027, 5, 6)), "a month is a text, a day stays a day"
