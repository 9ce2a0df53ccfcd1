"""The list, its rows and its bulk acts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from kajing.audit.selectors import today_for
from kajing.customers.forms import AssignForm, ExportForm
from kajing.customers.lists import CUSTOMERS
from kajing.customers.selectors import selection
from kajing.customers.services import assign_selection, export_selection
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
            return _back(request, chosen, _moved(done.count, queued=done.queued), undo)
    return _dialog(request, "customers/assign.html", form, chosen)


@require_http_methods(["GET", "POST"])
@needs("customers.export")
def export(request: HttpRequest) -> HttpResponse:
    """The selected customers as a file, masked as on the screen."""
    chosen = _chosen(request)
    form = ExportForm(request.POST if "reason" in request.POST else None)
    if form.is_bound and form.is_valid():
        try:
            made = export_selection(
                actor=request.user, chosen=chosen, reason=form.cleaned_data["reason"], at=timezone.now()
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            headers = {
                "Content-Disposition": f'attachment; filename="{made.name}"',
                "X-Content-Type-Options": "nosniff",
            }
            return HttpResponse(made.content, content_type="text/csv; charset=utf-8", headers=headers)
    return _dialog(request, "customers/export.html", form, chosen)


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


def _dialog(request: HttpRequest, template: str, form: Any, chosen: Any) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    data = {"form": form, "chosen": chosen, "query": chosen.address, "ids": chosen.ids}
    return render(request, f"{template}#dialog" if is_partial(request) else template, data, status=status)


def _moved(count: int, *, queued: bool) -> str:
    if queued:
        return _("%(count)s customers are being assigned in the background") % {"count": count}
    return ngettext("%(count)s customer assigned", "%(count)s customers assigned", count) % {"count": count}


def _back(request: HttpRequest, chosen: Any, said: str, undo: str = "") -> HttpResponse:
    url = f"{reverse('customers:list')}?{chosen.address}"
    answer = HttpResponse(status=204, headers={"HX-Redirect": url}) if is_partial(request) else redirect(url)
    return toast(request, answer, said, undo=undo)
