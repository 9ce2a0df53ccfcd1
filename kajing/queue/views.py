"""Pages: jobs with their progress, and messages that could not be sent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kajing.api import paging
from kajing.lib import masks
from kajing.lib.access import needs, staff
from kajing.lib.errors import DomainError
from kajing.queue import selectors, services
from kajing.queue.models import Job
from kajing.ui import answers


@require_GET
@needs("queue.view")
def index(request: HttpRequest) -> HttpResponse:
    """All jobs, newest first, and the messages in trouble."""
    state = request.GET.get("state", "")
    found = selectors.jobs(request.user, state=state)
    page = paging.page(found, order=("-enqueued_at", "-pk"), cursor=request.GET.get("cursor", ""), limit=50)
    given = request.GET.copy()
    given["cursor"] = page["next"] or ""
    data = {
        "rows": [_row(job) for job in page["items"]],
        "total": page["total"],
        "older": given.urlencode() if page["next"] else "",
        "state": state,
        "states": Job.State.choices,
        "schedules": selectors.schedules(),
        "messages_in_trouble": [_message(message) for message in selectors.unsent_messages()[:50]],
    }
    return render(request, "queue/index.html", data)


@require_GET
@staff
def state(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """One job's row, which asks again by itself while the job is not over; one's own jobs are for everybody."""
    job = get_object_or_404(selectors.jobs(request.user), pk=job_id)
    return render(request, "queue/index.html#row", {"row": _row(job)})


@require_POST
@needs("queue.manage")
def retry(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Try a failed job again."""
    job = get_object_or_404(selectors.jobs(request.user), pk=job_id)
    return _acted(request, job, services.retry, _("The job is waiting again."))


@require_POST
@needs("queue.manage")
def cancel(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Stop a job at its next checkpoint."""
    job = get_object_or_404(selectors.jobs(request.user), pk=job_id)
    return _acted(request, job, services.cancel, _("The job is cancelled."))


@require_POST
@needs("queue.manage")
def send_again(request: HttpRequest, message_no: int) -> HttpResponse:
    """Give a message another round of attempts."""
    message = get_object_or_404(selectors.unsent_messages(), pk=message_no)
    text, tone = _("The message will be sent again."), ""
    try:
        services.send_again(actor=request.user.person_no, message=message, at=timezone.now())
    except DomainError as error:
        text, tone = str(error), "bad"
    return answers.toast(request, redirect("queue:index"), text, tone=tone)


def _acted(request: HttpRequest, job: Job, act: Any, text: str) -> HttpResponse:
    tone = ""
    try:
        job = act(actor=request.user.person_no, job=job, at=timezone.now())
    except DomainError as error:
        text, tone = str(error), "bad"
    if not answers.is_partial(request):
        return answers.toast(request, redirect("queue:index"), text, tone=tone)
    return answers.toast(request, render(request, "queue/index.html#row", {"row": _row(job)}), text, tone=tone)


def _row(job: Job) -> dict[str, Any]:
    return {"job": job, "title": selectors.title_of(job)}


def _message(message: Any) -> dict[str, Any]:
    return {"message": message, "recipient": masks.email(message.recipient)}
