"""Pages of playbooks and plans."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.customers.selectors import customers
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.ui.answers import done, is_partial, toast
from kajing.workflow.events import kinds
from kajing.workflow.forms.plans import NewPlaybookForm, StartForm, Steps, VersionForm, WhyForm, initial_of
from kajing.workflow.models import Playbook
from kajing.workflow.pages import pages
from kajing.workflow.selectors import plans as selectors
from kajing.workflow.selectors import present_of
from kajing.workflow.services import plans as services

RUN = "workflow.run_playbook"
SEE = "workflow.view_process"


@require_GET
@needs(RUN)
def plan_list(request: HttpRequest) -> HttpResponse:
    """Plans of my customers: running, ended."""
    show = "ended" if request.GET.get("show") == "ended" else "running"
    found = selectors.plans(request.user).select_related("customer", "playbook", "version")
    found = found.filter(state="RUNNING") if show == "running" else found.exclude(state="RUNNING")
    page = pages(found, request.GET, 25)
    page.rows = selectors.named(request.user, page.rows)
    return render(request, "workflow/plans.html", {"page": page, "show": show})


@require_http_methods(["GET", "POST"])
@needs(RUN)
def start(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Begin a playbook for one customer."""
    customer = get_object_or_404(customers(request.user), pk=customer_id)
    form = _start_form(request)
    if form.is_bound and form.is_valid():
        try:
            services.start_plan(
                actor=request.user, customer=customer, playbook=_book(form.cleaned_data["playbook"]),
                day_zero=form.cleaned_data["day_zero"], at=timezone.now(),
            )  # fmt: skip
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _after(request, _("Plan started"), reverse("customers:page", args=[customer.pk]))
    return _form(request, "workflow/plan_start.html", {"form": form, "customer": customer})


def _start_form(request: HttpRequest) -> StartForm:
    bound = request.POST if request.method == "POST" and "playbook" in request.POST else None
    initial = {"day_zero": present_of(request.user).today}
    return StartForm(bound, books=selectors.startable(), initial=initial)


def _book(code: str) -> Playbook:
    return get_object_or_404(selectors.playbooks(), code=code)


@require_http_methods(["GET", "POST"])
@needs(RUN)
def stop(request: HttpRequest, plan_id: int) -> HttpResponse:
    """End a plan early, with the reason."""
    plan = get_object_or_404(selectors.plans(request.user).select_related("playbook", "version"), pk=plan_id)
    form = WhyForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            services.stop_plan(actor=request.user, plan=plan, reason=form.cleaned_data["reason"], at=timezone.now())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _after(request, _("Plan stopped"), reverse("customers:page", args=[plan.customer_id]))
    url = reverse("workflow:stop_plan", args=[plan.pk])
    return _form(
        request,
        "workflow/plan_why.html",
        {"form": form, "title": _("Stop the plan"), "url": url, "what": plan.playbook.label},
    )


@require_http_methods(["GET", "POST"])
@needs(RUN)
def skip(request: HttpRequest, step_id: int) -> HttpResponse:
    """Leave a step out, with the reason."""
    step = get_object_or_404(selectors.steps(request.user).select_related("plan__version"), pk=step_id)
    form = WhyForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            services.skip_step(actor=request.user, step=step, reason=form.cleaned_data["reason"], at=timezone.now())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _after(request, _("Step skipped"), reverse("customers:page", args=[step.plan.customer_id]))
    url = reverse("workflow:skip_step", args=[step.pk])
    return _form(
        request,
        "workflow/plan_why.html",
        {"form": form, "title": _("Skip the step"), "url": url, "what": step.title_text},
    )


def _form(request: HttpRequest, template: str, data: dict[str, Any]) -> HttpResponse:
    status = 422 if data["form"].is_bound and data["form"].errors else 200
    return render(request, f"{template}#form" if is_partial(request) else template, data, status=status)


def _after(request: HttpRequest, said: str, url: str) -> HttpResponse:
    if is_partial(request):
        answer = done(request, said, changed="plans")
        answer.headers["HX-Refresh"] = "true"
        return toast(request, answer, said)
    return toast(request, HttpResponseRedirect(url, status=303), said)


@require_http_methods(["GET", "POST"])
@needs(SEE)
def playbook_list(request: HttpRequest) -> HttpResponse:
    """All playbooks; a new one."""
    form = NewPlaybookForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            made = services.new_playbook(actor=request.user, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(reverse("workflow:playbook", args=[made.code]), status=303)
    rows = [{"book": one, "live": selectors.live_version(one)} for one in selectors.playbooks()]
    return render(request, "workflow/playbooks.html", {"rows": rows, "form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(SEE)
def playbook(request: HttpRequest, code: str) -> HttpResponse:
    """One playbook: its versions, and the next one to write."""
    book = get_object_or_404(selectors.playbooks(), code=code)
    newest = selectors.versions(book).first()
    bound = request.POST if request.method == "POST" else None
    steps = newest.steps if newest else []
    form = Steps(bound, initial=initial_of(steps, translated=bool(newest and newest.author == "system")))
    initial = (
        {"event": newest.event, "days_before": newest.days_before, "exits": "\n".join(newest.exits)} if newest else {}
    )
    more = VersionForm(bound, initial=initial, events=[(one.name, str(one.title)) for one in kinds()])
    if bound is not None and form.is_valid() and more.is_valid():
        try:
            services.draft_playbook(
                actor=request.user, playbook=book, steps=form.steps(), at=timezone.now(), **more.cleaned_data
            )
        except DomainError as error:
            more.add_error(None, str(error))
        else:
            return _saved(request, code, _("Draft saved. Somebody else publishes it."))
    data = {
        "book": book,
        "form": form,
        "more": more,
        "versions": selectors.versions(book),
        "events": {one.name: one.title for one in kinds()},
    }
    return render(request, "workflow/playbook.html", data, status=200 if bound is None else 422)


@require_POST
@needs("workflow.publish_process")
def publish(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """Put a draft in force."""
    found = get_object_or_404(selectors.versions(get_object_or_404(selectors.playbooks(), code=code)), number=version)
    try:
        services.publish_playbook(actor=request.user, version=found, at=timezone.now())
    except DomainError as error:
        return _saved(request, code, str(error), tone="bad")
    return _saved(request, code, _("The version is in force"))


@require_POST
@needs("workflow.publish_process")
def switch(request: HttpRequest, code: str) -> HttpResponse:
    """Let events start it, or not."""
    book = get_object_or_404(selectors.playbooks(), code=code)
    services.switch_playbook(actor=request.user, playbook=book, enabled=not book.enabled, at=timezone.now())
    return _saved(
        request, code, _("Events no longer start it") if book.enabled else _("Events start it from the next night on")
    )


def _saved(request: HttpRequest, code: str, said: str, tone: str = "") -> HttpResponse:
    return toast(request, HttpResponseRedirect(reverse("workflow:playbook", args=[code]), status=303), said, tone=tone)
