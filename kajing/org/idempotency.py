"""Safe retries (platform R5): the same `Idempotency-Key` from the same person gets the first answer again.

Key row, business writes and stored answer are one transaction, so after a crash either all of it is there or nothing.
A refused request (4xx, 5xx) rolls back and leaves the key free.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone
from django.utils.translation import gettext as _

from kajing.api.problems import problem
from kajing.org.models import IdempotencyKey
from kajing.org.selectors import asker

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
Run = Callable[..., HttpResponse]


def once(run: Run) -> Run:
    """Wrap an API operation, so that a repeated key replays and another body under the key is refused (422)."""

    @functools.wraps(run)
    def keyed(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        key = request.headers.get(HEADER)
        if key is None or request.method in ("GET", "HEAD") or not request.user.is_authenticated:
            return run(request, **kwargs)
        if not 0 < len(key) <= 255 or not key.isprintable():
            return problem(422, _("Idempotency-Key must have 1 to 255 printable characters."), instance=request.path)
        try:
            digest = request_hash(request)
        except (MultiPartParserError, SuspiciousOperation, UnreadablePostError):
            return run(request, **kwargs)  # a body nobody can read is refused by the operation, with its own words
        return _first_or_again(run, request, (key, digest), kwargs)

    return keyed


def _first_or_again(run: Run, request: HttpRequest, once_by: tuple[str, str], kwargs: dict[str, Any]) -> HttpResponse:
    key, digest = once_by
    with transaction.atomic():
        row = _claim(request, key, digest)
        if row is not None:
            response = run(request, **kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(True)
                return response
            if response.streaming or "json" not in response.get("Content-Type", ""):
                row.delete()  # a file is not kept beside the bank's data to be given out again
                return response
            row.status, row.answer = response.status_code, _kept(request, response)
            row.content_type = response.get("Content-Type", "")
            row.save(update_fields=["status", "answer", "content_type"])
            return response
    return _again(request, key, digest)


def _kept(request: HttpRequest, response: HttpResponse) -> bytes:
    """The answer to give again; what the operation names in `told_once`, such as a secret, is null in it."""
    once_only = getattr(request, "told_once", ())
    if not once_only:
        return bytes(response.content)
    return json.dumps(json.loads(response.content) | dict.fromkeys(once_only), ensure_ascii=False).encode()


def _claim(request: HttpRequest, key: str, digest: str) -> IdempotencyKey | None:
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(
                person=asker(request), key=key, request_hash=digest, created_at=timezone.now()
            )
    except IntegrityError:
        return None


def _again(request: HttpRequest, key: str, digest: str) -> HttpResponse:
    row = IdempotencyKey.objects.get(person=asker(request), key=key)
    if row.request_hash != digest:
        return problem(422, _("This Idempotency-Key was used with another request."), instance=request.path)
    response = HttpResponse(bytes(row.answer), status=row.status or 200, content_type=row.content_type)
    response[REPLAYED] = "true"
    return response


def request_hash(request: HttpRequest) -> str:
    """SHA-256 of method, address and body; of a form with files their names and contents, not the random boundary."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\0".encode())
    if (request.content_type or "").startswith("multipart/"):
        digest.update(request.POST.urlencode().encode())
        for name, uploads in sorted(request.FILES.lists()):
            for upload in uploads:
                digest.update(f"\0{name}\0{upload.name}\0".encode())
                for chunk in upload.chunks():
                    digest.update(chunk)
                upload.seek(0)
    else:
        digest.update(request.body)
    return digest.hexdigest()
