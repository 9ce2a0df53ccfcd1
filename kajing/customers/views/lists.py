"""The list, its rows and its bulk acts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.audit.selectors import today_for
from kajing.customers.forms import AssignForm, ExportForm
from kajing.customers.lists import CUSTOMERS
from kajing.customers.selectors import selection
from kajing.customers.selectors.exports import exports as own_exports
from kajing.customers.selectors.handovers import moving_with
from kajing.customers.services import assign_selection, export_selection, fetch_export, request_export
from kajing.customers.services.bulk import TooManyRows
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.records.selectors import Listing, listing
from kajing.ui.answers import is_partial, toast


@require_GET
@needs("customers.view")
def customer_list(request: HttpRequest) -> HttpResponse:
    """The customers list; a partial request gets the rows alone."""
    shown = listing(request.user, CUSTOMERS, request.GET, today_for(request.user))
    template = "customers/list.html#rows" if is_partial(request) else "customers/list.html"
    return render(request, template, _context(request, shown))


@require_GET
@needs("customers.view")
def customer_rows(request: HttpRequest) -> HttpResponse:
    """The rows of the list as a fragment."""
    shown = listing(request.user, CUSTOMERS, request.GET, today_for(request.user))
    return render(request, "customers/list.html#rows", _context(request, shown))


def _context(request: HttpRequest, shown: Listing) -> dict[str, Any]:
    shown.page  # noqa: B018  read now: an outdated page address changes the state that links are made of
    return {"listing": shown, "page": shown.page, "query": shown.address}


MOST_PREVIEWED = 2000  # customers whose tasks and alerts the question counts


@require_http_methods(["GET", "POST"])
@needs("customers.assign")
def assign(request: HttpRequest) -> HttpResponse:
    """Hand the selected customers to another manager: first the question, then the act."""
    chosen = _chosen(request)
    form = AssignForm(request.user, data=request.POST if "reason" in request.POST else None)
    if form.is_bound and form.is_valid():
        try:
            done = assign_selection(
                actor=request.user, chosen=chosen, on=today_for(request.user), at=timezone.now(), **form.cleaned_data
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            undo = reverse("undo:act", args=[done.undo]) if done.undo else ""
            if done.handover and not done.queued:
                return _to_pack(request, done.handover, _moved(done.count, queued=False), undo)
            return _back(request, chosen, _moved(done.count, queued=done.queued), undo)
    moving = moving_with(request.user, chosen.keys(MOST_PREVIEWED))
    over = MOST_PREVIEWED if chosen.everything and chosen.count > MOST_PREVIEWED else 0
    return _dialog(request, "customers/assign.html", form, chosen, moving=moving, previewed=over)


@require_http_methods(["GET", "POST"])
@needs("customers.export")
def export(request: HttpRequest) -> HttpResponse:
    """The selected customers as a file, masked as on the screen."""
    chosen = _chosen(request)
    form = ExportForm(request.POST if "reason" in request.POST else None)
    if form.is_bound and form.is_valid() and request.POST.get("ask") == "1":
        return _ask(request, form, chosen)
    too_many = False
    if form.is_bound and form.is_valid():
        try:
            made = export_selection(
                actor=request.user, chosen=chosen, reason=form.cleaned_data["reason"], at=timezone.now()
            )
        except DomainError as error:
            form.add_error(None, str(error))
            too_many = isinstance(error, TooManyRows)
        else:
            return _file(made.name, made.content)
    return _dialog(request, "customers/export.html", form, chosen, too_many=too_many)


def _ask(request: HttpRequest, form: Any, chosen: Any) -> HttpResponse:
    """Above the cap: others must agree first."""
    try:
        request_export(actor=request.user, chosen=chosen, reason=form.cleaned_data["reason"], at=timezone.now())
    except DomainError as error:
        form.add_error(None, str(error))
        return _dialog(request, "customers/export.html", form, chosen)
    return toast(request, redirect("customers:exports"), _("Asked. You will hear when it has been decided."))


def _file(name: str, content: bytes) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


@require_GET
@needs("customers.export")
def exports(request: HttpRequest) -> HttpResponse:
    """My files above the row cap: what waits, what is ready, what is gone."""
    return render(request, "customers/exports.html", {"rows": own_exports(request.user)[:50]})


@require_POST
@needs("customers.export")
def fetch(request: HttpRequest, pk: int) -> HttpResponse:
    """The file, once."""
    get_object_or_404(own_exports(request.user), pk=pk)
    try:
        made = fetch_export(actor=request.user, number=pk, at=timezone.now())
    except DomainError as error:
        return toast(request, redirect("customers:exports"), str(error), tone="bad")
    return _file(made.name, made.content)


def _chosen(request: HttpRequest) -> Any:
    data = request.POST if request.method == "POST" else request.GET
    return selection(
        request.user,
        CUSTOMERS,
        ids=data.getlist("ids"),
        query=QueryDict(data.get("query", "")),
        everything=data.get("all") == "1",
        today=today_for(request.user),
    )


def _dialog(request: HttpRequest, template: str, form: Any, chosen: Any, **more: Any) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    data = {"form": form, "chosen": chosen, "query": chosen.address, "ids": chosen.ids, **more}
    return render(request, f"{template}#dialog" if is_partial(request) else template, data, status=status)


def _moved(count: int, *, queued: bool) -> str:
    if queued:
        return _("%(count)s customers are being assigned in the background") % {"count": count}
    return ngettext("%(count)s customer assigned", "%(count)s customers assigned", count) % {"count": count}


def _to_pack(request: HttpRequest, handover: int, said: str, undo: str) -> HttpResponse:
    """Who handed over sees at once what the receiver will read."""
    url = reverse("customers:handover", args=[handover])
    answer = HttpResponse(status=204, headers={"HX-Redirect": url}) if is_partial(request) else redirect(url)
    return toast(request, answer, said, undo=undo)


def _back(request: HttpRequest, chosen: Any, said: str, undo: str = "") -> HttpResponse:
    url = f"{reverse('customers:list')}?{chosen.address}"
    answer = HttpResponse(status=204, headers={"HX-Redirect": url}) if is_partial(request) else redirect(url)
    return toast(request, answer, said, undo=undo)
