"""A public notice of the demo: the projects chosen in the first round, open now, with comments in every state."""

from datetime import date
from functools import partial

from gongbu.config.demo import city
from gongbu.config.demo.timeline import Timeline
from gongbu.ground.basics import money
from gongbu.ground.notices import captcha, commenting, services
from gongbu.ground.notices.models import Comment, Notice
from gongbu.ground.orgs.actor import ANONYMOUS
from gongbu.mainline.selection import queries as selection
from gongbu.mainline.selection.models import Round

COUNTY, OFFICER, HEAD = "990121", "qinglan_fgj", "qinglan_fgj_head"
COMMENTS = (
    ("周海棠", "13900000018", "新型建材园区离居民区较近，希望公开环境影响评价的结论，并说明运输车辆的行驶路线。"),
    ("郑远山", "13900000027", "建议把冷链物流集散中心的装卸时间避开早晚高峰，周边道路本来就窄。"),
    ("陆小满", "13900000035", "支持名单中的项目，希望尽早开工。"),
)
ANSWER = "环境影响评价正在编制，批复后在县政府网站公开。运输路线由交通运输部门在开工前核定，绕行居民区。"


def plan(timeline: Timeline) -> None:
    """Put the notice and what people say of it on the timeline."""
    opened, later = timeline.days_ago(3), timeline.days_ago(1)
    timeline.at(opened, "遴选结果公示", partial(open_notice, opened))
    timeline.at(later, "公众意见", partial(hear, later))


def _notice() -> Notice | None:
    rows = Notice.objects.unscoped("the demo looks for its own").filter(region=city.region_of(COUNTY))
    return rows.filter(kind="GENERAL").order_by("pk").first()


def open_notice(on: date) -> None:
    """The chosen projects of the first round are laid open."""
    if _notice() is not None:
        return
    region, officer = city.region_of(COUNTY), city.acting(OFFICER, on)
    rounds = Round.objects.unscoped("the demo looks for its own").filter(region=region, state="SETTLED")
    ranking = selection.get_ranking(rounds.order_by("pk")[0].pk)
    notice = services.draft_notice(
        kind="GENERAL", region_id=region.pk, actor=officer,
        content=services.Content(
            title=f"{region.name}{ranking.year}年度重大项目遴选结果公示",
            body=(
                f"{ranking.name}经三谋两审一踏勘、独立评分，入选 {len(ranking.chosen)} 个项目，现予公示。\n\n"
                "公示期内如有意见，请在本页面填写，或按联系方式反映。"
            ),
            contact="青岚县发展和改革局投资股，电话 0000—6620137", columns=["名次", "项目名称", "行业归口", "总投资（万元）"],
            rows=[
                [str(row.rank), row.name, row.sector or "—",
                 "未报" if row.total_investment_fen is None else money.as_wan(row.total_investment_fen)]
                for row in ranking.chosen
            ],
        ),
    )  # fmt: skip
    services.open_notice(notice_id=notice.pk, rev=notice.rev, actor=officer)


def hear(on: date) -> None:
    """Three people comment: one is shown and answered, one is shown, one waits for review."""
    notice = _notice()
    if notice is None or notice.state != Notice.State.OPEN or Comment.objects.filter(notice=notice).exists():
        return
    officer, comments = city.acting(OFFICER, on), [comment(notice.pk, *said) for said in COMMENTS]
    for comment_ in comments[:2]:
        commenting.review_comment(comment_id=comment_.pk, shown=True, actor=officer)
    commenting.answer_comment(
        comment_id=comments[0].pk, outcome=Comment.Outcome.EXPLAINED, answer=ANSWER, actor=city.acting(HEAD, on)
    )


def comment(notice_id: int, name: str, phone: str, text: str) -> Comment:
    """A visitor says something of a notice."""
    question = captcha.new(in_words=True)
    return commenting.submit_comment(
        notice_id=notice_id, name=name, phone=phone, text=text, token=question.token, answer=_sum(question.words),
        actor=ANONYMOUS,
    )  # fmt: skip


def _sum(words: str) -> str:
    """Answer the sum as a visitor does who cannot see the picture: “三加四等于几”."""
    first, _, rest = words.partition("加")
    digits = "零一二三四五六七八九十"
    return str(digits.index(first) + digits.index(rest[0]))
