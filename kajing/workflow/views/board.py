"""The board of tasks: the list's rows by state, and a card that goes to another column."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.records.lists import BOARD, Card
from kajing.records.selectors import BoardPage, listing
from kajing.records.views.boards import board_answer, card_key
from kajing.ui.answers import is_partial
from kajing.workflow import selectors, services
from kajing.workflow.forms import tasks as forms
from kajing.workflow.gate_panels import own_standing
from kajing.workflow.models import Task
from kajing.workflow.rows import ListedTask, task_card
from kajing.workflow.selectors.gates import Next, openings
from kajing.workflow.task_list import TASKS
from kajing.workflow.views import gates, tasks

WORK = "workflow.work_own_tasks"
OPEN, DONE = Task.State.OPEN, Task.State.DONE


@require_GET
@needs(WORK)
def board(request: HttpRequest) -> HttpResponse:
    """Columns by state under the filters of the list. A partial request gets the columns."""
    user, now = request.user, timezone.now()
    shown = listing(user, TASKS, request.GET, selectors.present_of(user).today, BOARD)
    ways = openings(user, "task")

    def card(row: ListedTask) -> Card:
        open_ = [to for to in ways.get(row.task.state, ()) if selectors.may_end(user, row.task, to)]
        return task_card(row, [OPEN] if selectors.can_reopen(user, row.task, now) else open_)

    return board_answer(request, "workflow/board.html", BoardPage(shown, card, reverse("workflow:move_card")))


@require_POST
@needs(WORK)
def move_card(request: HttpRequest) -> HttpResponse:
    """A card was dropped into another column: done at once, asked in a dialog what the move needs, or told why not."""
    task = tasks.task_of(request, card_key(request))
    form = forms.CardForm(request.POST)
    if not form.is_valid():
        return tasks.refused(request, DomainError(_("A task goes no such way.")))
    to, version = form.cleaned_data["to"], form.cleaned_data["version"]
    if to == OPEN:
        return tasks.reopened(request, task, listed=True)
    if version is not None and version != task.version:
        return tasks.stale(request, task, services.Stale(task))
    if asked := _asked(request, task, to):
        return asked
    return _finished(request, task, version) if to == DONE else _not_called_off(request, task)


def _asked(request: HttpRequest, task: Task, to: str) -> HttpResponse | None:
    """The dialog of a move that a drop alone cannot make; None when it can, or when it is not open at all."""
    where = own_standing(request.user, "task", str(task.pk))
    if where is not None:
        way = next((one for one in where.ways if one.to == to), None)
        return gates.ask(request, where, way) if way and (to != DONE or _wants(way)) else None
    if to == DONE or task.state != OPEN or not selectors.may_end(request.user, task, to):
        return None
    data = {"task": task, "form": forms.CancelForm(initial={"version": task.version})}
    template = "workflow/call_off.html#dialog" if is_partial(request) else "workflow/call_off.html"
    return render(request, template, data)


def _wants(way: Next) -> bool:
    return bool(way.approval or way.note or way.own or way.files or way.lacking)


def _finished(request: HttpRequest, task: Task, version: int | None) -> HttpResponse:
    now = timezone.now()
    try:
        done = services.done_task(actor=request.user, task=task, outcome="DONE", version=version, at=now)
    except DomainError as error:
        return tasks.refused(request, error)
    back = reverse("workflow:reopen", args=[done.pk])
    return tasks.after(request, _("Task done"), undo=f"{back}?from=list")


def _not_called_off(request: HttpRequest, task: Task) -> HttpResponse:
    said = services.cannot_cancel(actor=request.user, task=task, at=timezone.now())
    return tasks.refused(request, DomainError(said))
