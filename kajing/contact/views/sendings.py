"""One message to a selection: the question with its counts, the act, and how it is delivered."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.api import paging
from kajing.audit.selectors import today_for
from kajing.contact import channels
from kajing.contact.drafts import draft_of
from kajing.contact.messages_forms import BulkForm
from kajing.contact.models import Message
from kajing.contact.selectors import messages as selectors
from kajing.contact.selectors import previews, wordings
from kajing.contact.services import sendings as services
from kajing.contact.services.messages import SEND
from kajing.customers.lists import CUSTOMERS
from kajing.customers.selectors import Selection, selection, shown_name
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.ui.answers import fresh_page, is_partial, toast

VIEW = "contact.view_messages"


@require_http_methods(["GET", "POST"])
@needs(SEND)
def bulk(request: HttpRequest) -> HttpResponse:
    """A template for the chosen customers: first what would happen, then the act."""
    chosen = _chosen(request)
    usable = wordings.usable(request.user, timezone.localdate())
    form = BulkForm(request.POST if "template" in request.POST else None, usable=usable)
    shown = None
    if form.is_bound and form.is_valid():
        version, ids = form.cleaned_data["template"], chosen.keys(services.MOST + 1)
        try:
            if request.POST.get("act") == "send":
                sending = services.send_to_selection(actor=request.user, ids=ids, version=version, at=timezone.now())
                return _sent(request, sending.pk)
            shown = previews.survey(request.user, ids, draft_of(version), timezone.now())
        except DomainError as error:
            form.add_error(None, str(error))
    data = {"form": form, "chosen": chosen, "survey": shown, "most": services.MOST}
    template = "contact/bulk.html#dialog" if is_partial(request) else "contact/bulk.html"
    return render(request, template, data, status=422 if form.is_bound and form.errors else 200)


def _chosen(request: HttpRequest) -> Selection:
    data = request.POST if request.method == "POST" else request.GET
    return selection(
        request.user, CUSTOMERS, ids=data.getlist("ids"), query=QueryDict(data.get("query", "")),
        everything=data.get("all") == "1", today=today_for(request.user),
    )  # fmt: skip


def _sent(request: HttpRequest, pk: int) -> HttpResponse:
    url = reverse("contact:sending", args=[pk])
    said, undo = _("The messages are being written"), reverse("contact:cancel_sending", args=[pk])
    if is_partial(request):
        return toast(request, HttpResponse(status=204, headers={"HX-Redirect": url}), said, undo=undo)
    return toast(request, redirect(url), said, undo=undo)


@require_GET
@needs(VIEW)
def sending_list(request: HttpRequest) -> HttpResponse:
    """Messages to many, newest first."""
    found = list(selectors.sendings(request.user)[:50])
    told = selectors.deliveries(found)
    rows = [{"sending": one, "delivery": told[one.pk]} for one in found]
    return render(request, "contact/sendings.html", {"rows": rows})


@require_GET
@needs(VIEW)
def sending(request: HttpRequest, sending_id: int) -> HttpResponse:
    """How one sending is delivered: counts, and every customer with state and reason."""
    found = get_object_or_404(selectors.sendings(request.user), pk=sending_id)
    state = request.GET.get("state", "")
    rows = selectors.sent_to(request.user, found, state=state)
    page = paging.page(rows, order=("pk",), cursor=request.GET.get("cursor", ""), limit=50)
    given = request.GET.copy()
    given["cursor"] = page["next"] or ""
    told = selectors.delivery(found)
    data: dict[str, Any] = {
        "sending": found,
        "channel": channels.label_of(found.version.template.channel),
        "delivery": told,
        "states": [
            (value, label, told.states[value]) for value, label in Message.State.choices if value in told.states
        ],
        "state": state,
        "rows": [{"message": one, "name": shown_name(request.user, one.customer)} for one in page["items"]],
        "older": given.urlencode() if page["next"] else "",
        "may_cancel": request.user.has_perm(SEND) and told.waiting + (told.total - told.written) > 0,
    }
    template = "contact/sending.html#state" if is_partial(request) else "contact/sending.html"
    return render(request, template, data)


@require_POST
@needs(SEND)
def cancel_sending(request: HttpRequest, sending_id: int) -> HttpResponse:
    """Undo: call off everything of it that still waits."""
    found = get_object_or_404(selectors.sendings(request.user), pk=sending_id)
    try:
        count = services.cancel_sending(actor=request.user, sending=found, at=timezone.now())
    except DomainError as error:
        return toast(request, redirect("contact:sending", sending_id), str(error), tone="bad")
    said = ngettext("%(count)s message called off", "%(count)s messages called off", count) % {"count": count}
    if is_partial(request):
        return fresh_page(request, said)
    return toast(request, redirect("contact:sending", sending_id), said)
