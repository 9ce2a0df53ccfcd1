"""The call sheet and its keys: start, outcome, what follows; each act works as a plain form too."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kajing.audit.selectors import today_for
from kajing.contact import selectors, services
from kajing.contact.choices import Channel
from kajing.contact.forms import ReasonForm
from kajing.contact.models import Interaction
from kajing.customers.models import Customer
from kajing.customers.selectors import customer
from kajing.customers.services import reveal
from kajing.customers.services.reveals import UnknownField
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.org.later import with_moment
from kajing.ui.answers import is_partial, toast

VIEW, LOG = "contact.view", "contact.log"


@require_GET
@needs(VIEW)
def call_sheet(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Facts, goal, forbidden topic, light; `?purpose=` and `?channel=` choose others than the sheet's own."""
    return _sheet(request, _customer(request, customer_id))


@require_POST
@needs(LOG)
def start(request: HttpRequest, customer_id: str) -> HttpResponse:
    """The call begins, and the number is shown once, for this call (audited)."""
    about = _customer(request, customer_id)
    try:
        contact = services.start_contact(
            actor=request.user, customer=about, channel=request.POST.get("channel", Channel.PHONE),
            purpose=request.POST.get("purpose", ""), source=_source(request), at=timezone.now(),
        )  # fmt: skip
    except DomainError as error:
        return _sheet(request, about, error=str(error), status=error.status)
    number, hidden = _number(request, about) if contact.channel == Channel.PHONE else ("", "")
    answer = _sheet(request, about, contact=contact, number=number, error=hidden)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _source(request: HttpRequest) -> str:
    task = request.POST.get("task", "")
    return f"task:{task}" if task.isdigit() and len(task) < 19 else ""


def _number(request: HttpRequest, about: Customer) -> tuple[str, str]:
    """The number in clear and no error, or no number and why not."""
    try:
        shown = reveal(
            actor=request.user, customer=about, field="mobile", reason=_("call the customer"), at=timezone.now(),
            address=request.META.get("REMOTE_ADDR", ""),
        )  # fmt: skip
    except UnknownField:
        return "", _("No mobile number is on file. Ask for one at a branch or by e-mail.")
    except DomainError as error:
        return "", str(error) or _("The number cannot be shown.")
    return shown.value, ""


@require_POST
@needs(LOG)
def outcome(request: HttpRequest, pk: int) -> HttpResponse:
    """One key: how it ended."""
    contact, now = _contact(request, pk), timezone.now()
    try:
        contact = services.end_contact(
            actor=request.user, contact=contact, outcome=request.POST.get("outcome", ""),
            note=with_moment(request, request.POST.get("note", "")[:1900], now),
            material_version=request.POST.get("material_version", "")[:40], at=now,
        )  # fmt: skip
    except DomainError as error:
        return _sheet(request, contact.customer, contact=contact, error=str(error), status=error.status)
    undo = reverse("contact:reopen", args=[contact.pk])
    said = _("Logged: %(outcome)s") % {"outcome": contact.get_outcome_display()}
    return toast(request, _sheet(request, contact.customer, contact=contact), said, undo=undo)


@require_POST
@needs(LOG)
def next_step(request: HttpRequest, pk: int) -> HttpResponse:
    """One more key: what follows."""
    contact = _contact(request, pk)
    try:
        contact = services.choose_next_step(
            actor=request.user, contact=contact, step=request.POST.get("step", ""), at=timezone.now()
        )
    except DomainError as error:
        return _sheet(request, contact.customer, contact=_contact(request, pk), error=str(error), status=error.status)
    return _sheet(request, contact.customer, contact=contact)


@require_POST
@needs(LOG)
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo of an outcome."""
    contact = _contact(request, pk)
    try:
        services.reopen_contact(actor=request.user, contact=contact, at=timezone.now())
    except DomainError as error:
        return toast(request, _back(request, contact), str(error), tone="bad")
    return toast(request, _back(request, contact), _("The call runs on."))


@require_POST
@needs(LOG)
def ask(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Ask the leader to allow one contact."""
    about, form = _customer(request, customer_id), ReasonForm(request.POST)
    if not form.is_valid():
        return _sheet(request, about, error=_("Say why this contact must be made, in a few words."), status=422)
    try:
        leader = services.ask_override(
            actor=request.user, customer=about, channel=request.POST.get("channel", ""),
            purpose=request.POST.get("purpose", ""), reason=form.cleaned_data["reason"], at=timezone.now(),
        )  # fmt: skip
    except DomainError as error:
        return _sheet(request, about, error=str(error), status=error.status)
    return toast(request, _sheet(request, about), _("%(name)s has been asked.") % {"name": leader.name})


def _sheet(
    request: HttpRequest, about: Customer, *, contact: Interaction | None = None, number: str = "", error: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    asked = request.POST if request.method == "POST" else request.GET
    at = timezone.now()
    sheet = selectors.call_sheet(
        request.user, about, today=today_for(request.user), at=at, contact=contact,
        purpose=asked.get("purpose", ""), channel=asked.get("channel", ""),
    )  # fmt: skip
    data: dict[str, Any] = {
        "sheet": sheet, "customer": about, "number": number, "error": error, "now": at,
        "may_log": request.user.has_perm(LOG), "may_override": request.user.has_perm("contact.override"),
        "task": asked.get("task", ""),
    }  # fmt: skip
    template = "contact/sheet.html#call" if is_partial(request) else "contact/sheet.html"
    return render(request, template, data, status=status)


def _back(request: HttpRequest, contact: Interaction) -> HttpResponse:
    """The sheet again: undo comes from the news of any page."""
    if is_partial(request):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return redirect(reverse("contact:call-sheet", args=[contact.customer_id]))


def _customer(request: HttpRequest, customer_id: str) -> Customer:
    found = customer(request.user, customer_id)
    if found is None:
        raise Http404
    return found


def _contact(request: HttpRequest, pk: int) -> Interaction:
    found: Interaction = get_object_or_404(
        selectors.contacts(request.user).select_related("customer__figures", "customer__unit", "person"), pk=pk
    )
    return found
