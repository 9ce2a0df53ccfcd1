"""How often one person or token may ask the API: a bucket that fills with time, so that bursts pass and floods wait.

The buckets live in the memory of each server process, which costs a request nothing; a bucket therefore holds its share
of the limit, the limit divided by the number of processes. Over all processes of one machine nobody gets more than the
limit, and a client whose requests all fall to one process may be told to wait earlier.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja.throttling import BaseThrottle

_MOST_BUCKETS = 10_000
_MINUTE = 60.0


class Buckets:
    """Token buckets by name: each holds `size` requests and fills up again in a minute."""

    def __init__(self, size: int, now: Callable[[], float] = time.monotonic) -> None:
        self.size = size
        self._now = now
        self._lock = threading.Lock()
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()  # name → requests left, when that was so

    def take(self, name: str) -> tuple[int, float]:
        """Take one request: how many are left, and the seconds to wait when there was none (else 0)."""
        with self._lock:
            now = self._now()
            left, since = self._held.pop(name, (float(self.size), now))
            left = min(self.size, left + (now - since) * self.size / _MINUTE)
            wait = 0.0 if left >= 1 else (1 - left) * _MINUTE / self.size
            left = left - 1 if left >= 1 else left
            self._held[name] = (left, now)
            while len(self._held) > _MOST_BUCKETS:  # the ones not asked for longest are full again anyway
                self._held.popitem(last=False)
        return int(left), wait


class PerCaller(BaseThrottle):
    """One bucket a token and one a signed-in person, as `KAJING_API_PER_MINUTE` says; 0 there means no limit."""

    def __init__(self) -> None:
        self._buckets = Buckets(1)
        self._waiting = threading.local()

    def allow_request(self, request: HttpRequest) -> bool:
        """Whether there is a request left; notes on the request what the answer's headers say."""
        self._waiting.seconds = None
        most: int = settings.KAJING_API_PER_MINUTE
        if not most:
            return True
        left, wait = self._of(most).take(_caller(request))
        self._waiting.seconds = wait or None
        request.rate_limit = (most, left, math.ceil(wait))  # type: ignore[attr-defined]
        return not wait

    def wait(self) -> float | None:
        """Seconds until the next request passes."""
        seconds: float | None = self._waiting.seconds
        return seconds

    def _of(self, most: int) -> Buckets:
        share = math.ceil(most / settings.KAJING_WEB_WORKERS)
        if self._buckets.size != share:
            self._buckets = Buckets(share)
        return self._buckets


def _caller(request: HttpRequest) -> str:
    token = getattr(request, "api_token", None)
    return f"token {token.pk}" if token is not None else f"person {request.user.pk}"


def tell(request: HttpRequest, response: HttpResponse) -> None:
    """Say the limit and what is left of it (draft-ietf-httpapi-ratelimit-headers), when one was asked."""
    told = getattr(request, "rate_limit", None)
    if told is None:
        return
    most, left, wait = told
    response["RateLimit-Policy"] = f'"caller";q={most};w=60'
    response["RateLimit"] = f'"caller";r={left};t={wait}'
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        response["Retry-After"] = str(wait)
