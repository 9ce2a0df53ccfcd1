"""Pages of tasks: the list, one task, and its acts. Every act works as a plain form and as a partial request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.customers.selectors import customer
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.records.forms import ValuesForm
from kajing.records.selectors import fields_of, listing
from kajing.records.selectors import tags as known_tags
from kajing.records.services import ValuesRefused
from kajing.records.states import MoveRefused
from kajing.ui.answers import conflict, done, is_partial, toast, trigger
from kajing.workflow import selectors, services
from kajing.workflow.forms import tasks as forms
from kajing.workflow.gate_panels import own_standing
from kajing.workflow.models import Task
from kajing.workflow.rows import task_row
from kajing.workflow.task_list import TASKS

WORK = "workflow.work_own_tasks"


@require_GET
@needs(WORK)
def task_list(request: HttpRequest) -> HttpResponse:
    """The list under its address; a partial request gets the rows alone."""
    template = "workflow/list.html#rows" if is_partial(request) else "workflow/list.html"
    return render(request, template, _list(request))


@require_GET
@needs(WORK)
def rows(request: HttpRequest) -> HttpResponse:
    """The rows of the list alone, for a refresh after an act."""
    return render(request, "workflow/list.html#rows", _list(request))


def _list(request: HttpRequest) -> dict[str, Any]:
    present = selectors.present_of(request.user)
    shown = listing(request.user, TASKS, request.GET, present.today)
    shown.page  # noqa: B018  read now: an outdated page address changes the state that links are made of
    return {"listing": shown, "page": shown.page, "query": shown.address, "present": present}


@require_http_methods(["GET", "POST"])
@needs("workflow.open_task")
def new(request: HttpRequest) -> HttpResponse:
    """A new task, alone or about a customer (`?customer=`)."""
    form, own = _new_form(request), _own_form(request)
    if request.method == "POST" and form.is_valid() and own.is_valid():
        try:
            task = _open(request, form, own)
        except ValuesRefused as refused:
            for name, said in refused.errors.items():
                own.add_error(name if name in own.fields else None, said)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return after(request, _("Task opened"), url=reverse("workflow:detail", args=[task.pk]))
    status = 422 if form.is_bound else 200
    template = "workflow/new.html#form" if is_partial(request) else "workflow/new.html"
    data = {"form": form, "own": own, "known_tags": known_tags()[:200]}
    return render(request, template, data, status=status)


def _own_form(request: HttpRequest) -> ValuesForm:
    """The bank's own fields of tasks that this person may fill in."""
    may = request.user.has_perm("records.fill_fields")
    met = fields_of("task", request.user) if may else []
    data = request.POST if request.method == "POST" else None
    return ValuesForm(met, {}, request.user, [], data=data, prefix="own")  # a field may be named like one of the task


def _new_form(request: HttpRequest) -> forms.NewTaskForm:
    owners = selectors.own_people(request.user)
    choices = [(person.person_no, person.name) for person in owners]
    if request.method == "POST":
        return forms.NewTaskForm(request.POST, owners=choices)
    due = datetime.combine(selectors.present_of(request.user).today, forms.EVENING, forms.SHANGHAI)
    initial = {"customer": request.GET.get("customer", ""), "due_at": due, "owner": request.user.person_no}
    return forms.NewTaskForm(initial=initial, owners=choices)


def _open(request: HttpRequest, form: forms.NewTaskForm, own: ValuesForm) -> Task:
    data = form.cleaned_data
    about = customer(request.user, data["customer"]) if data["customer"] else None
    if data["customer"] and about is None:
        raise services.CannotOpen(_("There is no customer of yours with this number. Look them up by name."))
    owner = selectors.person(request.user, data.get("owner", ""))
    return services.open_with(
        actor=request.user, owner=owner, customer=about, title=data["title"], reason=data["reason"],
        kind=data["kind"], due_at=data["due_at"], must_do=data["must_do"], at=timezone.now(), values=own.typed(),
        tags=data["tags"] if request.user.has_perm("records.tag") else (),
    )  # fmt: skip


