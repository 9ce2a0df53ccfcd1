"""The public pool: the list, taking, assigning, giving back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.audit.selectors import today_for
from kajing.customers.forms import GiveBackForm, PoolAssignForm, PoolRaiseForm, TakeForm
from kajing.customers.lists import CUSTOMERS
from kajing.customers.pool_list import POOL
from kajing.customers.selectors import (
    allowance,
    left_pool_today,
    pool,
    raise_asked,
    selection,
    shown_name,
    waiting_until,
)
from kajing.customers.services import (
    act_on_pool,
    assign_selection,
    look_at_pool,
    pool_many,
    request_pool_raise,
    take,
)
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.records.lists import ListSpec
from kajing.records.selectors import listing
from kajing.records.views.common import bulk_answer
from kajing.records.views.many import Many, sent
from kajing.ui.answers import done, is_partial, toast, trigger

RIGHT, TAKE, ASSIGN = "customers.pool", "customers.take", "customers.assign"


def _taken(count: int) -> str:
    return ngettext("%(count)s customer taken", "%(count)s customers taken", count) % {"count": count}


def _given_back(count: int) -> str:
    return ngettext("%(count)s customer given back", "%(count)s customers given back", count) % {"count": count}


TAKING = Many(
    look=look_at_pool,
    act=act_on_pool,
    titles={
        pool_many.TAKE: gettext_lazy("Take from the public pool"),
        pool_many.GIVE_BACK: gettext_lazy("Give back to the public pool"),
    },
    said=_taken,
    words={pool_many.TAKE: gettext_lazy("Take"), pool_many.GIVE_BACK: gettext_lazy("Give back")},
    whole=True,
)
GIVING = replace(TAKING, said=_given_back)


@require_GET
@needs(RIGHT)
def pool_list(request: HttpRequest) -> HttpResponse:
    """The pool; a partial request gets the rows alone."""
    user, today = request.user, today_for(request.user)
    shown = listing(user, POOL, request.GET, today)
    rows = shown.page.rows
    data = {"listing": shown, "page": shown.page, "query": shown.address}
    if user.has_perm(TAKE):
        limits = allowance(user, today)
        until = waiting_until(user, [row.pk for row in rows], today, limits.retake_days)
        for row in rows:
            row.extra["until"] = day if (day := until.get(row.pk)) and day > today else None
        data |= {"limits": limits, "asked": limits.asked}
    return render(request, "customers/pool.html#rows" if is_partial(request) else "customers/pool.html", data)


@require_POST
@needs(TAKE)
def pool_take(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Take one customer; whoever comes second is told so."""
    if not pool(request.user).filter(pk=customer_id).exists() and not _just_gone(request, customer_id):
        raise Http404
    try:
        taken = take(actor=request.user, customer_id=customer_id, on=today_for(request.user), at=timezone.now())
    except DomainError as error:
        return _said(request, str(error), tone="bad")
    name = shown_name(request.user, taken)
    return _said(request, _("%(name)s (%(number)s) is in your book now") % {"name": name, "number": taken.pk})


def _just_gone(request: HttpRequest, customer_id: str) -> bool:
    """Whether the page the person acts on may still show this row: somebody else took it today."""
    return left_pool_today(request.user, customer_id, today_for(request.user))


def _said(request: HttpRequest, text: str, tone: str = "") -> HttpResponse:
    if not is_partial(request):
        return toast(request, redirect("customers:pool"), text, tone=tone)
    return toast(request, trigger(HttpResponse(status=204), pool_changed=True), text, tone=tone)


@require_http_methods(["GET", "POST"])
@needs(TAKE)
def pool_take_many(request: HttpRequest) -> HttpResponse:
    """Take the chosen customers: what is still allowed and who would be left alone, then the act."""
    today = today_for(request.user)
    limits = allowance(request.user, today)
    told = {"left": limits.left, "today": limits.today, "a_day": limits.a_day, "held": limits.held, "most": limits.most}
    note = _("You may take %(left)s today: %(today)s of %(a_day)s are taken, you hold %(held)s of %(most)s.") % told
    form = TakeForm(sent(request, "sure"))
    return TAKING.answer(request, pool_many.TAKE, form, _chosen(request, POOL), _on(request), note=note)


@require_http_methods(["GET", "POST"])
@needs(TAKE)
def pool_raise(request: HttpRequest) -> HttpResponse:
    """Ask for a higher limit; a leader decides."""
    today = today_for(request.user)
    limits = allowance(request.user, today)
    start = {"most": limits.most + 20, "until": today + timedelta(days=30)}
    form = PoolRaiseForm(request.POST if request.method == "POST" else None, initial=start)
    if form.is_bound and form.is_valid():
        try:
            request_pool_raise(actor=request.user, on=today, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            said = _("Asked. You will hear when it has been decided.")
            if is_partial(request):
                return done(request, said, changed="pool")
            return toast(request, redirect("customers:pool"), said)
    template, status = "customers/pool_raise.html", 422 if form.is_bound else 200
    data = {"form": form, "limits": limits, "asked": raise_asked(request.user)}
    return render(request, f"{template}#dialog" if is_partial(request) else template, data, status=status)


@require_http_methods(["GET", "POST"])
@needs(ASSIGN)
def pool_assign(request: HttpRequest) -> HttpResponse:
    """A leader gives customers of the pool to a manager."""
    chosen = _chosen(request, POOL)
    form = PoolAssignForm(request.user, data=request.POST if "reason" in request.POST else None)
    if form.is_bound and form.is_valid():
        try:
            made = assign_selection(
                actor=request.user, chosen=chosen, unit="", on=today_for(request.user), at=timezone.now(),
                **form.cleaned_data,
            )  # fmt: skip
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            said = ngettext("%(count)s customer assigned", "%(count)s customers assigned", made.act.done)
            return bulk_answer(request, made.act, reverse("customers:pool"), said % {"count": made.act.done})
    return _dialog(request, "customers/pool_assign.html", {"chosen": chosen, "form": form, "ids": chosen.ids})


@require_http_methods(["GET", "POST"])
@needs(TAKE)
def give_back_selected(request: HttpRequest) -> HttpResponse:
    """Customers of the own book go back to the pool, with a reason."""
    note = _("They leave your book. Their open tasks go to your leader, and you cannot take them again for a while.")
    form = GiveBackForm(sent(request, "reason"))
    return GIVING.answer(request, pool_many.GIVE_BACK, form, _chosen(request, CUSTOMERS), _on(request), note=note)


def _on(request: HttpRequest) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """What the form said, and the day on which it counts."""
    return lambda data: {"reason": data.get("reason", ""), "on": today_for(request.user).isoformat()}


def _chosen(request: HttpRequest, spec: ListSpec) -> Any:
    data = request.POST if request.method == "POST" else request.GET
    return selection(
        request.user,
        spec,
        ids=data.getlist("ids"),
        query=QueryDict(data.get("query", "")),
        everything=data.get("all") == "1",
        today=today_for(request.user),
    )


def _dialog(request: HttpRequest, template: str, data: dict[str, Any]) -> HttpResponse:
    form = data.get("form")
    status = 422 if form is not None and form.is_bound and form.errors else 200
    data["query"] = data["chosen"].address
    return render(request, f"{template}#dialog" if is_partial(request) else template, data, status=status)
