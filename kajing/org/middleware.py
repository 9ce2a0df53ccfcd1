"""Who is asking: bearer tokens, session rules, and the second factor where it is required."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from kajing.api.problems import RETRY_AFTER_SECONDS, answer, passing_status, problem, title
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org import limits, selectors
from kajing.org.rights import SECOND_FACTOR
from kajing.ui.views import error as error_page

Next = Callable[[HttpRequest], HttpResponse]
STARTED, SEEN, FACTOR_SEEN = "signed_in_at", "seen_at", "second_factor_seen_at"
# Where somebody who still has to set up the second factor may go.
_SET_UP = ("/accounts/", "/static/", "/ui/preferences/")


class BearerSignIn:
    """Under /api/ the person of a bearer token is the user of the request; a session is then not looked at."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if request.path.startswith("/api/") and kind.lower() == "bearer":
            held = selectors.token(token.strip(), at=timezone.now())
            request.api_token = held  # type: ignore[attr-defined]
            if held is not None:
                request.user = held.person
        response = self.get_response(request)
        limits.tell(request, response)
        return response


class SessionRules:
    """Ends a session after 15 idle minutes and after 12 hours in any case; nothing of a session is cached (S4, S17)."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        by_token = getattr(request, "api_token", None) is not None
        if not by_token and request.user.is_authenticated:
            now = int(time.time())
            if expired(request.session.get(STARTED, now), request.session.get(SEEN, now), now):
                logout(request)
            else:
                _touch(request, now)
        signed_in = request.user.is_authenticated
        response = self.get_response(request)
        if signed_in or request.user.is_authenticated:
            add_never_cache_headers(response)
        return response


def expired(started: int, seen: int, now: int) -> bool:
    """Whether a session that began and was last used at these Unix times has ended."""
    return now - seen > settings.KAJING_IDLE_SECONDS or now - started > settings.SESSION_COOKIE_AGE


def _touch(request: HttpRequest, now: int) -> None:
    request.session.setdefault(STARTED, now)
    # A row is written at most once a minute, so that reading pages costs no write transaction each.
    if now - request.session.get(SEEN, 0) >= min(60, settings.KAJING_IDLE_SECONDS // 4):
        request.session[SEEN] = now


class SecondFactor:
    """Sends roles that need a second factor to set one up before anything else (platform S6, R19)."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self.missing(request) and not request.path.startswith(_SET_UP):
            if request.path.startswith("/api/"):
                return problem(403, _("Set up your second factor first."), instance=request.path)
            return redirect("mfa_activate_totp")
        return self.get_response(request)

    def missing(self, request: HttpRequest) -> bool:
        """Whether this person must set up a second factor first; tokens are made by people who have one."""
        if settings.KAJING_DEMO or not request.user.is_authenticated or getattr(request, "api_token", None):
            return False
        return request.user.role in SECOND_FACTOR and not _has_factor(request)


def _has_factor(request: HttpRequest) -> bool:
    """Asked of the database at most once a minute a session; a missing factor is asked for every time."""
    now = int(time.time())
    if now - request.session.get(FACTOR_SEEN, 0) < 60:
        return True
    found = selectors.has_second_factor(request.user)
    if found:
        request.session[FACTOR_SEEN] = now
    return found


class Refusals:
    """On pages: what a business rule refuses is a plain page or fragment (403, 409), a busy database 503 (R17)."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The answer to an exception of a view, or None for what is a bug."""
        if request.path.startswith("/api/"):
            return answer(request, error) if passing_status(error) or isinstance(error, DomainError) else None
        if isinstance(error, NotAllowed):
            return error_page(request, 403, str(error))
        if isinstance(error, DomainError):
            return error_page(request, 409, str(error))
        if isinstance(error, DataError | OverflowError):  # an id or text that no row can have
            return error_page(request, 404)
        status = passing_status(error)
        return _busy(request, status) if status else None


def _busy(request: HttpRequest, status: int) -> HttpResponse:
    response = error_page(request, 500, title(status))
    response.status_code = status
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
