"""Django application of projects."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """项目."""

    name = "gongbu.mainline.projects"
    label = "projects"
    verbose_name = "项目"

    def ready(self) -> None:
        """Register wording, acts and facts; importing the services registers the acts."""
        from gongbu.ground.basics import messages
        from gongbu.ground.jobs import services as jobs
        from gongbu.ground.ledger import kinds
        from gongbu.ground.orgs import row_security
        from gongbu.ground.policy import pages as policy_pages
        from gongbu.ground.registers import menu, shell
        from gongbu.ground.registers.menu import MenuEntry
        from gongbu.mainline.projects import access, listeners, services, status  # noqa: F401  services registers the acts
        from gongbu.mainline.projects.messages import KIND_LABELS, MESSAGES

        messages.register(MESSAGES)
        kinds.register(KIND_LABELS)
        row_security.add_own_projects("projects", access.OWN_PROJECTS, access.OWN_PROJECTS_TABLES)
        listeners.register()
        menu.add(
            MenuEntry("projects", "项目库", "projects:list", "building", "projects", 10, "projects.view", phone=True)
        )
        menu.add(
            MenuEntry(
                "projects.overview",
                "家底",
                "projects:overview",
                "chart-bar",
                "projects",
                5,
                "projects.view",
                phone=True,
            )
        )
        jobs.daily("projects.analyze", status.analyze, "更新项目库统计信息")
        shell.plugs.search_route, shell.plugs.search_right = "projects:search", "projects.view"
        policy_pages.SUBJECT_LINKS["project"] = "projects:show"
        from gongbu.ground.outbox import services as outbox
        from gongbu.ground.policy.sandbox import effects, sources
        from gongbu.mainline.projects import deadline_effects, following, replay

        outbox.listen("policy.adopted", "projects.follow_packs", following.on_adopted)
        jobs.job(following.JOB, "制度采用后重新分类", following.follow)
        jobs.daily("projects.follow_packs", following.on_day, "制度施行日重新分类")

        sources.register(replay.SOURCE)
        effects.register(deadline_effects.SOURCE)
        sources.name_subjects("project", replay.SUBJECTS)
        from gongbu.ground.registers.importing import kinds as import_kinds
        from gongbu.mainline.projects import importing

        messages.register(importing.MESSAGES)
        import_kinds.register(importing.KIND)
        from gongbu.ground.documents import panel as documents_panel
        from gongbu.mainline.projects import materials

        documents_panel.offer("project", materials.find, rule=materials.may)
        from gongbu.ground.registers import subjects
        from gongbu.mainline.projects import on_agenda, queries

        subjects.offer("project", "项目", find=on_agenda.find, get=on_agenda.get, readable=queries.list_readable,
                       route="projects:show")  # fmt: skip
