"""Acts on many tasks: the question, what would be refused, then the act. And the list as a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_http_methods

from kajing.customers.views.exporting import export_page
from kajing.lib.access import needs
from kajing.records.lists import LISTS
from kajing.records.selectors import Selection
from kajing.records.views.many import Many, sent
from kajing.workflow import selectors, services
from kajing.workflow.forms import tasks as forms
from kajing.workflow.forms.plans import StartForm
from kajing.workflow.selectors.plans import startable
from kajing.workflow.services import for_each, many
from kajing.workflow.views.chosen import chosen_rows, chosen_tasks

WORK = "workflow.work_own_tasks"


def _tasks_changed(count: int) -> str:
    return ngettext("%(count)s task changed", "%(count)s tasks changed", count) % {"count": count}


def _tasks_opened(count: int) -> str:
    return ngettext("%(count)s task opened", "%(count)s tasks opened", count) % {"count": count}


def _plans_started(count: int) -> str:
    return ngettext("%(count)s plan started", "%(count)s plans started", count) % {"count": count}


MANY = Many(
    look=services.look_at_many,
    act=services.act_on_many,
    titles={
        many.FINISH: gettext_lazy("Tasks done"),
        many.SNOOZE: gettext_lazy("Snooze tasks"),
        many.REASSIGN: gettext_lazy("Hand tasks on"),
        many.PRIORITY: gettext_lazy("Priority of tasks"),
        many.TAG: gettext_lazy("Tag tasks"),
        many.UNTAG: gettext_lazy("Tag tasks"),
        for_each.TASKS: gettext_lazy("Add tasks"),
        for_each.PLANS: gettext_lazy("Start a playbook"),
    },
    said=_tasks_changed,
    tagging={many.TAG, many.UNTAG},
    words={for_each.TASKS: gettext_lazy("Open the tasks"), for_each.PLANS: pgettext_lazy("plan", "Start")},
)
OPENING, STARTING = replace(MANY, said=_tasks_opened), replace(MANY, said=_plans_started)
RUN = "workflow.run_playbook"


@require_http_methods(["GET", "POST"])
@needs(WORK)
def finish(request: HttpRequest) -> HttpResponse:
    """All chosen tasks are done."""
    form = forms.ManyDoneForm(sent(request, "outcome"))
    return MANY.answer(request, many.FINISH, form, chosen_tasks(request))


@require_http_methods(["GET", "POST"])
@needs(WORK)
def snooze(request: HttpRequest) -> HttpResponse:
    """All chosen tasks sleep until a moment, or wake."""
    form = forms.ManySnoozeForm(sent(request, "way"))
    now = selectors.present_of(request.user).now

    def params(data: Mapping[str, Any]) -> dict[str, Any]:
        until = form.moment(now)
        return {"until": until.isoformat() if until else None}

    return MANY.answer(request, many.SNOOZE, form, chosen_tasks(request), params)


@require_http_methods(["GET", "POST"])
@needs("workflow.reassign_task")
def reassign(request: HttpRequest) -> HttpResponse:
    """All chosen tasks go to somebody else."""
    owners = [(one.person_no, f"{one.name} {one.person_no}") for one in selectors.own_people(request.user)]
    form = forms.ManyReassignForm(sent(request, "owner"), owners=owners)
    return MANY.answer(request, many.REASSIGN, form, chosen_tasks(request))


@require_http_methods(["GET", "POST"])
@needs(WORK)
def priority(request: HttpRequest) -> HttpResponse:
    """All chosen tasks must be done, or need not."""
    form = forms.ManyPriorityForm(sent(request, "must_do"))
    return MANY.answer(request, many.PRIORITY, form, chosen_tasks(request))


@require_http_methods(["GET", "POST"])
@needs("records.tag")
def tag(request: HttpRequest) -> HttpResponse:
    """A tag for all chosen tasks, put on or taken off."""
    form = forms.ManyTagForm(sent(request, "tag"))
    off = form.is_bound and request.POST.get("off") == "1"
    return MANY.answer(request, many.UNTAG if off else many.TAG, form, chosen_tasks(request))


@require_http_methods(["GET", "POST"])
@needs("workflow.export")
def export(request: HttpRequest) -> HttpResponse:
    """The chosen tasks as a file, masked as on the screen."""
    return export_page(request, chosen_tasks(request), "workflow:export")


@require_http_methods(["GET", "POST"])
@needs("workflow.open_task")
def task_for_each(request: HttpRequest) -> HttpResponse:
    """A task about each customer that was chosen in the list."""
    due = datetime.combine(selectors.present_of(request.user).today, forms.EVENING, forms.SHANGHAI)
    form = forms.BulkTaskForm(sent(request, "title"), initial={"due_at": due})

    def params(data: Mapping[str, Any]) -> dict[str, Any]:
        return {**data, "due_at": data["due_at"].isoformat()}

    return OPENING.answer(request, for_each.TASKS, form, _customers(request), params)


@require_http_methods(["GET", "POST"])
@needs(RUN)
def plan_for_each(request: HttpRequest) -> HttpResponse:
    """A playbook begins for each customer that was chosen in the list."""
    today = {"day_zero": selectors.present_of(request.user).today}
    books = startable()
    form = StartForm(sent(request, "playbook"), books=books, initial=today)
    none = "" if books else gettext("No playbook is in force yet. An administrator writes and publishes them.")

    def params(data: Mapping[str, Any]) -> dict[str, Any]:
        return {"playbook": data["playbook"], "day_zero": data["day_zero"].isoformat()}

    return STARTING.answer(request, for_each.PLANS, form, _customers(request), params, closed=none)


def _customers(request: HttpRequest) -> Selection:
    return chosen_rows(request, LISTS["customers"])
