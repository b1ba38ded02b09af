"""A register (台账): its definition, and the list, drawer and export that follow from it. See the package docstring."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from markupsafe import Markup, escape

from gongbu.ground.basics.findings import NotFound
from gongbu.ground.basics.text import read_id
from gongbu.ground.registers import counting, exports, pages, shell
from gongbu.ground.registers.columns import (
    Cell,
    Column,
    Route,
    as_pairs,
    compile_cell,
    phone_places,
    plain_value,
    route_template,
)
from gongbu.ground.registers.filters import Filter, Shown
from gongbu.ground.registers.headings import heading
from gongbu.ground.registers.liststate import ListState, Pager

Source = Callable[[HttpRequest], "QuerySet[Any]"]


@dataclass(frozen=True, slots=True)
class Tabs:
    """Status tabs with counts: the field, and its codes in order. ``all_label=""`` leaves out 全部."""

    field: str
    choices: Any
    all_label: str = "全部"


@dataclass(frozen=True, slots=True)
class Button:
    """A button above the list. ``route`` is a route name or an address; ``act`` the right that shows it."""

    label: str
    route: str
    icon: str = ""
    kind: str = ""
    act: str = ""


@dataclass(frozen=True, slots=True)
class BatchAction:
    """A button that posts the ticked rows (``ids``) to a route."""

    label: str
    route: str
    act: str = ""
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class RowAction:
    """A link at the end of each row; ``when(row)`` decides from the fields in ``needs`` whether it is there."""

    label: str
    route: Route
    act: str = ""
    drawer: bool = False
    when: Callable[[Mapping[str, Any]], bool] | None = None
    needs: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Empty:
    """What an empty register says: title, why, and the one button.

    Who may not use that button is offered the first of the toolbar that he may use, else the way to his desk.
    """

    title: str
    why: str = ""
    label: str = ""
    route: str = ""


@dataclass(frozen=True, kw_only=True)
class Register:
    """Definition of a register.

    ``source(request)`` returns a queryset whose scope is already applied. ``count_stamp(request)`` returns something
    cheap that changes whenever the rows do (newest ``updated_at``): counts are then kept between requests.
    Every export looks at the texts it would write (涉密, GO-15). A register with more behind a row gives ``withhold(rows)``
    instead: the rows that stay out, id → name of the rule; it looks at what the row shows, too.
    ``drawer`` is True (generic), a route, or False. ``drawer_body(request, row)`` adds to the generic drawer.
    ``keys_first`` finds the keys of a page in a statement within the one that reads its rows: worth it for a large table
    whose indexes hold every column that is filtered and sorted by. The fields must be columns of that table.
    """

    key: str
    title: str
    act: str
    source: Source
    columns: Sequence[Column]
    filters: Sequence[Filter] = ()
    tabs: Tabs | None = None
    default_order: str = "-pk"
    row_route: Route | None = None
    drawer: bool | Route = True
    drawer_body: Callable[[HttpRequest, Mapping[str, Any]], str] | None = None
    row_actions: Sequence[RowAction] = ()
    toolbar: Sequence[Button] = ()
    batch: Sequence[BatchAction] = ()
    empty: Empty = Empty("没有记录")
    size: int = 20
    exports: Sequence[str] = ("xlsx", "csv")
    export_act: str = ""
    withhold: Callable[["QuerySet[Any]"], Mapping[int, str]] | None = None
    subtitle: str = ""
    crumbs: Sequence[tuple[str, str | None]] = ()
    count_stamp: Callable[[HttpRequest], Hashable] | None = None
    keys_first: bool = False
    namespace: str = field(default="", init=False)
    names: Mapping[str, str] = field(default_factory=dict, init=False)

    # --- addresses -------------------------------------------------------------------------------------------------

    def urls(self, namespace: str = "", at: str = "", names: Mapping[str, str] | None = None) -> list[URLPattern]:
        """Return the routes ``list``, ``drawer`` and ``export`` (renamed by ``names``) below the path ``at``.

        ``namespace`` is the room's ``app_name`` with a colon (``"projects:"``): links between the routes need it.
        """
        known = {"list": "list", "drawer": "drawer", "export": "export", **(names or {})}
        object.__setattr__(self, "namespace", namespace)
        object.__setattr__(self, "names", {k: f"{namespace}{v}" for k, v in known.items()})
        return [
            path(at, self.list_view, name=known["list"]),
            path(f"{at}<int:pk>/drawer", self.drawer_view, name=known["drawer"]),
            path(f"{at}export.<str:form>", self.export_view, name=known["export"]),
        ]

    def bind_names(self, **names: str) -> None:
        """Tell the register the full names of its routes when the room writes its own ``path()`` lines."""
        object.__setattr__(self, "names", names)

    # --- views -----------------------------------------------------------------------------------------------------

    @cached_property
    def list_view(self) -> Callable[..., HttpResponseBase]:
        """The list page."""

        def show(request: HttpRequest) -> HttpResponse:
            return self.render_list(request)

        view = pages.page(self.act)(show)
        view.register = self  # type: ignore[attr-defined]  # a test walks the lists of the installation
        return view

    @cached_property
    def drawer_view(self) -> Callable[..., HttpResponseBase]:
        """The generic drawer: every column of one row."""

        def drawer(request: HttpRequest, pk: int) -> HttpResponse:
            row = self.source(request).filter(pk=pk).values_list(*self.fields).first()
            if row is None:
                raise NotFound("registers.row_not_found", title=self.title)
            values = {name: row[i] for name, i in self.index.items()}
            title = next((c for c in self.columns if c.title), self.columns[0])
            facts = [
                (c.label + (f"（{c.unit_word}）" if c.unit_word else ""), self._fact(c, values))
                for c in self.columns
                if c.phone != "only"
            ]
            context = {
                "title": plain_value(title, values[title.name], title.labels()),
                "facts": facts,
                "extra": Markup(self.drawer_body(request, values)) if self.drawer_body else "",  # noqa: S704 — Markup by contract
                "href": self._href(self.row_route, values) if self.row_route else "",
                "crumbs": [(self.title, self._address("list")), ("详情", None)],
            }
            return pages.render(request, "registers/row_drawer.html", context)

        return pages.page(self.act)(drawer)

    @cached_property
    def export_view(self) -> Callable[..., HttpResponseBase]:
        """The export in ``form`` (``csv`` or ``xlsx``) of the rows that the list shows, or of the ticked ``ids``."""

        def export(request: HttpRequest, form: str) -> HttpResponseBase:
            if form not in self.exports:
                raise NotFound("registers.no_such_export", form=form)
            state, rows, shown = self.read(request)
            rows = self._in_tab(rows, state.tab)
            ids = [pk for text in request.GET.getlist("ids") if (pk := read_id(text)) is not None]
            if ids:
                rows = rows.filter(pk__in=ids)
            return exports.answer(request, self, rows.order_by(*self._ordering(state)), shown, form)

        view = pages.page(self.export_act or self.act)(export)
        view.register = self  # type: ignore[attr-defined]  # a test walks the exports of the installation
        return view

    # --- the list --------------------------------------------------------------------------------------------------

    def read(self, request: HttpRequest) -> tuple[ListState, "QuerySet[Any]", list[Shown]]:
        """Return the state in the URL, the rows narrowed by the filters (not by the tab), and the filters as shown."""
        state = ListState.read(request, sortable=self._sortable, size=self.size, tabs=self._tab_codes)
        rows, shown = self.source(request), [f.show(request) for f in self.filters]
        if not self._models:
            self._models.append(rows.model)
        for filter_, view in zip(self.filters, shown, strict=True):
            rows = filter_.narrow(rows, view, request)
        return state, rows, shown

    def context(self, request: HttpRequest) -> dict[str, Any]:
        """Return the template context of the list (2 queries; one more for a count stamp)."""
        state, rows, shown = self.read(request)
        per_tab, total_all = self._count(request, rows)
        total = total_all if not state.tab else per_tab.get(state.tab, 0)
        pager = Pager(state, total)
        rows = self._in_tab(rows, state.tab)
        page = self._page(rows, state, pager)
        actor = request.actor  # type: ignore[attr-defined]
        body = self.table(actor)
        actions = [a for a in self.batch if not a.act or actor.may(a.act)]
        return {
            "register": self,
            "state": state,
            "filters": shown,
            "is_filtered": any(f.is_set for f in shown) or bool(state.tab),
            "tabs": self._tab_links(state, per_tab, total_all),
            "head": self._head(state, bool(actions)),
            "rows": Markup("".join(body.row(row, bool(actions)) for row in page)),  # noqa: S704 — cells are escaped one by one
            "has_rows": bool(page),
            "pager": pager,
            "batch": [(a, shell.address(a.route)) for a in actions],
            "toolbar": [
                (b, href) for b in self.toolbar if (not b.act or actor.may(b.act)) and (href := shell.address(b.route))
            ],
            "export_links": self._export_links(request, actor),
            "empty_button": self._empty_button(actor) if not page else ("", ""),
            "here": self._address("list") or request.path,
        }

    def render_list(
        self, request: HttpRequest, extra: Mapping[str, Any] | None = None, template: str = "registers/list.html"
    ) -> HttpResponse:
        """Answer with the list page, or only its inner part when htmx asks for it."""
        context = {
            "title": self.title,
            "crumbs": [*self.crumbs, (self.title, None)],
            **self.context(request),
            **(extra or {}),
        }
        if pages.is_htmx(request) and request.headers.get("HX-Target") == f"list-{self.key}":
            template = "registers/list_part.html"
        return pages.render(request, template, context)

    # --- compiled table --------------------------------------------------------------------------------------------

    @property
    def drawer_route(self) -> Route | None:
        """The address that a row opens in the drawer, or None."""
        if self.drawer is True:
            return (self.names["drawer"], {"pk": "id"}) if self.names.get("drawer") else None
        return self.drawer or None

    @cached_property
    def listed(self) -> list[Column]:
        """Columns of the list, frozen ones first."""
        rows = [c for c in self.columns if c.listed]
        return sorted(rows, key=lambda c: not c.frozen)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Every field the register reads, the key first; routes may call it ``id`` or ``pk``."""
        names = ["pk", *(c.field for c in self.columns), *(n for c in self.columns for n in c.needs)]
        routes = [self.row_route, *(c.link for c in self.columns), *(a.route for a in self.row_actions), self.drawer]
        names += [f for route in routes if isinstance(route, tuple) for f in route[1].values()]
        names += [n for a in self.row_actions for n in a.needs]
        return tuple(dict.fromkeys("pk" if name == "id" else name for name in names))

    @cached_property
    def index(self) -> dict[str, int]:
        """Field → place in a row of :attr:`fields`."""
        places = {name: i for i, name in enumerate(self.fields)}
        return {**places, **{c.name: places[c.field] for c in self.columns if c.of}, "id": places["pk"]}

    def table(self, actor: Any) -> "Table":
        """Return the row writer for a person (row actions depend on rights); compiled once per set of actions."""
        allowed = tuple(i for i, a in enumerate(self.row_actions) if not a.act or actor.may(a.act))
        if allowed not in self._tables:
            self._tables[allowed] = Table(self, [self.row_actions[i] for i in allowed])
        return self._tables[allowed]

    @cached_property
    def _tables(self) -> dict[tuple[int, ...], "Table"]:
        return {}

    # --- pieces ----------------------------------------------------------------------------------------------------

    @cached_property
    def _sortable(self) -> dict[str, Column]:
        return {c.name: c for c in self.columns if c.sort_field}

    @cached_property
    def _tab_codes(self) -> dict[str, str]:
        return as_pairs(self.tabs.choices) if self.tabs else {}

    def _in_tab(self, rows: "QuerySet[Any]", tab: str) -> "QuerySet[Any]":
        return rows.filter(**{self.tabs.field: tab}) if tab and self.tabs else rows

    def _count(self, request: HttpRequest, rows: "QuerySet[Any]") -> tuple[dict[str, int], int]:
        stamp = self.count_stamp(request) if self.count_stamp else None
        if self.tabs is None:
            return {}, counting.total(rows, stamp)
        per_tab = counting.per_value(rows, self.tabs.field, stamp)
        return per_tab, sum(per_tab.values())

    def _ordering(self, state: ListState, backwards: bool = False) -> list[Any]:
        wanted = state.sort or self.default_order
        down, name = wanted.startswith("-"), wanted.lstrip("-")
        sort_field = self._sortable[name].sort_field if name in self._sortable else name
        # The key settles ties, so that no row is seen twice or missed while paging.
        ordering = [self._one(sort_field, down ^ backwards, backwards)]
        return ordering if sort_field in ("id", "pk") else [*ordering, "-pk" if down ^ backwards else "pk"]

    def _one(self, name: str, down: bool, backwards: bool) -> Any:
        # PostgreSQL puts NULL first when ordering down, SQLite last. Unknown values belong at the end; a plain "-name"
        # keeps an index usable where the field cannot be NULL.
        if "__" in name or not self._is_nullable(name):
            return f"-{name}" if down else name
        if down and not backwards:
            return F(name).desc(nulls_last=True)
        if backwards and not down:
            return F(name).asc(nulls_first=True)
        return f"-{name}" if down else name

    @cached_property
    def _nullable(self) -> dict[str, bool]:
        return {}

    def _is_nullable(self, name: str) -> bool:
        if name not in self._nullable:
            self._nullable[name] = False
            for model_field in self._model._meta.get_fields():
                if getattr(model_field, "attname", model_field.name) == name or model_field.name == name:
                    self._nullable[name] = bool(getattr(model_field, "null", False))
        return self._nullable[name]

    @cached_property
    def _models(self) -> list[Any]:
        return []

    @property
    def _model(self) -> Any:
        return self._models[0]

    def _page(self, rows: "QuerySet[Any]", state: ListState, pager: "Pager") -> list[tuple[Any, ...]]:
        if not self._models:
            self._models.append(rows.model)
        if not pager.total:
            return []
        start, stop = pager.first, pager.last
        wanted: QuerySet[Any, Any] = rows.values("pk") if self.keys_first else rows.values_list(*self.fields)
        if is_far := start > 2_000 and start > pager.total // 2:  # the far half is read from the other end
            start, stop = pager.total - stop, pager.total - start
        wanted = wanted.order_by(*self._ordering(state, backwards=is_far))[start:stop]
        if self.keys_first:
            whole = self._model._base_manager.filter(pk__in=wanted).order_by(*self._ordering(state))
            return list(whole.values_list(*self.fields))
        return list(wanted)[::-1] if is_far else list(wanted)

    def _tab_links(self, state: ListState, per_tab: Mapping[str, int], total: int) -> list[tuple[str, str, int, bool]]:
        if not self.tabs:
            return []
        links = [
            (label, state.link(tab=code, page=None), per_tab.get(code, 0), state.tab == code)
            for code, label in self._tab_codes.items()
        ]
        if self.tabs.all_label:
            links.insert(0, (self.tabs.all_label, state.link(tab=None, page=None), total, not state.tab))
        return links

    def _head(self, state: ListState, has_ticks: bool) -> Markup:
        cells: list[str] = []
        fixed = 0
        if has_ticks:
            cells.append('<th class="g-tick g-fix g-fix-0"><input type="checkbox" aria-label="全选本页"></th>')
            fixed = 1
        current = state.sort or self.default_order
        count_frozen = sum(c.frozen for c in self.listed)
        for i, column in enumerate(self.listed):
            classes = [column.align] if column.align in ("g-right", "g-mark") else []
            if column.phone == "only":
                classes.append("g-m-only")
            if column.frozen:
                classes += ["g-fix", f"g-fix-{fixed}", *(["g-fix-last"] if i == count_frozen - 1 else [])]
                fixed += 1
            cells.append(heading(column, state, current, " ".join(classes)))
        if self.row_actions:
            cells.append('<th scope="col" class="g-fix-end">操作</th>')
        return Markup("".join(cells))  # noqa: S704 — labels and addresses are escaped above

    def _empty_button(self, actor: Any) -> tuple[str, str]:
        ways = [(self.empty.label, self.empty.route), *((b.label, b.route) for b in self.toolbar)]
        found = ((label, shell.address(route)) for label, route in ways if label)
        return next(
            ((label, href) for label, href in found if href and pages.may_open(actor, href)),
            ("回到工作台", shell.address(shell.plugs.home_route)),
        )

    def _export_links(self, request: HttpRequest, actor: Any) -> list[tuple[str, str]]:
        act = self.export_act or self.act
        if not self.names.get("export") or not actor.may(act):
            return []
        query = request.GET.urlencode()
        tail = f"?{query}" if query else ""
        names = {"xlsx": "导出 Excel", "csv": "导出 CSV"}
        return [(names[form], reverse(self.names["export"], kwargs={"form": form}) + tail) for form in self.exports]

    def _address(self, which: str) -> str:
        return shell.address(self.names.get(which, ""))

    def _href(self, route: Route, values: Mapping[str, Any]) -> str:
        template, names = route_template(route)
        return template % tuple(values[n] for n in names)

    def _fact(self, column: Column, values: Mapping[str, Any]) -> Any:
        if column.show is not None:
            return column.show(values[column.name], values)
        return plain_value(column, values[column.name], column.labels())


