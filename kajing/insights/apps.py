"""Registrations of the room."""

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InsightsConfig(AppConfig):
    """The room `insights`."""

    name = "kajing.insights"
    label = "insights"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created
        from django.db.models.signals import post_migrate

        from kajing.insights import audit_words
        from kajing.ui import registry as ui

        audit_words.register()

        connection_created.connect(_median, dispatch_uid="insights.median")
        post_migrate.connect(_seed, sender=self, dispatch_uid="insights.seed_reports")
        _work()
        ui.navigation.register(
            ui.NavItem(
                key="reports", section="team", label=_("Reports"), url_name="reports:list", icon="report-analytics",
                permission="insights.report", order=48, go="f",
            )
        )  # fmt: skip
        ui.navigation.register(
            ui.NavItem(
                key="dashboard", section="home", label=_("Dashboard"), url_name="reports:dashboard",
                icon="layout-dashboard", permission="insights.report", order=15, go="v",
            )
        )  # fmt: skip
        ui.navigation.register(
            ui.NavItem(
                key="metrics", section="team", label=_("Metrics"), url_name="insights:list", icon="chart-bar",
                permission="insights.view", order=50, go="m",
            )
        )  # fmt: skip


def _median(connection: Any, **_kwargs: Any) -> None:
    from kajing.insights.pivot.sql import teach_median

    teach_median(connection)


def _seed(**_kwargs: Any) -> None:
    from django.utils import timezone

    from kajing.insights.services.reports import seed_reports

    seed_reports(at=timezone.now())


def _work() -> None:
    """Deliveries, the news of them, and the system's own figures for dashboards."""
    from kajing.audit.selectors import last_night
    from kajing.imports.selectors import held
    from kajing.insights import jobs, tiles
    from kajing.insights.services.schedules import CROSSED, JOB, JOB_TITLE, READY
    from kajing.notifications.kinds import Kind, register
    from kajing.queue import registry as queue
    from kajing.queue import selectors as work

    queue.job(JOB, jobs.deliver_report, title=_(JOB_TITLE))
    queue.chore("insights.reports_due", 60, jobs.look_for_due)
    register(
        Kind(READY, _("Report ready"), icon="report-analytics"),
        Kind(CROSSED, _("A watched figure is past its mark"), icon="alert-triangle"),
    )
    for figure in (
        tiles.Figure(key="jobs_dead", label=_("Jobs that failed for good"), right="queue.view", url_name="queue:index",
                     value=lambda user: work.jobs(user, state="DEAD").count()),
        tiles.Figure(key="mail_stuck", label=_("Messages that wait after a failure"), right="queue.view",
                     url_name="queue:index", value=lambda user: work.unsent_messages().count()),
        tiles.Figure(key="files_held", label=_("Files held back"), right="imports.view", url_name="imports:list",
                     value=held),
        tiles.Figure(key="night", label=_("Last night"), right="queue.view", url_name="queue:index",
                     value=lambda user: last_night() or "—"),
    ):  # fmt: skip
        tiles.register(figure)
