"""Errors as problem documents (RFC 9457), in the reader's language, with the request id and without inner details."""

from __future__ import annotations

import errno
import json
import logging
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.http.request import RawPostDataException
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from kajing.api.middleware import REQUEST_ID
from kajing.lib.errors import DomainError, NotAllowed

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
# What SQLite and PostgreSQL say when the database is busy, full or away; anything else of theirs is our own mistake.
_PASSING = (
    "locked", "busy", "full", "disk i/o", "connection", "connect to", "terminating", "shutting down", "starting up",
    "timeout", "could not obtain lock", "too many clients", "deadlock",
)  # fmt: skip
log = logging.getLogger(__name__)


def problem(
    status: int, detail: str = "", *, instance: str = "", errors: list[dict[str, Any]] | None = None
) -> HttpResponse:
    """A problem document as a response."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title(status),
        "status": status,
        "detail": detail,
        "instance": instance,
        "request_id": REQUEST_ID.get(),
    }
    if errors is not None:
        body["errors"] = errors
    response = HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=MEDIA_TYPE)
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.INSUFFICIENT_STORAGE):
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="kajing"'
    return response


def title(status: int) -> str:
    """The short name of a status in the reader's language."""
    titles = {
        400: _("The request cannot be understood"),
        401: _("Please sign in"),
        403: _("Your role does not include this"),
        404: _("Not found"),
        405: _("This address does not take this kind of request"),
        409: _("This cannot be done now"),
        413: _("The request is too large"),
        415: _("This kind of content is not taken here"),
        422: _("Some fields need another value"),
        429: _("Too many requests"),
        500: _("Something went wrong on our side"),
        503: _("The system is busy; please try again"),
        507: _("The disk is full; nothing was changed"),
    }
    return titles.get(status) or HTTPStatus(status).phrase


def passing_status(error: BaseException) -> int | None:
    """503 or 507 when the database is busy, away or the disk is full; None when the error is a bug."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return 507
    if isinstance(error, InterfaceError):
        return 503
    if isinstance(error, OperationalError):
        text = str(error).lower()
        if "full" in text or "no space" in text:
            return 507
        return 503 if any(word in text for word in _PASSING) else None
    return None


# What an exception tells the client without words of its own, the more exact kind first.
_SILENT: tuple[tuple[type[BaseException], int], ...] = (
    (AuthenticationError, 401),
    (Http404, 404),
    (RequestDataTooBig, 413),
    (RawPostDataException, 415),  # a form with parts, sent where JSON is read
    (BadRequest, 400),
    (SuspiciousOperation, 400),
    (UnreadablePostError, 400),
    (DataError, 422),  # a text or number that no column can hold
    (OverflowError, 422),
)


def answer(request: HttpRequest, error: BaseException) -> HttpResponse:
    """The problem document for any exception; what is no expected case is logged and told as 500 without details."""
    where = request.path
    if isinstance(error, ValidationError):
        return problem(422, instance=where, errors=[_field_error(item) for item in error.errors])
    if isinstance(error, MultiPartParserError):
        said = _("The form cannot be read. Send it as multipart/form-data with its boundary, as curl -F does.")
        return problem(400, said, instance=where)
    for kind, silent in _SILENT:
        if isinstance(error, kind):
            return problem(silent, instance=where)
    if isinstance(error, HttpError):
        return problem(error.status_code, str(error), instance=where)
    if isinstance(error, PermissionDenied | NotAllowed):
        return problem(403, str(error), instance=where)
    if isinstance(error, DomainError):
        return problem(error.status, str(error), instance=where, errors=getattr(error, "problems", None))
    status = passing_status(error)
    log.error("api error %s", type(error).__name__, exc_info=error if status is None else None)
    return problem(status or 500, instance=where)


def install(api: NinjaAPI) -> None:
    """Make every exception of an operation a problem document."""
    for kind in (Exception, Http404, HttpError, ValidationError):
        api.add_exception_handler(kind, answer)  # type: ignore[arg-type]  # it may be given the class, and never is


def _field_error(item: dict[str, Any]) -> dict[str, Any]:
    return {"field": ".".join(str(part) for part in item["loc"]), "message": item["msg"], "code": item["type"]}