@require_GET
@needs(WORK)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One task with everything one can do with it: a page, or the dialog of a list."""
    task = task_of(request, pk)
    template = "workflow/detail.html#dialog" if is_partial(request) else "workflow/detail.html"
    return render(request, template, _detail(request, task))


def _detail(request: HttpRequest, task: Task, **bound: Any) -> dict[str, Any]:
    version = {"version": task.version}
    owners = [(one.person_no, f"{one.name} {one.person_no}") for one in selectors.receivers(request.user, task)]
    return {
        "row": task_row(request.user, task, selectors.present_of(request.user)),
        "gated": own_standing(request.user, "task", str(task.pk)),
        "can_work": selectors.can_work(request.user, task),
        "done_form": forms.DoneForm(initial=version),
        "snooze_form": forms.SnoozeForm(initial=version),
        "due_form": forms.DueForm(initial={**version, "due_at": task.due_at}),
        "reassign_form": forms.ReassignForm(initial=version, owners=owners),
        "can_reopen": selectors.can_reopen(request.user, task, timezone.now()),
        "cancel_form": forms.CancelForm(initial=version),
        "priority_form": forms.PriorityForm(initial={**version, "must_do": "0" if task.must_do else "1"}),
        **bound,
    }


@require_POST
@needs(WORK)
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Done: a tick in a list answers the row, the form of the dialog closes it."""

    def act(task: Task, form: Any) -> Task:
        return services.done_task(
            actor=request.user, task=task, outcome=form.cleaned_data["outcome"], note=form.cleaned_data["note"],
            version=form.cleaned_data["version"], at=timezone.now(),
        )  # fmt: skip

    return _act(request, pk, forms.DoneForm(request.POST), "done_form", act, _("Task done"), undo="workflow:reopen")


@require_POST
@needs(WORK)
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo of done."""
    return reopened(request, task_of(request, pk), listed=request.GET.get("from") == "list")


def reopened(request: HttpRequest, task: Task, *, listed: bool) -> HttpResponse:
    """The task is open again; `listed`: on a page that draws itself anew."""
    try:
        task = services.reopen_task(actor=request.user, task=task, at=timezone.now())
    except DomainError as error:
        return refused(request, error)
    said = _("The task is open again")
    if not request.htmx:  # type: ignore[attr-defined]
        return _back(request, said)
    if listed:
        return trigger(HttpResponse(status=204), tasks_changed=True, tasks_counted=True, toast={"text": said})
    # The toast's undo button asks for nothing to be swapped; the row comes back out of band.
    data = {"row": task_row(request.user, task, selectors.present_of(request.user)), "oob": True}
    return trigger(render(request, "workflow/row.html", data), tasks_counted=True, toast={"text": said})


@require_POST
@needs(WORK)
def snooze(request: HttpRequest, pk: int) -> HttpResponse:
    """Sleep until a moment."""

    def act(task: Task, form: Any) -> Task:
        until = form.moment(selectors.present_of(request.user).now)
        return services.snooze_task(
            actor=request.user, task=task, until=until, version=form.cleaned_data["version"], at=timezone.now()
        )

    return _act(
        request, pk, forms.SnoozeForm(request.POST), "snooze_form", act, _("Task snoozed"), undo="workflow:wake"
    )


@require_POST
@needs(WORK)
def wake(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo of snooze."""
    task = task_of(request, pk)
    try:
        services.snooze_task(actor=request.user, task=task, until=None, at=timezone.now())
    except DomainError as error:
        return refused(request, error)
    said = _("The task is awake")
    if not request.htmx:  # type: ignore[attr-defined]
        return _back(request, said)
    return trigger(HttpResponse(status=204), tasks_changed=True, tasks_counted=True, toast={"text": said})


@require_POST
@needs(WORK)
def due(request: HttpRequest, pk: int) -> HttpResponse:
    """Another due time."""

    def act(task: Task, form: Any) -> Task:
        data = form.cleaned_data
        return services.change_due(
            actor=request.user, task=task, due_at=data["due_at"], version=data["version"], at=timezone.now()
        )

    return _act(request, pk, forms.DueForm(request.POST), "due_form", act, _("Due time changed"))


