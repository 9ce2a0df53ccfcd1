"""Pages of messages: the list, one message, writing one, conversations, and what fits nobody yet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.api import paging
from kajing.contact import channels, files
from kajing.contact.choices import Direction, Purpose
from kajing.contact.drafts import Draft, draft_of
from kajing.contact.messages_forms import AnswerForm, MessageForm, PlaceForm
from kajing.contact.models import Message
from kajing.contact.selectors import messages as selectors
from kajing.contact.selectors import previews, wordings
from kajing.contact.selectors.helping import fitting_template
from kajing.contact.services import mail, messages_incoming
from kajing.contact.services import messages as services
from kajing.customers.models import Customer
from kajing.customers.selectors import customer, shown_name
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.ui.answers import done, is_partial, toast

VIEW, SEND, REVIEW = "contact.view_messages", services.SEND, messages_incoming.REVIEW
PER_PAGE = 50


@require_GET
@needs(VIEW)
def message_list(request: HttpRequest) -> HttpResponse:
    """Messages to and from the customers one sees, newest first."""
    filters = {name: request.GET.get(name, "") for name in ("state", "channel", "direction", "customer")}
    found = selectors.listed(request.user, mine=request.GET.get("mine") == "1", **filters)
    page = paging.page(found, order=("-planned_at", "-pk"), cursor=request.GET.get("cursor", ""), limit=PER_PAGE)
    given = request.GET.copy()
    given["cursor"] = page["next"] or ""
    data = {
        "rows": [_row(request, message) for message in page["items"]],
        "total": page["total"],
        "older": given.urlencode() if page["next"] else "",
        "filters": filters,
        "states": Message.State.choices,
        "channels": channels.choices(),
        "waiting": selectors.waiting_threads(request.user),
    }
    return render(request, "contact/messages.html", data)


def _row(request: HttpRequest, message: Message) -> dict[str, Any]:
    return {
        "message": message,
        "name": shown_name(request.user, message.customer),
        "channel": channels.label_of(message.channel),
        "icon": channels.CHANNELS[message.channel].icon if message.channel in channels.CHANNELS else "message",
        "incoming": message.direction == Direction.IN,
    }


@require_GET
@needs(VIEW)
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """One message with everything that happened to it."""
    found = _message(request, message_id)
    subject, text = selectors.readable(request.user, found)
    data = {**_row(request, found), "subject": subject, "text": text, "files": found.files.all()}
    return render(request, "contact/message.html", data)


@require_POST
@needs(SEND)
def cancel(request: HttpRequest, message_id: int) -> HttpResponse:
    """Call off what has not left yet; also the undo of sending."""
    found = _message(request, message_id)
    said, tone = _("Message called off"), ""
    try:
        services.cancel_message(actor=request.user, message=found, at=timezone.now())
    except DomainError as error:
        said, tone = str(error), "bad"
    if is_partial(request):
        return toast(request, HttpResponse(status=204), said, tone=tone)
    return toast(request, redirect("contact:message", found.pk), said, tone=tone)


@require_http_methods(["GET", "POST"])
@needs(SEND)
def new(request: HttpRequest) -> HttpResponse:
    """Write to one customer: a template or own words, seen before it is sent."""
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        who = customer(request.user, form.cleaned_data["customer"])
        if who is None:  # said on the form: what was written stays
            form.add_error("customer", _("There is no customer of yours with this number. Look them up by name."))
        elif request.POST.get("act") != "preview":
            try:
                sent = _send(request, who, form)
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                return _sent(request, sent)
    return _dialog(request, form)


@require_POST
@needs(SEND)
def preview(request: HttpRequest) -> HttpResponse:
    """What the form would send, and what the gate says to it."""
    form = _form(request)
    form.is_valid()
    return render(request, "contact/message_new.html#preview", {"preview": _preview(request, form)})


def _form(request: HttpRequest) -> MessageForm:
    usable = wordings.usable(request.user, timezone.localdate())
    if request.method == "POST":
        return MessageForm(request.POST, usable=usable)
    initial: dict[str, Any] = {name: request.GET.get(name, "") for name in ("customer", "channel")}
    who = customer(request.user, initial["customer"]) if initial["customer"] else None
    if who is not None:  # the text that fits what weighs most now; the person may choose another
        day = timezone.localdate()
        initial["template"] = fitting_template(request.user, who, today=day, channel=initial["channel"])
    return MessageForm(initial=initial, usable=usable)


def _dialog(request: HttpRequest, form: MessageForm) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    template = "contact/message_new.html#form" if is_partial(request) else "contact/message_new.html"
    return render(request, template, {"form": form, "preview": _preview(request, form)}, status=status)


def _draft(form: MessageForm) -> Draft | None:
    data = getattr(form, "cleaned_data", {})
    if data.get("template"):
        return draft_of(data["template"])
    if not data.get("channel"):
        return None
    return Draft(
        channel=data["channel"], purpose=Purpose.SERVICE, subject=data.get("subject", ""), text=data.get("text", "")
    )


def _preview(request: HttpRequest, form: MessageForm) -> previews.Preview | None:
    draft = _draft(form) if form.is_bound else None
    number = getattr(form, "cleaned_data", {}).get("customer", "")
    who = customer(request.user, number) if draft and number else None
    return previews.preview_message(request.user, who, draft, timezone.now()) if who and draft else None


def _send(request: HttpRequest, who: Customer, form: MessageForm) -> Message:
    draft = _draft(form)
    if draft is None:
        raise services.NoChannel
    later: datetime | None = form.cleaned_data.get("send_at")
    return services.send_message(actor=request.user, customer=who, draft=draft, at=timezone.now(), not_before=later)


def _sent(request: HttpRequest, message: Message) -> HttpResponse:
    said = _("Message is on its way")
    if message.state == Message.State.PLANNED and message.not_before:
        said = _("Message waits until %(time)s") % {"time": f"{timezone.localtime(message.not_before):%m-%d %H:%M}"}
    undo = reverse("contact:cancel_message", args=[message.pk])
    if is_partial(request):
        return done(request, said, undo=undo, changed="messages")
    return toast(request, redirect("contact:message", message.pk), said, undo=undo)


def _message(request: HttpRequest, pk: int) -> Message:
    return get_object_or_404(selectors.messages(request.user), pk=pk)


# -- conversations ----------------------------------------------------------------------------------------------------
@require_GET
@needs(VIEW)
def thread_list(request: HttpRequest) -> HttpResponse:
    """Conversations; first those where the customer waits for an answer."""
    waiting = request.GET.get("show", "waiting") == "waiting"
    found = selectors.threads(request.user, waiting=waiting, customer=request.GET.get("customer", ""))
    data = {
        "rows": [
            {
                "thread": one,
                "name": shown_name(request.user, one.customer),
                "channel": channels.label_of(one.channel),
            }
            for one in found[:200]
        ],
        "show": "waiting" if waiting else "all",
        "strays": selectors.strays(request.user).count(),
    }
    return render(request, "contact/threads.html", data)


@require_http_methods(["GET", "POST"])
@needs(VIEW)
def thread(request: HttpRequest, thread_id: int) -> HttpResponse:
    """One conversation, and the answer to it."""
    found = get_object_or_404(selectors.threads(request.user), pk=thread_id)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            sent = services.answer(actor=request.user, thread=found, text=form.cleaned_data["text"], at=timezone.now())
        except DomainError as error:
            form.add_error(None, str(error) or _("You may not do this."))
        else:
            undo = reverse("contact:cancel_message", args=[sent.pk])
            return toast(request, redirect("contact:thread", found.pk), _("Message is on its way"), undo=undo)
    data = {
        "thread": found,
        "name": shown_name(request.user, found.customer),
        "channel": channels.label_of(found.channel),
        "rows": [
            {**_row(request, one), "text": selectors.readable(request.user, one)[1], "files": one.files.all()}
            for one in selectors.talk(request.user, found)
        ],
        "form": form,
    }
    return render(request, "contact/thread.html", data, status=422 if form.errors else 200)


@require_GET
@needs(VIEW)
def file(request: HttpRequest, file_id: int) -> HttpResponse:
    """A file that came with a message, always as a download."""
    found = get_object_or_404(selectors.files(request.user), pk=file_id)
    if found.refused:
        raise Http404
    try:
        content = files.read(found.sha256)
    except FileNotFoundError as error:
        raise Http404 from error
    ending = found.name.rpartition(".")[2][:8] if "." in found.name else "bin"
    headers = {
        "Content-Disposition": f'attachment; filename="file-{found.pk}.{ending if ending.isalnum() else "bin"}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return HttpResponse(content, content_type=found.content_type or "application/octet-stream", headers=headers)


# -- what fits nobody -------------------------------------------------------------------------------------------------
@require_GET
@needs(REVIEW)
def stray_list(request: HttpRequest) -> HttpResponse:
    """Messages from outside that belong to no customer yet."""
    rows = [
        {"stray": one, "channel": channels.label_of(one.channel), "form": PlaceForm(auto_id=f"stray-{one.pk}-%s")}
        for one in selectors.strays(request.user)[:200]
    ]
    data = {"rows": rows, "mailboxes": selectors.mailboxes()}
    return render(request, "contact/strays.html", data)


@require_POST
@needs(REVIEW)
def place_stray(request: HttpRequest, stray_id: int) -> HttpResponse:
    """Say whose it is, or put it aside."""
    found = get_object_or_404(selectors.strays(request.user), pk=stray_id)
    back, form = redirect("contact:strays"), PlaceForm(request.POST)
    try:
        if request.POST.get("act") == "dismiss":
            messages_incoming.dismiss_stray(actor=request.user, stray=found, at=timezone.now())
            return toast(request, back, _("Put aside"))
        who = customer(request.user, form.cleaned_data["customer"]) if form.is_valid() else None
        if who is None:
            return toast(request, back, _("There is no such customer in your area."), tone="bad")
        mail.place_mail(actor=request.user, stray=found, customer=who, at=timezone.now())
    except DomainError as error:
        return toast(request, back, str(error), tone="bad")
    return toast(request, back, _("Placed with customer %(customer)s") % {"customer": who.pk})
