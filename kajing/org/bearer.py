"""How an API client proves who it is: a bearer token, or the session of the signed-in browser with its CSRF token.

The middleware `BearerSignIn` has already put the token's person on the request; these classes tell the API kit which
of the two it was, and keep a read-only token from writing.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.errors import HttpError
from ninja.security import APIKeyCookie, HttpBearer

SAFE = {"GET", "HEAD", "OPTIONS"}


class Bearer(HttpBearer):
    """`Authorization: Bearer TOKEN`."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The person of the token; raises 403 when a read-only token writes."""
        held = getattr(request, "api_token", None)
        if held is None:
            return None
        if held.read_only and request.method not in SAFE:
            raise HttpError(403, _("This token may only read."))
        return request.user


class Session(APIKeyCookie):
    """The session cookie, with `X-CSRFToken` on writes."""

    param_name = settings.SESSION_COOKIE_NAME

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """The signed-in person; a wrong bearer token never falls back to the session."""
        if request.headers.get("Authorization"):
            return None
        return request.user if request.user.is_authenticated else None