class Table:
    """The compiled body of a register: ``row(values)`` writes a ready ``<tr>``."""

    def __init__(self, register: Register, actions: Sequence[RowAction]) -> None:
        index = register.index
        self._id = index["pk"]
        self._open = self._opener(register, index)
        self._cells = {ticks: self._compile(register, index, int(ticks)) for ticks in (False, True)}
        self._actions = [self._action(a, index) for a in actions]
        self._has_action_column = bool(register.row_actions)
        title = next((c for c in register.listed if c.title), register.listed[0])
        self._name_at = index[title.name]

    def row(self, row: Sequence[Any], has_ticks: bool) -> str:
        """Return one ``<tr>``; a row's values are escaped in its cells."""
        parts = [self._open(row)]
        if has_ticks:
            pk = row[self._id]
            parts.append(
                f'<td class="g-tick g-fix g-fix-0"><input type="checkbox" name="ids" value="{pk}" form="batch"'
                f' aria-label="选择 {escape(row[self._name_at])}"></td>'
            )
        parts += [cell(row) for cell in self._cells[has_ticks]]
        if self._has_action_column:
            parts.append(f'<td class="g-rowact g-fix-end">{"".join(a(row) for a in self._actions)}</td>')
        parts.append("</tr>")
        return "".join(parts)

    @staticmethod
    def _opener(register: Register, index: Mapping[str, int]) -> Cell:
        route = register.drawer_route
        if route is None:
            return lambda row: "<tr>"
        template, names = route_template(route)
        places = [index[n] for n in names]
        if len(places) == 1:
            only = places[0]
            return lambda row: f'<tr data-drawer="{template % row[only]}">'
        return lambda row: f'<tr data-drawer="{template % tuple(row[i] for i in places)}">'

    @staticmethod
    def _compile(register: Register, index: Mapping[str, int], fixed: int) -> list[Cell]:
        cells: list[Cell] = []
        last_frozen = sum(c.frozen for c in register.listed) - 1
        places = phone_places(register.listed, opens=bool(register.drawer_route or register.row_route))
        for i, column in enumerate(register.listed):
            classes = [column.align] if column.align else []
            if column.frozen:
                classes += ["g-fix", f"g-fix-{fixed}", *(["g-fix-last"] if i == last_frozen else [])]
                fixed += 1
            if column.title:
                classes.append("g-title")
            if (place := places[column.name]) in ("state", "hide", "only"):
                classes.append(f"g-m-{place}")
            route = register.row_route if column.link is True else column.link or None
            # A row without a page of its own is opened by its name: a click on the row alone shuts the keyboard out.
            in_drawer = route is None and column.title
            route = register.drawer_route if in_drawer else route
            href = route_template(route) if isinstance(route, tuple) else None
            cells.append(compile_cell(column, index, " ".join(classes), href, in_drawer=in_drawer))
        return cells

    @staticmethod
    def _action(action: RowAction, index: Mapping[str, int]) -> Cell:
        template, names = route_template(action.route)
        places = [index[n] for n in names]
        tail = f'"{" data-drawer" if action.drawer else ""}>{escape(action.label)}</a>'
        wanted = {name: index[name] for name in action.needs}
        when = action.when

        def write(row: Sequence[Any]) -> str:
            if when is not None and not when({name: row[i] for name, i in wanted.items()}):
                return ""
            return f'<a href="{template % tuple(row[i] for i in places)}{tail}'

        return write


__all__ = ["BatchAction", "Button", "Column", "Empty", "Register", "RowAction", "Tabs"]
