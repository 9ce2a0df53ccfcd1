"""Every address of the product, room by room."""

from __future__ import annotations

from django.urls import include, path

from kajing.config.api import api
from kajing.config.health import healthz

urlpatterns = [
    path("", include("kajing.workbench.urls")),
    path("insights/", include("kajing.insights.urls")),
    path("", include("kajing.insights.report_urls")),
    path("risk/", include("kajing.risk.urls")),
    path("complaints/", include("kajing.complaints.urls")),
    path("", include("kajing.workflow.urls")),
    path("contact/", include("kajing.contact.urls")),
    path("customers/", include("kajing.customers.urls")),
    path("objects/", include("kajing.objects.urls")),
    path("sales/", include("kajing.sales.urls")),
    path("leads/", include("kajing.sales.lead_urls")),
    path("sheets/", include("kajing.imports.sheets.urls")),
    path("imports/", include("kajing.imports.urls")),
    path("reference/", include("kajing.reference.urls")),
    path("inbox/", include("kajing.notifications.urls")),
    path("views/", include("kajing.records.urls")),
    path("undo/", include("kajing.records.undo.urls")),
    path("bulk/", include("kajing.records.bulk_urls")),
    path("records/", include("kajing.records.record_urls")),
    path("org/", include("kajing.org.urls")),
    path("audit/", include("kajing.audit.urls")),
    path("jobs/", include("kajing.queue.urls")),
    path("ui/", include("kajing.ui.urls")),
    path("accounts/", include("kajing.org.account_urls")),
    path("api/v1/", api.urls),
    path("healthz", healthz, name="healthz"),
]

handler400 = "kajing.ui.views.bad_request"
handler403 = "kajing.ui.views.forbidden"
handler404 = "kajing.ui.views.missing"
handler500 = "kajing.ui.views.failed"
