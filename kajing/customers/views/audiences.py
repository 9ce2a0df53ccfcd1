"""Audiences: the page of all, one of them, its live count, and freezing customers into a list."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.audit.selectors import today_for
from kajing.customers.forms import AudienceForm, FreezeForm, LeaveForm, TagForm
from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import Audience
from kajing.customers.selectors import audiences as asked
from kajing.customers.selectors import selection
from kajing.customers.services import audiences as acts
from kajing.customers.services.tagging import tag_selection
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.records.lists import Context, NotUnderstood
from kajing.records.selectors import builder
from kajing.records.selectors import tags as known_tags
from kajing.records.views.common import bulk_answer
from kajing.ui.answers import is_partial

RIGHT = "customers.audience"


@require_GET
@needs(RIGHT)
def index(request: HttpRequest) -> HttpResponse:
    """My audiences and those shared with me."""
    rows = list(asked.audiences(request.user))
    mine = [row for row in rows if row.owner_no == request.user.person_no]
    data = {"mine": mine, "shared": [row for row in rows if row not in mine]}
    return render(request, "customers/audiences.html", data)


@require_http_methods(["GET", "POST"])
@needs(RIGHT)
def new(request: HttpRequest) -> HttpResponse:
    """Define an audience by condition."""
    form = AudienceForm(request.POST or None, initial={"where": request.GET.get("where", "")})
    if form.is_bound and form.is_valid():
        try:
            row = acts.define_audience(
                actor=request.user, spec=CUSTOMERS, today=today_for(request.user), at=timezone.now(), **form.about()
            )
        except (DomainError, NotUnderstood) as error:
            form.add_error("where" if isinstance(error, NotUnderstood) else None, str(error))
        else:
            messages.success(request, _("Audience saved"))
            return redirect("customers:audience", row.pk)
    return _form(request, form, None)


@require_http_methods(["GET", "POST"])
@needs(RIGHT)
def audience(request: HttpRequest, audience_id: int) -> HttpResponse:
    """One audience: its condition, its count, its circle; its owner changes it here."""
    found = get_object_or_404(asked.audiences(request.user), pk=audience_id)
    shown = asked.shown(request.user, CUSTOMERS, found, today_for(request.user))
    form = AudienceForm(request.POST or None, initial=_initial(found, shown.text), rule=found.is_rule)
    if form.is_bound and form.is_valid():
        version = request.POST.get("version", "")
        try:
            acts.change_audience(
                actor=request.user, spec=CUSTOMERS, audience=found, today=today_for(request.user), at=timezone.now(),
                version=int(version) if version.isdecimal() else 0, **form.about(),
            )  # fmt: skip
        except (DomainError, NotUnderstood) as error:
            form.add_error("where" if isinstance(error, NotUnderstood) else None, str(error))
        else:
            messages.success(request, _("Audience saved"))
            return redirect("customers:audience", found.pk)
    return _form(request, form, shown)


def _initial(found: Audience, text: str) -> dict[str, Any]:
    return {
        "name": found.name, "note": found.note, "where": text, "share": bool(found.unit),
        "roles": found.role_codes,
    }  # fmt: skip


def _form(request: HttpRequest, form: AudienceForm, shown: Any) -> HttpResponse:
    context = Context(request.user, today_for(request.user))
    where = form["where"].value() or "" if "where" in form.fields else ""
    data = {
        "form": form,
        "shown": shown,
        "audience": shown.audience if shown else None,
        "own": shown is None or shown.audience.owner_no == request.user.person_no,
        "builder": builder(CUSTOMERS, where, context) if "where" in form.fields else None,
    }
    return render(request, "customers/audience.html", data, status=422 if form.is_bound and form.errors else 200)


@require_POST
@needs(RIGHT)
def preview(request: HttpRequest) -> HttpResponse:
    """The live count of a condition that is being written."""
    data: dict[str, Any] = {}
    if not request.POST.get("where", "").strip():
        return render(request, "customers/audience_preview.html", data)
    try:
        data["found"] = acts.look(
            actor=request.user, spec=CUSTOMERS, where=request.POST.get("where", ""), today=today_for(request.user)
        )
    except NotUnderstood as error:
        data["error"] = str(error)
    return render(request, "customers/audience_preview.html", data)


@require_POST
@needs(RIGHT)
def count(request: HttpRequest, audience_id: int) -> HttpResponse:
    """Count again."""
    found = get_object_or_404(asked.audiences(request.user), pk=audience_id)
    try:
        acts.count_audience(
            actor=request.user, spec=CUSTOMERS, audience=found, today=today_for(request.user), at=timezone.now()
        )
    except (DomainError, NotUnderstood) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Counted: %(count)s customers") % {"count": found.count})
    return redirect("customers:audience", audience_id)


@require_POST
@needs(RIGHT)
def delete(request: HttpRequest, audience_id: int) -> HttpResponse:
    """Take an audience away."""
    found = get_object_or_404(asked.audiences(request.user), pk=audience_id)
    acts.delete_audience(actor=request.user, audience=found, at=timezone.now())
    messages.success(request, _("Audience deleted"))
    return redirect("customers:audiences")


@require_http_methods(["GET", "POST"])
@needs(RIGHT)
def freeze(request: HttpRequest) -> HttpResponse:
    """Keep the selected customers as a fixed list, or add them to one."""
    chosen = _chosen(request)
    form = FreezeForm(asked.own_lists(request.user), data=request.POST if "name" in request.POST else None)
    if form.is_bound and form.is_valid():
        try:
            row = acts.freeze_selection(actor=request.user, chosen=chosen, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            said = (
                _("The list is being filled in the background")
                if row.filling
                else _("Added to %(name)s") % {"name": row.name}
            )
            messages.success(request, said)
            url = reverse("customers:audience", args=[row.pk])
            return HttpResponse(status=204, headers={"HX-Redirect": url}) if is_partial(request) else redirect(url)
    shown = {"form": form, "chosen": chosen, "query": chosen.address, "ids": chosen.ids}
    template = "customers/freeze.html#dialog" if is_partial(request) else "customers/freeze.html"
    return render(request, template, shown, status=422 if form.is_bound and form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(RIGHT)
def leave(request: HttpRequest) -> HttpResponse:
    """Take the selected customers out of a fixed list of one's own."""
    chosen = _chosen(request)
    listed = next(iter(chosen.state.query.get("audience", [])), None)
    form = LeaveForm(
        asked.own_lists(request.user), data=request.POST if "audience" in request.POST else None,
        initial={"audience": listed},
    )  # fmt: skip
    if form.is_bound and form.is_valid():
        try:
            gone = acts.remove_selection(actor=request.user, chosen=chosen, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            said = ngettext("%(count)s customer left the list", "%(count)s customers left the list", gone)
            messages.success(request, said % {"count": gone})
            url = f"{reverse('customers:list')}?{chosen.address}"
            return HttpResponse(status=204, headers={"HX-Redirect": url}) if is_partial(request) else redirect(url)
    shown = {"form": form, "chosen": chosen, "query": chosen.address, "ids": chosen.ids}
    template = "customers/leave.html#dialog" if is_partial(request) else "customers/leave.html"
    return render(request, template, shown, status=422 if form.is_bound and form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs("records.tag")
def tag(request: HttpRequest) -> HttpResponse:
    """Put a tag on the selected customers, or take it off."""
    chosen = _chosen(request)
    form = TagForm(request.POST if "tag" in request.POST else None)
    if form.is_bound and form.is_valid():
        try:
            done = tag_selection(actor=request.user, chosen=chosen, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error("tag", str(error))
        else:
            said = ngettext("%(count)s customer tagged", "%(count)s customers tagged", done.done)
            if form.cleaned_data["off"]:
                said = ngettext("Tag taken off %(count)s customer", "Tag taken off %(count)s customers", done.done)
            url = f"{reverse('customers:list')}?{chosen.address}"
            return bulk_answer(request, done, url, said % {"count": done.done})
    data = {"form": form, "chosen": chosen, "query": chosen.address, "ids": chosen.ids, "known": known_tags()[:200]}
    template = "customers/tag.html#dialog" if is_partial(request) else "customers/tag.html"
    return render(request, template, data, status=422 if form.is_bound and form.errors else 200)


def _chosen(request: HttpRequest) -> Any:
    data = request.POST if request.method == "POST" else request.GET
    return selection(
        request.user, CUSTOMERS, ids=data.getlist("ids"), query=QueryDict(data.get("query", "")),
        everything=data.get("all") == "1", today=today_for(request.user),
    )  # fmt: skip
