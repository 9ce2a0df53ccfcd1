"""What pages of versions share: a step of one version, and the way back with what was said."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from kajing.lib.errors import DomainError
from kajing.ui.answers import toast


def step(request: HttpRequest, url: str, act: Callable[[], object], said: str) -> HttpResponse:
    """Take a step and go back to the page of its versions; a refusal is told there in its own words."""
    try:
        act()
    except DomainError as error:
        return back(request, url, str(error), tone="bad")
    return back(request, url, said)


def back(request: HttpRequest, url: str, said: str, tone: str = "") -> HttpResponse:
    """To the page, with a word about what was done."""
    return toast(request, HttpResponseRedirect(url, status=303), said, tone=tone)