@require_POST
@needs("workflow.reassign_task")
def reassign(request: HttpRequest, pk: int) -> HttpResponse:
    """To somebody else who sees the customer."""
    task = task_of(request, pk)
    owners = {one.person_no: one for one in selectors.receivers(request.user, task)}
    form = forms.ReassignForm(request.POST, owners=[(key, one.name) for key, one in owners.items()])

    def act(task: Task, form: Any) -> Task:
        data = form.cleaned_data
        return services.reassign_task(
            actor=request.user, task=task, owner=owners[data["owner"]], reason=data["reason"],
            version=data["version"], at=timezone.now(),
        )  # fmt: skip

    return _act(request, pk, form, "reassign_form", act, _("Task handed on"))


@require_POST
@needs(WORK)
def priority(request: HttpRequest, pk: int) -> HttpResponse:
    """Must be done, or need not."""

    def act(task: Task, form: Any) -> Task:
        data = form.cleaned_data
        return services.set_priority(
            actor=request.user, task=task, must_do=data["must_do"], version=data["version"], at=timezone.now()
        )

    return _act(request, pk, forms.PriorityForm(request.POST), "priority_form", act, _("Priority changed"))


@require_POST
@needs(WORK)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Called off, with a reason."""

    def act(task: Task, form: Any) -> Task:
        data = form.cleaned_data
        return services.cancel_task(
            actor=request.user, task=task, reason=data["reason"], version=data["version"], at=timezone.now()
        )

    return _act(request, pk, forms.CancelForm(request.POST), "cancel_form", act, _("Task called off"))


def _act(
    request: HttpRequest,
    pk: int,
    form: django_forms.Form,
    name: str,
    act: Callable[[Task, Any], Task],
    said: str,
    undo: str = "",
) -> HttpResponse:
    """Check the form, act, answer; a stale version is 409 with both values, a refusal stays in the form."""
    task = task_of(request, pk)
    if form.is_valid():
        try:
            task = act(task, form)
        except services.Stale as found:
            return stale(request, task, found)
        except MoveRefused as error:
            return refused(request, error)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _acted(request, task, said, undo)
    template = "workflow/detail.html#dialog" if is_partial(request) else "workflow/detail.html"
    return render(request, template, _detail(request, task, **{name: form}), status=422)


def _acted(request: HttpRequest, task: Task, said: str, undo: str) -> HttpResponse:
    back = reverse(undo, args=[task.pk]) if undo else ""
    if back and "next" in request.POST:  # sent from the list of columns
        back += "?from=list"
    if is_partial(request) and request.POST.get("from") == "row":
        data = {"row": task_row(request.user, task, selectors.present_of(request.user))}
        return toast(request, trigger(render(request, "workflow/row.html", data), tasks_counted=True), said, undo=back)
    return after(request, said, undo=back)


def stale(request: HttpRequest, task: Task, error: services.Stale) -> HttpResponse:
    """Somebody was quicker: both values, and nothing is saved."""
    theirs = f"{error.current.get_state_display()} {error.current.due_at.astimezone(forms.SHANGHAI):%Y-%m-%d %H:%M}"
    return conflict(request, mine=request.POST.get("outcome") or request.POST.get("due_at") or "", theirs=theirs)


def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The task stays as it is; the reason in words."""
    if request.htmx:  # type: ignore[attr-defined]
        answer = trigger(HttpResponse(status=204), toast={"text": str(error), "tone": "bad"})
        return trigger(answer, tasks_changed=True)  # a tick that was refused comes off again
    return _back(request, str(error), tone="bad")


def after(request: HttpRequest, said: str, *, undo: str = "", url: str = "") -> HttpResponse:
    """Done: lists and boards draw themselves anew."""
    if is_partial(request):
        return trigger(done(request, said, undo=undo, changed="tasks"), tasks_counted=True)
    return _back(request, said, undo=undo, url=url)


def _back(request: HttpRequest, said: str, *, undo: str = "", url: str = "", tone: str = "") -> HttpResponse:
    """Back to where the form stood; only to an address of our own."""
    wanted = request.POST.get("next") or url
    known = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    answer = HttpResponseRedirect(wanted if known else reverse("workflow:list"), status=303)
    return toast(request, answer, said, undo=undo, tone=tone)


def task_of(request: HttpRequest, pk: int) -> Task:
    """A task this person sees, with what its row shows. Raises Http404."""
    return get_object_or_404(selectors.tasks(request.user).select_related("customer__unit", "owner", "unit"), pk=pk)
