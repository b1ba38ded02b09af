"""The heading of one column of a list: its label, its unit, and the link that sorts by it."""

from markupsafe import Markup, escape

from gongbu.ground.registers.assets import icon
from gongbu.ground.registers.columns import Column
from gongbu.ground.registers.liststate import ListState


def heading(column: Column, state: ListState, current: str, classes: str = "") -> Markup:
    """Return the ``<th>`` of a column; one that can be sorted links to its order, or to the other way round.

    ``current`` is the order of the list as the URL writes it: a column's name, with ``-`` in front when downward.
    """
    unit = f"<small>（{escape(column.unit_word)}）</small>" if column.unit_word else ""
    text, sort = f"{escape(column.label)}{unit}", ""
    if column.sort_field:
        is_here = current.lstrip("-") == column.name
        is_down = is_here and current.startswith("-")
        if is_here:
            sort = f' aria-sort="{"descending" if is_down else "ascending"}"'
        down_next = not is_down if is_here else column.sorts_down_first
        href = state.link(sort=f"-{column.name}" if down_next else column.name, page=None)
        shape = icon("sort-descending" if is_down else "sort-ascending") if is_here else icon("arrows-sort")
        text = f'<a href="{escape(href)}">{escape(column.label)}<span>{unit}{shape}</span></a>'
    hint = f' title="{escape(column.hint)}"' if column.hint else ""
    return Markup(f'<th scope="col"{sort}{hint} class="{classes}">{text}</th>')  # noqa: S704 — label and address are escaped above
