"""Pages of templates: the list, one template with its versions, writing and deciding."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.contact import channels, forbidden
from kajing.contact.drafts import draft_of
from kajing.contact.messages_forms import (
    PreviewForm,
    ReasonForm,
    TemplateForm,
    VersionForm,
    field_list,
)
from kajing.contact.models import MessageTemplate, TemplateVersion
from kajing.contact.selectors import previews
from kajing.contact.selectors import wordings as selectors
from kajing.contact.services import wordings as services
from kajing.customers.selectors import customer
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.ui.answers import toast

VIEW = "contact.view_messages"
WRITE, APPROVE = services.WRITE, services.APPROVE
VERSION_FIELDS = ("subject", "body", "valid_from", "valid_to", "review_id")


@require_GET
@needs(VIEW)
def template_list(request: HttpRequest) -> HttpResponse:
    """Every template with where its newest version stands."""
    filters = {name: request.GET.get(name, "") for name in ("state", "channel", "search")}
    data = {
        "rows": selectors.templates(request.user, **filters)[:500],
        "filters": filters,
        "states": TemplateVersion.State.choices,
        "channels": channels.choices(),
        "to_decide": selectors.waiting_for_approval(request.user),
    }
    return render(request, "contact/templates.html", data)


@require_http_methods(["GET", "POST"])
@needs(WRITE)
def new_template(request: HttpRequest) -> HttpResponse:
    """Write a new template; it begins as a draft."""
    form = TemplateForm(request.POST or None, initial={"valid_from": timezone.localdate()})
    if form.is_bound and form.is_valid():
        try:
            version = services.write_template(actor=request.user, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return toast(request, redirect("contact:template", version.template_id), _("Draft saved"))
    data = {"form": form, "fields": field_list()}
    return render(request, "contact/template_new.html", data, status=422 if form.errors else 200)


@require_GET
@needs(VIEW)
def template(request: HttpRequest, template_id: int) -> HttpResponse:
    """One template: its versions, a preview with a real customer, and what may be done with it now."""
    return render(request, "contact/template.html", _page(request, _template(request, template_id)))


@require_http_methods(["GET", "POST"])
@needs(WRITE)
def edit_template(request: HttpRequest, template_id: int) -> HttpResponse:
    """Change the draft, or begin the next version."""
    found = _template(request, template_id)
    newest = selectors.versions(found)[0]
    initial = {name: getattr(newest, name) for name in VERSION_FIELDS}
    form = VersionForm(request.POST or None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            services.write_version(actor=request.user, template=found, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return toast(request, redirect("contact:template", found.pk), _("Draft saved"))
    data = {"form": form, "fields": field_list(), "template": found, "newest": newest}
    return render(request, "contact/template_edit.html", data, status=422 if form.errors else 200)


@require_POST
@needs(WRITE)
def ask_approval(request: HttpRequest, template_id: int, number: int) -> HttpResponse:
    """Lay a draft before who may approve it."""
    version = _version(request, template_id, number)
    return _act(
        request,
        version,
        lambda: services.ask_approval(actor=request.user, version=version, at=timezone.now()),
        _("Asked for approval"),
    )


@require_POST
@needs(APPROVE)
def retire(request: HttpRequest, template_id: int, number: int) -> HttpResponse:
    """Withdraw an approved version."""
    version, form = _version(request, template_id, number), ReasonForm(request.POST)
    if not form.is_valid():
        return toast(request, redirect("contact:template", template_id), _("Say why it is withdrawn."), tone="bad")
    return _act(
        request,
        version,
        lambda: services.retire(
            actor=request.user, version=version, reason=form.cleaned_data["reason"], at=timezone.now()
        ),
        _("Template withdrawn"),
    )


def _act(request: HttpRequest, version: TemplateVersion, act: Any, said: str) -> HttpResponse:
    back = redirect(reverse("contact:template", args=[version.template_id]))
    try:
        act()
    except DomainError as error:
        return toast(request, back, str(error), tone="bad")
    return toast(request, back, said)


def _page(request: HttpRequest, found: MessageTemplate) -> dict[str, Any]:
    versions = selectors.versions(found)
    newest = versions[0]
    form = PreviewForm(request.GET if "customer" in request.GET else None)
    shown, missing = None, ""
    if form.is_bound and form.is_valid() and form.cleaned_data["customer"]:
        who = customer(request.user, form.cleaned_data["customer"])
        if who is None:
            missing = _("There is no such customer in your area.")
        else:
            shown = previews.preview_message(request.user, who, draft_of(newest), timezone.now())
    today = timezone.localdate()
    return {
        "template": found,
        "channel": channels.label_of(found.channel),
        "newest": newest,
        "versions": versions,
        "doubts": forbidden.find_phrases(f"{newest.subject}\n{newest.body}", today),
        "in_force": next((one for one in versions if one.in_force(today)), None),
        "form": form,
        "preview": shown,
        "missing": missing,
    }


def _template(request: HttpRequest, template_id: int) -> MessageTemplate:
    return get_object_or_404(selectors.templates(request.user), pk=template_id)


def _version(request: HttpRequest, template_id: int, number: int) -> TemplateVersion:
    found = selectors.version_of(_template(request, template_id), number)
    if found is None:
        raise Http404
    return found
