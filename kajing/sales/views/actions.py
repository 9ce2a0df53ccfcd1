"""Pages of actions: decide on one, see why, shape the catalogue."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.customers.selectors import customer, shown_name
from kajing.lib.access import needs
from kajing.sales import panels, selectors, services
from kajing.sales.forms import actions as forms
from kajing.sales.models import Action, Suggestion
from kajing.ui.answers import done, is_partial, toast
from kajing.workflow.selectors import present_of

ACT = "sales.act"
LATER_DAYS = 7


@require_POST
@needs(ACT)
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it on: a task due this evening, or the next one with hours of contact before it."""
    one = _suggestion(request, pk)
    services.accept(actor=request.user, suggestion=one, due_at=None, at=timezone.now())
    return _after(request, one, _("Accepted: a task was opened"))


@require_http_methods(["GET", "POST"])
@needs(ACT)
def later(request: HttpRequest, pk: int) -> HttpResponse:
    """Not before a day."""
    one = _suggestion(request, pk)
    suggested = present_of(request.user).today + timedelta(days=LATER_DAYS)
    form = forms.LaterForm(request.POST or None, initial={"until": suggested})
    if form.is_valid():
        try:
            services.put_off(actor=request.user, suggestion=one, at=timezone.now(), **form.cleaned_data)
        except services.CannotDecide as error:
            form.add_error("until", str(error))
        else:
            return _after(request, one, _("Put off"))
    return _asked(request, one, form, pgettext("action", "Later"), "sales:later")


@require_http_methods(["GET", "POST"])
@needs(ACT)
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    """Not a fit, with the reason."""
    one = _suggestion(request, pk)
    form = forms.RejectForm(request.POST or None)
    if form.is_valid():
        try:
            services.reject(actor=request.user, suggestion=one, at=timezone.now(), **form.cleaned_data)
        except services.CannotDecide as error:
            form.add_error("note", str(error))
        else:
            return _after(request, one, _("Noted as not a fit"))
    return _asked(request, one, form, _("Not a fit"), "sales:reject")


@require_POST
@needs(ACT)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's own decision back."""
    one = _suggestion(request, pk)
    services.take_back(actor=request.user, suggestion=one, at=timezone.now())
    if is_partial(request):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return HttpResponseRedirect(_customer_url(one), status=303)


@require_GET
@needs(ACT)
def why(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Every action for one customer: in which place and why, or what stands against it."""
    found = customer(request.user, customer_id)
    if found is None:
        raise Http404
    rows = selectors.explain(request.user, found, present_of(request.user).today, timezone.now())
    data = {
        "customer": found,
        "name": shown_name(request.user, found),
        "rows": [one for one in rows if one.verdict.place],
        "others": [one for one in rows if not one.verdict.place],
        "offers": panels.of_customer(request.user, found),
    }
    return render(request, "sales/why.html", data)


@require_GET
@needs("sales.view_actions")
def action_list(request: HttpRequest) -> HttpResponse:
    """The catalogue with what came of each action."""
    data = {"rows": selectors.track_records(request.user), "may_shape": request.user.has_perm("sales.shape_actions")}
    return render(request, "sales/actions.html", data)


@require_http_methods(["GET", "POST"])
@needs("sales.shape_actions")
def shape(request: HttpRequest, code: str) -> HttpResponse:
    """Switch, weigh, rest."""
    action = _action(code)
    form = forms.ShapeForm(request.POST) if request.method == "POST" else forms.ShapeForm.of(action)
    if form.is_bound and form.is_valid():
        try:
            services.shape_action(actor=request.user, action=action, at=timezone.now(), **form.cleaned_data)
        except services.CannotShape as error:
            form.add_error(None, str(error))
        else:
            return toast(
                request, HttpResponseRedirect(reverse("sales:actions"), status=303), _("Counts from tonight on")
            )
    template = "sales/shape.html#form" if is_partial(request) else "sales/shape.html"
    return render(request, template, {"action": action, "form": form}, status=422 if form.errors else 200)


def _action(code: str) -> Action:
    found = next((one for one in selectors.actions() if one.code == code), None)
    if found is None:
        raise Http404
    return found


def _suggestion(request: HttpRequest, pk: int) -> Suggestion:
    found = selectors.suggestion(request.user, pk)
    if found is None:
        raise Http404
    return found


def _customer_url(one: Suggestion) -> str:
    return reverse("customers:page", args=[one.customer_id])


def _after(request: HttpRequest, one: Suggestion, said: str) -> HttpResponse:
    undo_url = reverse("sales:undo", args=[one.pk])
    if is_partial(request):
        return done(request, said, undo=undo_url, changed="suggestions")
    return toast(request, HttpResponseRedirect(_customer_url(one), status=303), said, undo=undo_url)


def _asked(request: HttpRequest, one: Suggestion, form: Any, title: str, name: str) -> HttpResponse:
    template = "sales/decide.html#form" if is_partial(request) else "sales/decide.html"
    data = {"one": one, "form": form, "title": title, "url": reverse(name, args=[one.pk])}
    return render(request, template, data, status=422 if form.errors else 200)


@require_GET
@needs(ACT)
def panel(request: HttpRequest, customer_id: str) -> HttpResponse:
    """The customer's actions alone, for a refresh after a decision."""
    found = customer(request.user, customer_id)
    if found is None:
        raise Http404
    return render(request, "sales/panel.html#list", {"obj": found, **panels.of_customer(request.user, found)})
