"""`/api/v1`: one router per room; one handler turns every error into a problem document."""

from __future__ import annotations

from kajing import __version__
from kajing.api import problems
from kajing.api.docs import ReadableDocs
from kajing.api.openapi import EXTRA, KajingAPI
from kajing.audit.api import router as audit
from kajing.complaints.api import router as complaints
from kajing.contact.acts_api import router as contact_acts
from kajing.contact.api import router as contact
from kajing.contact.messages_api import router as messages
from kajing.contact.threads_api import router as threads
from kajing.contact.wordings_api import router as wordings
from kajing.customers.acts_api import router as customer_acts
from kajing.customers.api import router as customers
from kajing.customers.audience_api import router as audiences
from kajing.customers.handover_api import router as handovers
from kajing.customers.household_api import router as household
from kajing.customers.merging_api import router as merging
from kajing.customers.pool_api import router as pool_many
from kajing.customers.quality_api import router as data_quality
from kajing.imports.api import router as imports
from kajing.imports.sheets.api import router as sheets
from kajing.insights.api import router as insights
from kajing.insights.report_api import router as reports
from kajing.lib.access import public
from kajing.notifications.api import router as notifications
from kajing.objects.api import router as objects
from kajing.org.absence_api import router as absences
from kajing.org.api import router as org
from kajing.org.bearer import Bearer, Session
from kajing.org.idempotency import once
from kajing.org.limits import PerCaller
from kajing.org.staff_api import router as staff
from kajing.queue.api import router as queue
from kajing.records.api import router as records
from kajing.records.bulk_api import router as bulk
from kajing.records.fields_api import router as fields
from kajing.records.files_api import router as files
from kajing.records.tags_api import router as tags
from kajing.records.undo.api import router as undo
from kajing.records.views_api import router as views
from kajing.reference.api import router as reference
from kajing.risk.api import router as risk
from kajing.sales.api import router as sales
from kajing.workbench.api import router as workbench
from kajing.workflow.api import router as workflow

api = KajingAPI(
    title="Kajing 卡经",
    version=__version__,
    urls_namespace="api",
    openapi_url="/openapi.json",
    docs_url="/docs",
    docs=ReadableDocs(),
    docs_decorator=public,
    auth=[Bearer(), Session()],
    throttle=[PerCaller()],
    openapi_extra=EXTRA,
)
api.add_decorator(once, mode="view")
problems.install(api)

# One line per room, in the order of the house.
api.add_router("", org, tags=["org"])
api.add_router("", absences, tags=["org"])
api.add_router("", staff, tags=["org"])
api.add_router("", audit, tags=["audit"])
api.add_router("", queue, tags=["queue"])
api.add_router("", reference, tags=["reference"])
api.add_router("", notifications, tags=["notifications"])
api.add_router("", undo, tags=["records"])
api.add_router("", bulk, tags=["records"])
api.add_router("", imports, tags=["imports"])
api.add_router("", records, tags=["records"])
api.add_router("", files, tags=["records"])
api.add_router("", tags, tags=["records"])
api.add_router("", views, tags=["records"])
api.add_router("", fields, tags=["records"])
api.add_router("", sheets, tags=["imports"])
api.add_router("", customers, tags=["customers"])
api.add_router("", customer_acts, tags=["customers"])
api.add_router("", pool_many, tags=["customers"])
api.add_router("", data_quality, tags=["customers"])
api.add_router("", handovers, tags=["customers"])
api.add_router("", household, tags=["customers"])
api.add_router("", audiences, tags=["customers"])
api.add_router("", contact, tags=["contact"])
api.add_router("", contact_acts, tags=["contact"])
api.add_router("", messages, tags=["contact"])
api.add_router("", threads, tags=["contact"])
api.add_router("", wordings, tags=["contact"])
api.add_router("", merging, tags=["customers"])
api.add_router("", workflow, tags=["workflow"])
api.add_router("", risk, tags=["risk"])
api.add_router("", complaints, tags=["complaints"])
api.add_router("", objects, tags=["objects"])
api.add_router("", sales, tags=["sales"])
api.add_router("", insights, tags=["insights"])
api.add_router("", workbench, tags=["workbench"])
api.add_router("", reports, tags=["insights"])
