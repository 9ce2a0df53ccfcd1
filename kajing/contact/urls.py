"""The room's table of capabilities."""

from __future__ import annotations

from django.urls import path

import kajing.customers.urls  # noqa: F401  its converter `bankid`
from kajing.contact.views import acts, helping, lights, messages, outside, pages, sendings, sheet, visits, wordings

app_name = "contact"
urlpatterns = [
    path("", pages.contact_list, name="list"),
    path("lights/", lights.lights, name="lights"),
    path("call-sheet/<bankid:customer_id>/", sheet.call_sheet, name="call-sheet"),
    path("call-sheet/<bankid:customer_id>/start/", sheet.start, name="start"),
    path("call-sheet/<bankid:customer_id>/ask/", sheet.ask, name="ask"),
    path("summary/<bankid:customer_id>/", helping.summary, name="summary"),
    path("log/<bankid:customer_id>/", pages.log, name="log"),
    path("plan/<bankid:customer_id>/", pages.plan, name="plan"),
    path("override/<bankid:customer_id>/", pages.override, name="override"),
    path("route/", visits.route, name="route"),
    path("visits/new/", visits.new_visit, name="new_visit"),
    path("<int:pk>/", pages.detail, name="detail"),
    path("<int:pk>/outcome/", sheet.outcome, name="outcome"),
    path("<int:pk>/next/", sheet.next_step, name="next"),
    path("<int:pk>/reopen/", sheet.reopen, name="reopen"),
    path("<int:pk>/begin/", acts.begin, name="begin"),
    path("<int:pk>/check-in/", acts.check_in, name="check-in"),
    path("<int:pk>/move/", acts.move, name="move"),
    path("<int:pk>/shift/", visits.shift, name="shift"),
    path("<int:pk>/cancel/", acts.cancel, name="cancel"),
    path("<int:pk>/note/", acts.note, name="note"),
    path("<int:pk>/draft-note/", helping.note, name="draft_note"),
    path("<int:pk>/photo/", acts.photo, name="photo"),
    path("<int:pk>/picture/", acts.picture, name="picture"),
    path("<int:pk>/legal-hold/", acts.legal_hold, name="legal-hold"),
    path("messages/", messages.message_list, name="messages"),
    path("messages/new/", messages.new, name="new_message"),
    path("messages/preview/", messages.preview, name="preview_message"),
    path("messages/bulk/", sendings.bulk, name="bulk_message"),
    path("messages/<int:message_id>/", messages.message, name="message"),
    path("messages/<int:message_id>/cancel/", messages.cancel, name="cancel_message"),
    path("messages/threads/", messages.thread_list, name="threads"),
    path("messages/threads/<int:thread_id>/", messages.thread, name="thread"),
    path("messages/files/<int:file_id>/", messages.file, name="file"),
    path("messages/sendings/", sendings.sending_list, name="sendings"),
    path("messages/sendings/<int:sending_id>/", sendings.sending, name="sending"),
    path("messages/sendings/<int:sending_id>/cancel/", sendings.cancel_sending, name="cancel_sending"),
    path("messages/strays/", messages.stray_list, name="strays"),
    path("messages/strays/<int:stray_id>/", messages.place_stray, name="place_stray"),
    path("templates/", wordings.template_list, name="templates"),
    path("templates/new/", wordings.new_template, name="new_template"),
    path("templates/<int:template_id>/", wordings.template, name="template"),
    path("templates/<int:template_id>/edit/", wordings.edit_template, name="edit_template"),
    path("templates/<int:template_id>/<int:number>/ask/", wordings.ask_approval, name="ask_template"),
    path("templates/<int:template_id>/<int:number>/retire/", wordings.retire, name="retire_template"),
    path("channels/<slug:channel>/callback/", outside.callback, name="callback"),
    path("out/<str:token>/", outside.optout, name="optout"),
]
