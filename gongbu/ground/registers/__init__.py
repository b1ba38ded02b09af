"""台账 registers: the page shell, the design system, and the engine of lists, drawers, forms and exports.

How a room makes a page
=======================
``pages.py``::

    from gongbu.ground.registers.pages import page, public_page, render, signed_in_page

    @page("projects.view")                              # right = act of the rights matrix; methods=("GET", "POST") if needed
    def show(request, pk):
        project = queries.get_project(pk, actor=request.actor)      # raises NotFound: becomes a worded 404 page
        return render(request, "projects/page.html", {"project": project, "crumbs": [("项目库", "/projects/"), (project.name, None)]})

``@signed_in_page`` is for everybody with an account, ``@public_page`` for everybody. Raise a ``Refusal`` anywhere;
``middleware.Refusals`` answers with a Chinese page, an htmx notice (into ``#notice``) or a JSON problem under ``/api/``.

``templates/projects/page.html``::

    {% extends "shell.html" %}{% import "ui.html" as ui %}
    {% block title %}{{ project.name }}{% endblock %}
    {% block content %}
      {% call ui.page_header(project.name, sub="…", badges=ui.badge("在建", "info")) %}{{ ui.button("更正", "/…", "primary") }}{% endcall %}
      {% call ui.card("基本情况") %}{{ ui.facts([("项目代码", project.code|code), ("总投资", project.total_fen|wan ~ " 万元")]) }}{% endcall %}
    {% endblock %}

In every template: ``request``, ``actor``, ``frame`` (shell), ``csrf_input``, ``csrf_token``; ``url("route", pk=1)``, ``icon("plus")``,
``asset("app.css")``; filters ``wan yi yuan date date_zh datetime thousands percent delta code label(choices) word``.
Printing an undefined name is an error; ``{% if name %}`` is not. None prints as nothing, filters print ``—``.
Page-level blocks: ``title``, ``crumbs``, ``content``, ``head``. A page passes ``crumbs`` = [(label, address or None)] and
``notices`` = ["…" or {"tone": "good|warn|bad|info", "title": "", "text": "", "href": "", "label": ""}].
Macros of ``ui.html`` (samples at ``/_gallery`` with ``GONGBU_GALLERY=1``): ``page_header button act_button badge note card tabs table
facts basis timeline stages findings bar progress empty kpi files drawer_link qr field form error_summary pagination upload``.
Tones: ``good wait warn bad info off plain``. Layout classes: ``g-cols`` (main + 320 px rail), ``g-halves``, ``g-kpis``, ``g-rail``;
Tabler/Bootstrap utilities (``d-flex gap-2 mb-3 text-end row col-md-6 …``) work too. No inline scripts, handlers or styles (CSP):
a room brings a ``style.css`` beside its templates.
An act behind a button: ``{{ ui.act_button(csrf_input, url("projects:attach", pk=1), "挂接代码", confirm="…") }}``.
A link that opens in the right drawer: ``{{ ui.drawer_link("查看", href) }}``; its view renders a template that extends ``drawer.html``
(blocks ``title body foot``), which is a full page when opened without htmx.
htmx attributes work everywhere (``hx-get``, ``hx-post``; CSRF header is sent by the body). No trigger filters (``[expr]``: no eval).

Menu, tabs, counters (in ``AppConfig.ready``)
=============================================
::

    menu.add(MenuEntry("projects", "项目库", "projects:list", "building", "projects", order=10, act="projects.view", phone=True))
    panels.add(Panel("approvals", "审批手续", "project", render=approvals_tab, order=20, act="approvals.view", count=count_papers))
    shell.add_counter(Counter("tasks", "待办", "checklist", "inbox:tasks", count_open_tasks))
    shell.plugs.search_route = "projects:search"; shell.plugs.posts = ...; shell.plugs.switch_route = "orgs:switch_post"

Groups of the menu: ``menu.GROUPS`` (work projects approvals oversight policy records people system).

How a room makes a register (台账)
=================================
``register.py``::

    PROJECTS = Register(
        key="projects", title="项目库", act="projects.view",
        source=lambda request: ProjectStatus.objects.filter(request.actor.scope("projects.view")),   # flat rows, scope applied
        columns=[
            Column("name", "项目名称", title=True, frozen=True, link=True, sort="sort_pinyin", width=22),
            Column("code", "项目代码", kind="code", frozen=True),
            Column("stage", "所处阶段", kind="badge", choices=Stage, tones={"LATE": "bad"}, sort=True),
            Column("total_fen", "总投资", kind="wan", sort=True),                # header says 万元, cell is right-aligned
            Column("approved_on", "批复日期", kind="date", sort=True),
        ],
        filters=[
            TextFilter("q", "关键字", fields=["name", "code"], placeholder="名称、代码"),
            RegionFilter("region", "所在地", field="region_key"),
            ChoiceFilter("grade", "分级", field="grade", choices=Grade),
            RangeFilter("total", "总投资", field="total_fen", kind="wan", more=True),   # more=True: behind 展开
            DateFilter("approved", "批复日期", field="approved_on", more=True),
        ],
        tabs=Tabs("stage", Stage),                         # counts in one GROUP BY; or Tabs("stage", [("CODE", "名称"), …])
        default_order="-updated_at",
        row_route=("projects:show", {"pk": "id"}),         # where the name leads
        drawer=True,                                       # row click: generic drawer (or a route like row_route)
        toolbar=[Button("新建项目", "projects:create", icon="plus", kind="primary", act="projects.create")],
        batch=[BatchAction("批量催办", "projects:remind", act="projects.remind")],   # posts ids=… to the route
        empty=Empty("还没有项目", "从 Excel 导入或新建后在这里显示。", "导入项目", "projects:import"),
    )

``urls.py``: ``urlpatterns = [*PROJECTS.urls("projects:"), path("<int:pk>/", pages.show, name="show")]`` with ``app_name = "projects"``
gives routes ``list``, ``drawer`` and ``export`` (``names=`` renames them when a room has two registers).
Fields are those of the queryset (annotations and ``a__b`` allowed). Two queries: one for counts, one for the page.
For speed declare indexes ascending (the engine orders ``-field, -pk`` and reads them backwards) and let the index of the
tabs cover scope and tab field; ``count_stamp=`` keeps counts until the stamp moves. A room may bring a ``style.css``
beside its ``templates/``; it becomes part of the built stylesheet.
Column kinds: ``text code choice badge wan yi yuan int decimal percent date datetime bool bar``; ``show=f(value, row)`` for special
cells with ``needs=("other_field",)``. ``render_list(request, extra context)`` is there for a page of your own around the list.

How a room makes a form
=======================
``fields.yaml`` beside ``rights.yaml`` puts fields into the catalogue (see ``catalogue``); ``forms`` makes forms from keys::

    CREATE = FormSpec("projects.create", steps=[Step("基本信息", ["project_name", "region", "total_investment"])], required=["project_name"])

    @page("projects.create", methods=("GET", "POST"))
    def create(request):
        form = CREATE.bind(request, initial={"region": 3}, origins={"region": "取自您的岗位"})
        def save(values):                                   # typed values: money in fen, dates as date
            project = services.create_project(actor=request.actor, **values)
            return f"/projects/{project.pk}/"               # where to go
        return forms.handle(request, form, save, "projects/create.html", {"crumbs": […]})

    {{ ui.form(form, csrf_input, submit="提交", cancel="/projects/") }}

``handle`` parses, words findings and refusals beside their fields, keeps the draft, redirects on success and shows the
"changed meanwhile" page for ``ChangedMeanwhile``. ``bind(..., subject="12", rev=project.rev)`` for changes of a record.
A draft begun on another ``rev`` is not filled in over newer values: ``ui.form`` shows both and the person decides.
"""
