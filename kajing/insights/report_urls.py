"""Reports and the dashboard."""

from __future__ import annotations

from django.urls import path

from kajing.insights.views import dashboards, reports

app_name = "reports"
urlpatterns = [
    path("reports/", reports.index, name="list"),
    path("reports/new/", reports.new, name="new"),
    path("reports/conditions/", reports.conditions, name="conditions"),
    path("reports/file/", reports.export_new, name="export_new"),
    path("reports/files/<int:delivery_id>/", reports.fetch, name="fetch"),
    path("reports/schedules/<int:schedule_id>/stop/", reports.stop, name="stop"),
    path("reports/<int:report_id>/", reports.report, name="report"),
    path("reports/<int:report_id>/edit/", reports.edit, name="edit"),
    path("reports/<int:report_id>/history/", reports.history, name="history"),
    path("reports/<int:report_id>/file/", reports.export, name="export"),
    path("reports/<int:report_id>/schedule/", reports.schedule, name="schedule"),
    path("reports/<int:report_id>/copy/", reports.act, {"act": "copy"}, name="copy"),
    path("reports/<int:report_id>/remove/", reports.act, {"act": "remove"}, name="remove"),
    path("reports/<int:report_id>/restore/", reports.act, {"act": "restore"}, name="restore"),
    path("dashboard/", dashboards.dashboard, name="dashboard"),
    path("dashboard/change/", dashboards.change, name="change"),
    path("dashboard/tiles/<int:place>/", dashboards.tile, name="tile"),
]
