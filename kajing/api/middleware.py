"""Every request and answer carries an id, so that an error message, a log line and an audit row can be matched."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import override

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
ADDRESS: ContextVar[str] = ContextVar("address", default="")
_PLAIN = re.compile(r"[A-Za-z0-9-]{8,40}")


class RequestId:
    """Takes a plain X-Request-Id from a proxy or makes one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _PLAIN.fullmatch(given) else uuid.uuid4().hex
        token, caller = REQUEST_ID.set(request_id), ADDRESS.set(request.META.get("REMOTE_ADDR", "")[:64])
        request.request_id = request_id  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
        finally:
            REQUEST_ID.reset(token)
            ADDRESS.reset(caller)
        response["X-Request-Id"] = request_id
        return response


class ApiAnswers:
    """Under /api/ every error is a problem document, also those Django makes before a route is found."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith("/api/"):
            return response
        status = 401 if response.status_code == 302 else response.status_code
        if status >= 400 and "json" not in response.get("Content-Type", ""):
            return _as_problem(request, response, status)
        return response


def _as_problem(request: HttpRequest, response: HttpResponse, status: int) -> HttpResponse:
    from kajing.api.problems import problem  # problems reads REQUEST_ID from this module

    # We stand outside of what chose the language; the answer still says which it was.
    with override(response.get("Content-Language")):
        told = problem(status, instance=request.path)
    for name in ("Allow", "Retry-After"):
        if name in response:
            told[name] = response[name]
    return told
