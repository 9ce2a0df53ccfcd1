"""Acts on many complaints: the question, what would be refused, then the act. And the list as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import Any

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from kajing.complaints import forms, selectors, services
from kajing.complaints.complaint_list import COMPLAINTS
from kajing.complaints.services import many
from kajing.customers.views.exporting import export_page
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.lib.periods import SHANGHAI
from kajing.records.selectors import Selection, name_rows, selection
from kajing.records.selectors import tags as known_tags
from kajing.records.services.bulk import LOOKED_AT, MOST
from kajing.records.views.common import bulk_answer
from kajing.ui.answers import is_partial
from kajing.workflow.selectors import present_of

TITLES = {
    many.ASSIGN: gettext_lazy("Give complaints out"),
    many.TASK: gettext_lazy("Add tasks"),
    many.TAG: gettext_lazy("Tag complaints"),
}
EVENING = time(17, 30)


@require_http_methods(["GET", "POST"])
@needs("complaints.assign")
def assign(request: HttpRequest) -> HttpResponse:
    """All chosen complaints go to one handler."""
    form = forms.ManyAssignForm(_sent(request, "handler"), people=selectors.handlers(request.user))
    return _many(request, many.ASSIGN, form, lambda data: {**data, "handler": data["handler"].person_no})


@require_http_methods(["GET", "POST"])
@needs("records.tag")
def tag(request: HttpRequest) -> HttpResponse:
    """A tag for all chosen complaints, put on or taken off."""
    form = forms.ManyTagForm(_sent(request, "tag"))
    off = form.is_bound and request.POST.get("off") == "1"
    return _many(request, many.UNTAG if off else many.TAG, form, lambda data: data)


@require_http_methods(["GET", "POST"])
@needs("workflow.open_task")
def task(request: HttpRequest) -> HttpResponse:
    """A task about each chosen complaint."""
    due = datetime.combine(present_of(request.user).today, EVENING, SHANGHAI)
    form = forms.ManyTaskForm(_sent(request, "title"), initial={"due_at": due})
    return _many(request, many.TASK, form, lambda data: {**data, "due_at": data["due_at"].isoformat()})


@require_http_methods(["GET", "POST"])
@needs("complaints.export")
def export(request: HttpRequest) -> HttpResponse:
    """The chosen complaints as a file, masked as on the screen."""
    return export_page(request, chosen_complaints(request), "complaints:export")


def chosen_complaints(request: HttpRequest) -> Selection:
    """The ticked complaints, or the whole list of the address."""
    data = request.POST if request.method == "POST" else request.GET
    return selection(
        request.user, COMPLAINTS, ids=data.getlist("ids"), query=QueryDict(data.get("query", "")),
        everything=data.get("all") == "1", today=present_of(request.user).today,
    )  # fmt: skip


def _sent(request: HttpRequest, name: str) -> Any:
    """The form's data once it was filled in; the first request comes from the bulk bar and brings rows only."""
    return request.POST if name in request.POST else None


def _many(
    request: HttpRequest, kind: str, form: django_forms.Form, params: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> HttpResponse:
    """Nothing is done while rows would be refused, until the person says to go on without them."""
    chosen = chosen_complaints(request)
    refused: list[Any] = []
    if form.is_bound and form.is_valid():
        about: dict[str, Any] = {
            "actor": request.user,
            "kind": kind,
            "ids": chosen.keys(MOST),
            "params": params(form.cleaned_data),
        }
        try:
            failed = {} if "without" in request.POST else services.look_at_many(**about, at=timezone.now())
            if not failed:
                act = services.act_on_many(**about, at=timezone.now())
                said = ngettext("%(count)s complaint changed", "%(count)s complaints changed", act.done)
                url = f"{reverse('complaints:list')}?{chosen.address}"
                return bulk_answer(request, act, url, said % {"count": act.done})
            refused = name_rows(request.user, "complaints", {str(pk): said for pk, said in failed.items()})
        except DomainError as error:
            form.add_error(None, str(error))
    return _dialog(request, kind, form, chosen, refused)


def _dialog(
    request: HttpRequest, kind: str, form: django_forms.Form, chosen: Selection, refused: list[Any]
) -> HttpResponse:
    count = min(chosen.count, MOST)
    data = {
        "form": form, "chosen": chosen, "refused": refused, "title": TITLES.get(kind, TITLES[many.TAG]),
        "url": request.path, "left": count - len(refused), "tried": LOOKED_AT if count > LOOKED_AT else 0,
        "known_tags": known_tags()[:200] if kind in {many.TAG, many.UNTAG} else (),
    }  # fmt: skip
    template = "complaints/many.html#dialog" if is_partial(request) else "complaints/many.html"
    return render(request, template, data, status=422 if form.is_bound and (form.errors or refused) else 200)
