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
from kajing.customers.services import assign_selection, fetch_export, request_export
from kajing.customers.trail import TRAIL
from kajing.customers.views.exporting import export_page, file_answer
from kajing.lib.access import needs, staff
from kajing.lib.errors import DomainError
from kajing.records.selectors import Listing, listing
from kajing.records.views.common import bulk_answer
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
            pack = reverse("customers:handover", args=[done.handover]) if done.handover else ""
            return bulk_answer(request, done.act, pack or _list(chosen), _moved(done.act.done))
    moving = moving_with(request.user, chosen.keys(MOST_PREVIEWED))
    over = MOST_PREVIEWED if chosen.everything and chosen.count > MOST_PREVIEWED else 0
    return _dialog(request, "customers/assign.html", form, chosen, moving=moving, previewed=over)


@require_http_methods(["GET", "POST"])
@needs("customers.export")
def export(request: HttpRequest) -> HttpResponse:
    """The selected customers as a file, masked as on the screen."""
    return export_page(request, _chosen(request), "customers:export")


@require_POST
@needs("audit.view_any")
def ask_trail(request: HttpRequest) -> HttpResponse:
    """Ask for a file of the audit trail above its cap."""
    chosen = selection(
        request.user, TRAIL, ids=[], query=QueryDict(request.POST.get("query", "")), everything=True,
        today=today_for(request.user),
    )  # fmt: skip
    form, back = ExportForm(request.POST), f"{reverse('audit:trail')}?{chosen.address}"
    if not form.is_valid():
        return toast(request, redirect(back), _("Say why: whoever decides reads it."), tone="bad")
    try:
        request_export(actor=request.user, chosen=chosen, at=timezone.now(), **form.cleaned_data)
    except DomainError as error:
        return toast(request, redirect(back), str(error), tone="bad")
    return toast(request, redirect("customers:exports"), _("Asked. You will hear when it has been decided."))


@require_GET
@staff
def exports(request: HttpRequest) -> HttpResponse:
    """My files above the row cap: what waits, what is ready, what is gone."""
    return render(request, "customers/exports.html", {"rows": own_exports(request.user)[:50]})


@require_POST
@staff
def fetch(request: HttpRequest, pk: int) -> HttpResponse:
    """The file, once."""
    get_object_or_404(own_exports(request.user), pk=pk)
    try:
        made = fetch_export(actor=request.user, number=pk, at=timezone.now())
    except DomainError as error:
        return toast(request, redirect("customers:exports"), str(error), tone="bad")
    return file_answer(made)


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


def _moved(count: int) -> str:
    return ngettext("%(count)s customer assigned", "%(count)s customers assigned", count) % {"count": count}


def _list(chosen: Any) -> str:
    return f"{reverse('customers:list')}?{chosen.address}"
