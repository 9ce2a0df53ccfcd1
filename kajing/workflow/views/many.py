"""Acts on many tasks: the question, what would be refused, then the act. And the list as a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_http_methods

from kajing.customers.views.exporting import export_page
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.records.lists import LISTS
from kajing.records.selectors import Selection, name_rows
from kajing.records.selectors import tags as known_tags
from kajing.records.services.bulk import KINDS, LOOKED_AT, MOST
from kajing.records.views.common import bulk_answer
from kajing.ui.answers import is_partial
from kajing.workflow import selectors, services
from kajing.workflow.forms import tasks as forms
from kajing.workflow.forms.plans import StartForm
from kajing.workflow.selectors.plans import startable
from kajing.workflow.services import for_each, many
from kajing.workflow.views.chosen import chosen_rows, chosen_tasks

WORK = "workflow.work_own_tasks"
TITLES = {
    many.FINISH: gettext_lazy("Tasks done"),
    many.SNOOZE: gettext_lazy("Snooze tasks"),
    many.REASSIGN: gettext_lazy("Hand tasks on"),
    many.PRIORITY: gettext_lazy("Priority of tasks"),
    many.TAG: gettext_lazy("Tag tasks"),
    for_each.TASKS: gettext_lazy("Add tasks"),
    for_each.PLANS: gettext_lazy("Start a playbook"),
}
ACTS = {for_each.TASKS: gettext_lazy("Open the tasks"), for_each.PLANS: pgettext_lazy("plan", "Start")}
RUN = "workflow.run_playbook"


@require_http_methods(["GET", "POST"])
@needs(WORK)
def finish(request: HttpRequest) -> HttpResponse:
    """All chosen tasks are done."""
    form = forms.ManyDoneForm(_sent(request, "outcome"))
    return _many(request, many.FINISH, form, lambda data: data)


@require_http_methods(["GET", "POST"])
@needs(WORK)
def snooze(request: HttpRequest) -> HttpResponse:
    """All chosen tasks sleep until a moment, or wake."""
    form = forms.ManySnoozeForm(_sent(request, "way"))
    now = selectors.present_of(request.user).now

    def params(data: Mapping[str, Any]) -> dict[str, Any]:
        until = form.moment(now)
        return {"until": until.isoformat() if until else None}

    return _many(request, many.SNOOZE, form, params)


@require_http_methods(["GET", "POST"])
@needs("workflow.reassign_task")
def reassign(request: HttpRequest) -> HttpResponse:
    """All chosen tasks go to somebody else."""
    owners = [(one.person_no, f"{one.name} {one.person_no}") for one in selectors.own_people(request.user)]
    form = forms.ManyReassignForm(_sent(request, "owner"), owners=owners)
    return _many(request, many.REASSIGN, form, lambda data: data)


@require_http_methods(["GET", "POST"])
@needs(WORK)
def priority(request: HttpRequest) -> HttpResponse:
    """All chosen tasks must be done, or need not."""
    form = forms.ManyPriorityForm(_sent(request, "must_do"))
    return _many(request, many.PRIORITY, form, lambda data: data)


@require_http_methods(["GET", "POST"])
@needs("records.tag")
def tag(request: HttpRequest) -> HttpResponse:
    """A tag for all chosen tasks, put on or taken off."""
    form = forms.ManyTagForm(_sent(request, "tag"))
    off = form.is_bound and request.POST.get("off") == "1"
    return _many(request, many.UNTAG if off else many.TAG, form, lambda data: data)


@require_http_methods(["GET", "POST"])
@needs("workflow.export")
def export(request: HttpRequest) -> HttpResponse:
    """The chosen tasks as a file, masked as on the screen."""
    return export_page(request, chosen_tasks(request), "workflow:export")


def _sent(request: HttpRequest, name: str) -> Any:
    """The form's data once it was filled in; the first request comes from the bulk bar and brings rows only."""
    return request.POST if name in request.POST else None


@require_http_methods(["GET", "POST"])
@needs("workflow.open_task")
def task_for_each(request: HttpRequest) -> HttpResponse:
    """A task about each customer that was chosen in the list."""
    due = datetime.combine(selectors.present_of(request.user).today, forms.EVENING, forms.SHANGHAI)
    form = forms.BulkTaskForm(_sent(request, "title"), initial={"due_at": due})

    def params(data: Mapping[str, Any]) -> dict[str, Any]:
        return {**data, "due_at": data["due_at"].isoformat()}

    return _many(request, for_each.TASKS, form, params)


@require_http_methods(["GET", "POST"])
@needs(RUN)
def plan_for_each(request: HttpRequest) -> HttpResponse:
    """A playbook begins for each customer that was chosen in the list."""
    today = {"day_zero": selectors.present_of(request.user).today}
    form = StartForm(_sent(request, "playbook"), books=startable(), initial=today)

    def params(data: Mapping[str, Any]) -> dict[str, Any]:
        return {"playbook": data["playbook"], "day_zero": data["day_zero"].isoformat()}

    return _many(request, for_each.PLANS, form, params)


def _many(request: HttpRequest, kind: str, form: django_forms.Form, params: Any) -> HttpResponse:
    """Nothing is done while rows would be refused, until the person says to go on without them."""
    spec = LISTS[KINDS[kind].list]
    chosen = chosen_rows(request, spec)
    refused: list[Any] = []
    if form.is_bound and form.is_valid():
        ids = chosen.keys(MOST)
        about = {"actor": request.user, "kind": kind, "ids": ids, "params": params(form.cleaned_data)}
        try:
            failed = {} if "without" in request.POST else services.look_at_many(**about, at=timezone.now())
            if not failed:
                act = services.act_on_many(**about, at=timezone.now())
                return bulk_answer(request, act, f"{spec.url}?{chosen.address}", _done(kind, act.done))
            refused = name_rows(request.user, spec.name, {str(pk): said for pk, said in failed.items()})
        except DomainError as error:
            form.add_error(None, str(error))
    return _dialog(request, kind, form, chosen, refused)


def _done(kind: str, count: int) -> str:
    if kind == for_each.TASKS:
        return ngettext("%(count)s task opened", "%(count)s tasks opened", count) % {"count": count}
    if kind == for_each.PLANS:
        return ngettext("%(count)s plan started", "%(count)s plans started", count) % {"count": count}
    return ngettext("%(count)s task changed", "%(count)s tasks changed", count) % {"count": count}


def _dialog(
    request: HttpRequest, kind: str, form: django_forms.Form, chosen: Selection, refused: list[Any]
) -> HttpResponse:
    title = TITLES.get(kind, TITLES[many.TAG])
    count = min(chosen.count, MOST)
    data = {
        "form": form, "chosen": chosen, "refused": refused, "title": title, "url": request.path,
        "left": count - len(refused), "tried": LOOKED_AT if count > LOOKED_AT else 0,
        "known_tags": known_tags()[:200] if kind in {many.TAG, many.UNTAG} else (),
        "of_customers": KINDS[kind].list == "customers", "act": ACTS.get(kind, ""),
        "no_book": kind == for_each.PLANS and not form.fields["playbook"].choices,  # type: ignore[attr-defined]
    }  # fmt: skip
    template = "workflow/many.html#dialog" if is_partial(request) else "workflow/many.html"
    return render(request, template, data, status=422 if form.is_bound and (form.errors or refused) else 200)
