"""A list leaves 已印发 in the transaction in which its paper is voided."""

from gongbu.ground.ledger.entry import ActorStamp
from gongbu.ground.papers.models import Paper
from gongbu.mainline.lists.models import ProjectList
from gongbu.mainline.lists.services import record

State = ProjectList.State
BY_PAPER = ActorStamp(None, "文书")


def hold(list_id: int) -> ProjectList | None:
    """Lock a list that is issued."""
    rows = ProjectList.objects.unscoped("its paper is being voided").select_for_update(of=("self",))
    return rows.select_related("region").filter(pk=list_id, state=State.ISSUED).first()


def follow_paper(paper: Paper) -> None:
    """Take a list out of 已印发 when its paper is voided: it stands as before the issue and may be issued anew, or go."""
    row = hold(paper.subject_id)
    if row is None or row.paper_id != paper.pk:
        return
    row.void_paper_id, row.void_doc_no, row.void_on = row.paper_id, row.doc_no, paper.void_on
    row.void_reason = paper.void_reason[:300]
    row.state = State.NOTICED if row.needs_notice else State.SETTLED
    row.paper_id, row.issued_on, row.doc_no, row.receipt = None, None, "", ""
    after = {"state": row.state, "doc_no": row.void_doc_no, "reason": row.void_reason}
    record.commit("lists.unissued", row, BY_PAPER, before={"state": State.ISSUED.value}, after=after)
    record.tell("list.unissued", row, doc_no=row.void_doc_no)
