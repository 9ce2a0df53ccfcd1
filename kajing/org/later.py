"""Forms that a phone kept while there was no network and sends when it is back.

The script names each kept form by a key of its own (`Idempotency-Key`): one that arrived although its answer was lost
is not done twice. The form says when it was filled in; what is logged says so too, because the log's own time is the
server's.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from kajing.lib.periods import SHANGHAI
from kajing.org.models import IdempotencyKey

HEADER = "Idempotency-Key"
FIELD = "noted_at"
OLDEST = timedelta(days=2)  # as long as keys are kept
_DONE_ALREADY = 204


class SentLater:
    """On pages: a POST under a key is done once; asked again it is answered without being done again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.headers.get(HEADER, "")
        if request.method != "POST" or not key or request.path.startswith("/api/") or not request.user.is_authenticated:
            return self.get_response(request)
        if len(key) > 255 or not key.isprintable():
            return HttpResponse(status=400)
        return self._once(request, f"page {key}"[:255])

    def _once(self, request: HttpRequest, key: str) -> HttpResponse:
        with transaction.atomic():
            if not _claim(request, key):
                return HttpResponse(status=_DONE_ALREADY)
            response = self.get_response(request)
            if response.status_code >= 400:
                transaction.set_rollback(True)
        return response


def _claim(request: HttpRequest, key: str) -> bool:
    try:
        with transaction.atomic():
            IdempotencyKey.objects.create(
                person_id=request.user.pk, key=key, request_hash="", status=_DONE_ALREADY, created_at=timezone.now()
            )
    except IntegrityError:
        return False
    return True


def noted_at(request: HttpRequest, now: datetime) -> datetime | None:
    """When the form was filled in, if it was kept: a moment of the last two days, else None."""
    try:
        told = parse_datetime(request.POST.get(FIELD, "")[:40])
    except ValueError:
        return None
    if told is None or timezone.is_naive(told) or not now - OLDEST <= told <= now:
        return None
    return told


def with_moment(request: HttpRequest, text: str, now: datetime) -> str:
    """A text with the moment it was really noted, when a kept form brings it; else the text as it is."""
    told = noted_at(request, now)
    if told is None:
        return text
    said = _("noted %(moment)s without a network") % {"moment": f"{told.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"}
    return f"{text} ({said})".strip()
