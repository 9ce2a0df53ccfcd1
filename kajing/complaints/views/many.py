"""Acts on many complaints: the question, what would be refused, then the act. And the list as a file."""

from __future__ import annotations

from datetime import datetime, time

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from kajing.complaints import forms, selectors, services
from kajing.complaints.complaint_list import COMPLAINTS
from kajing.complaints.services import many
from kajing.customers.views.exporting import export_page
from kajing.lib.access import needs
from kajing.lib.periods import SHANGHAI
from kajing.records.selectors import Selection, selection
from kajing.records.views.many import Many, sent
from kajing.workflow.selectors import present_of

MANY = Many(
    look=services.look_at_many,
    act=services.act_on_many,
    titles={
        many.ASSIGN: gettext_lazy("Give complaints out"),
        many.TASK: gettext_lazy("Add tasks"),
        many.TAG: gettext_lazy("Tag complaints"),
        many.UNTAG: gettext_lazy("Tag complaints"),
    },
    said=lambda count: (
        ngettext("%(count)s complaint changed", "%(count)s complaints changed", count) % {"count": count}
    ),
    tagging={many.TAG, many.UNTAG},
)
EVENING = time(17, 30)


@require_http_methods(["GET", "POST"])
@needs("complaints.assign")
def assign(request: HttpRequest) -> HttpResponse:
    """All chosen complaints go to one handler."""
    form = forms.ManyAssignForm(sent(request, "handler"), people=selectors.handlers(request.user))
    return MANY.answer(
        request,
        many.ASSIGN,
        form,
        chosen_complaints(request),
        lambda data: {**data, "handler": data["handler"].person_no},
    )


@require_http_methods(["GET", "POST"])
@needs("records.tag")
def tag(request: HttpRequest) -> HttpResponse:
    """A tag for all chosen complaints, put on or taken off."""
    form = forms.ManyTagForm(sent(request, "tag"))
    off = form.is_bound and request.POST.get("off") == "1"
    return MANY.answer(request, many.UNTAG if off else many.TAG, form, chosen_complaints(request))


@require_http_methods(["GET", "POST"])
@needs("workflow.open_task")
def task(request: HttpRequest) -> HttpResponse:
    """A task about each chosen complaint."""
    due = datetime.combine(present_of(request.user).today, EVENING, SHANGHAI)
    form = forms.ManyTaskForm(sent(request, "title"), initial={"due_at": due})
    return MANY.answer(
        request,
        many.TASK,
        form,
        chosen_complaints(request),
        lambda data: {**data, "due_at": data["due_at"].isoformat()},
    )


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
