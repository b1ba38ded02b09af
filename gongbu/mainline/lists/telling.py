"""What the page of a list says about what happened to it: a new nomination, a ranking that no longer stands."""

from collections.abc import Mapping, Sequence
from typing import Any

from gongbu.ground.basics.money import as_wan
from gongbu.ground.ledger.queries import TimelineRow
from gongbu.mainline.lists.models import ListItem, ProjectList

NAMED = 5  # names told at once; the rest is a number
CHANGING = {"lists.redraft": "重新提名", "lists.use_ranking": "选用择优排名"}


def last_changes(history: Sequence[TimelineRow]) -> dict[str, str] | None:
    """Return what a nomination or ranking did to the lines, as a note, while it is the last thing that was done."""
    newest = max(history, key=lambda entry: entry.entry_id, default=None)
    if newest is None or newest.kind not in CHANGING:
        return None
    after: Mapping[str, Any] = newest.content.get("after") or {}
    if "came" not in after:
        return None
    fell = after["fell"]
    lost = [one for one in fell if one.get("duty_unit") or one.get("year_fen") is not None]
    parts = [
        f"新列入 {len(after['came'])} 个{_names(after['came'])}", f"不再列入 {len(fell)} 个{_names(fell)}",
        f"保留 {after['kept']} 个" + (f"，其中 {after['kept_filled']} 个已填内容未动" if after["kept_filled"] else ""),
    ]  # fmt: skip
    text = "；".join(parts) + "。"
    if lost:
        more = f"等 {len(lost)} 个" if len(lost) > NAMED else ""
        text += f"不再列入的项目中已填的内容：{'；'.join(_filled(one) for one in lost[:NAMED])}{more}。需要保留的，请写明理由选入后再填。"
    return {"tone": "warn" if lost else "info", "title": f"已{CHANGING[newest.kind]}", "text": text}


def _names(some: Sequence[Mapping[str, Any]]) -> str:
    names = "、".join(one["name"] for one in some[:NAMED])
    return f"（{names}{'等' if len(some) > NAMED else ''}）" if some else ""


def _filled(one: Mapping[str, Any]) -> str:
    said = [one["duty_unit"]] if one.get("duty_unit") else []
    if one.get("year_fen") is not None:
        said.append(f"年度计划 {as_wan(one['year_fen'])} 万元")
    return f"{one['name']}（{'，'.join(said)}）"


def ask_before_redraft(items: Sequence[ListItem]) -> str:
    """Return what is asked before a new nomination."""
    filled = sum(item.is_typed for item in items if item.state == ListItem.State.ON)
    text = "将按现在的条件和项目资料重新提名：不再符合的移出，新符合的列入，手工选入、移出的不变。"
    if filled:
        text += f"已填写的 {filled} 个项目，继续列入的保留所填内容；被移出的，办完后在本页逐个列出。"
    return text


def stale(row: ProjectList) -> dict[str, str]:
    """Return the note about a ranking that was opened again or cancelled after the list took it over."""
    state, name = ProjectList.State, row.ranking_name
    title = "排名已重新评分"
    if row.state == state.DRAFT:
        text = f"“{name}”的结果已不作数，请重新选用或重新提名。"
        return {"tone": "warn", "title": title, "text": text}
    if row.state == state.ISSUED:
        text = f"印发后，“{name}”重新评分或取消；本清单按印发时的名次，是否调整由会商确定。"
        return {"tone": "info", "title": title, "text": text}
    text = (
        f"提请会商后，“{name}”重新评分或取消，清单里的名次不再作数，不能公示、印发。"
        "请由遴选重新定结果：结果不变的可继续；有变的请作废本清单，按新排名重拟并重新会商。"
    )
    return {"tone": "warn", "title": title, "text": text}
