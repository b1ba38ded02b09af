"""Lists of papers: the usual names of cost columns, columns nobody knows, one number twice, totals far above."""

import pytest

from gongbu.ground.ledger.models import Entry
from gongbu.ground.orgs.models import Region
from gongbu.ground.registers.importing import commands, kinds, services
from gongbu.ground.registers.importing.models import ImportBatch
from gongbu.mainline.approvals.models import ApprovalPaper
from gongbu.mainline.projects import services as projects
from gongbu.mainline.projects.tests import factories

HEAD = "项目名称,文件类型,文号,批复机关,批复总投资（万元）"


@pytest.fixture
def county(db):
    Region.objects.get_or_create(level="NATION", defaults={"name": "全国", "key_lo": 0, "key_hi": 10**12})
    return factories.region()


def take(county, *lines: str, head: str = HEAD, accept: bool = True) -> ImportBatch:
    officer = factories.officer(county)
    content = "\n".join([head, *lines]).encode()
    batch = services.stage(
        content=content, file_name="批文.csv", kind=kinds.get("approvals"), actor=officer, region=county
    )
    return services.accept(batch_id=batch.pk, actor=officer) if accept else batch


def said(batch) -> dict[tuple[int, str], str]:
    return {(f["row"], f["code"]): f["message"] for f in commands.report_of_batch(batch)["findings"]}


PAPER = "甲工程,初步设计概算批复,云发改审〔2026〕1号,云溪县发展和改革局"


def test_the_usual_columns_add_up_to_the_total(county):
    head = HEAD + ",建筑工程费,安装工程费,设备及工器具购置费,工程建设其他费用,基本预备费,建设期利息,前期费,征地拆迁费"
    batch = take(county, f"{PAPER},1000,500,100,100,150,50,20,30,50", head=head)
    assert batch.rows_rejected == 0
    assert not {code for _, code in said(batch)} & {"import.column_unmatched", "approvals.sum_disagrees"}
    paper = ApprovalPaper.objects.unscoped("test").get()
    wan = 1_000_000
    assert (paper.engineering_fen, paper.equipment_fen, paper.preliminary_fen) == (600 * wan, 100 * wan, 80 * wan)
    assert "建筑工程费 500万元；安装工程费 100万元" in paper.amount_note


def test_engineering_beside_its_own_parts_is_not_counted_twice(county):
    take(county, f"{PAPER},700,600,500,100,100", head=HEAD + ",工程费用,建筑工程费,安装工程费,其他费用")
    assert ApprovalPaper.objects.unscoped("test").get().engineering_fen == 600_000_000


def test_a_cost_column_nobody_knows_makes_a_flag_of_the_difference(county):
    head = HEAD + ",工程费用,其他费用"
    unknown = take(county, f"{PAPER},1000,500,100,400", head=head + ",绿化迁移费", accept=False)
    assert unknown.rows_rejected == 0
    assert "绿化迁移费" in said(unknown)[2, "approvals.sum_column_left"]
    known = take(county, f"{PAPER},1000,500,100", head=head, accept=False)
    assert (known.rows_rejected, (2, "approvals.sum_disagrees") in said(known)) == (1, True)


def test_one_number_on_two_projects_of_a_file_and_on_file_is_flagged(county):
    other = PAPER.replace("甲工程", "乙工程")
    batch = take(county, f"{PAPER},1000", f"{other},900")
    assert "甲工程" in said(batch)[3, "approvals.import_doc_no_twice"]
    again = take(county, f"{PAPER.replace('甲工程', '丙工程')},1000", accept=False)
    assert (again.rows_rejected, (2, "approvals.import_doc_no_elsewhere") in said(again)) == (0, True)


@pytest.mark.parametrize(("total", "is_flagged"), [("1100", False), ("1100.01", True)])
def test_a_total_more_than_a_tenth_above_the_projects_is_flagged_with_both(county, total, is_flagged):
    factories.reserve_project(at=county, name="甲工程", total_investment_fen=1_000_000_000)
    found = said(take(county, f"{PAPER},{total}", accept=False))
    assert ((2, "approvals.total_over_project") in found) is is_flagged
    if is_flagged:
        message = found[2, "approvals.total_over_project"]
        assert "1,100.01万元" in message
        assert "1,000.00万元" in message
        assert "10.001%" in message


def test_a_paper_of_a_project_refused_meanwhile_says_so_and_the_others_go_in(county):
    head, officer = HEAD + ",项目代码", factories.officer(county)
    code = factories.valid_code(55)
    second = f"{PAPER.replace('1号', '2号').replace('初步设计概算批复', '可行性研究报告批复')},1000,"
    batch = take(county, f"{PAPER},1000,{code}", second, f"{PAPER.replace('甲', '乙').replace('1号', '3号')},900,",
                 head=head, accept=False)  # fmt: skip
    assert batch.rows_rejected == 0
    other = factories.reserve_project(at=county, name="别的工程")
    projects.attach_code(project_id=other.pk, code=code, actor=officer)
    batch = services.accept(batch_id=batch.pk, actor=officer)
    assert (batch.rows_done, batch.rows_rejected) == (1, 2)
    assert "甲工程" in said(batch)[3, "import.first_row_refused"]
    paper = ApprovalPaper.objects.unscoped("test").get()
    entry = Entry.objects.get(kind="approvals.record_paper")
    assert (paper.project.name, paper.entry_id, paper.receipt) == ("乙工程", entry.pk, entry.receipt)


@pytest.mark.parametrize("head", [HEAD, HEAD.replace("文件类型", "备注栏")])
def test_a_paper_without_a_type_goes_in_by_its_number_and_says_what_is_to_be_added(county, head):
    batch = take(
        county, "甲工程,,云发改审〔2026〕1号,云溪县发展和改革局,100", "乙工程,,,云溪县发展和改革局,100", head=head
    )
    assert (batch.rows_done, batch.rows_rejected) == (1, 1)
    assert "类型待补" in said(batch)[2, "approvals.type_to_be_added"]
    assert (3, "approvals.type_missing") in said(batch)
    paper = ApprovalPaper.objects.unscoped("test").get()
    assert (paper.doc_no, paper.step) == ("云发改审〔2026〕1号", "OTHER")
