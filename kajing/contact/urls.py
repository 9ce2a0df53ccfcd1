"""The room's table of capabilities."""

from __future__ import annotations

from django.urls import path

import kajing.customers.urls  # noqa: F401  its converter `bankid`
from kajing.contact.views import acts, pages, sheet

app_name = "contact"
urlpatterns = [
    path("", pages.contact_list, name="list"),
    path("call-sheet/<bankid:customer_id>/", sheet.call_sheet, name="call-sheet"),
    path("call-sheet/<bankid:customer_id>/start/", sheet.start, name="start"),
    path("call-sheet/<bankid:customer_id>/ask/", sheet.ask, name="ask"),
    path("log/<bankid:customer_id>/", pages.log, name="log"),
    path("plan/<bankid:customer_id>/", pages.plan, name="plan"),
    path("override/<bankid:customer_id>/", pages.override, name="override"),
    path("<int:pk>/", pages.detail, name="detail"),
    path("<int:pk>/outcome/", sheet.outcome, name="outcome"),
    path("<int:pk>/next/", sheet.next_step, name="next"),
    path("<int:pk>/reopen/", sheet.reopen, name="reopen"),
    path("<int:pk>/begin/", acts.begin, name="begin"),
    path("<int:pk>/check-in/", acts.check_in, name="check-in"),
    path("<int:pk>/move/", acts.move, name="move"),
    path("<int:pk>/cancel/", acts.cancel, name="cancel"),
    path("<int:pk>/note/", acts.note, name="note"),
    path("<int:pk>/photo/", acts.photo, name="photo"),
    path("<int:pk>/picture/", acts.picture, name="picture"),
    path("<int:pk>/legal-hold/", acts.legal_hold, name="legal-hold"),
]
