"""Answers views share: short news with Undo, the empty "done", a revealed field, a stale write."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

UNDO_TAG = "undo:"


def is_partial(request: HttpRequest) -> bool:
    """Whether the answer is swapped into a page that is already there."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx) and request.headers.get("HX-Request-Type", "partial") == "partial"


def leaves_page(response: HttpResponse) -> bool:
    """Whether the browser goes on to another page, where news of this answer must be told: here it would be lost."""
    told = any(name in response.headers for name in ("HX-Redirect", "HX-Location", "HX-Refresh"))
    return told or '"page:leave"' in response.headers.get("HX-Trigger", "") or 300 <= response.status_code < 400


def trigger(response: HttpResponse, **events: Any) -> HttpResponse:
    """Add events to the answer's ``HX-Trigger`` header; several toasts become a list."""
    known = json.loads(response.headers.get("HX-Trigger", "{}"))
    for name, value in events.items():
        event = name.replace("_", ":")
        known[event] = [*known.get(event, []), value] if event == "toast" else value
    response.headers["HX-Trigger"] = json.dumps(known)  # ASCII only: header values are not UTF-8
    return response


def toast(request: HttpRequest, response: HttpResponse, text: Any, *, undo: str = "", tone: str = "") -> HttpResponse:
    """Say ``text`` on the page that follows. ``undo`` is an address to POST to; tone ``bad`` stays until closed."""
    if is_partial(request) and not leaves_page(response):
        return trigger(response, toast={"text": str(text), "undo": undo, "tone": tone})
    level = messages.ERROR if tone == "bad" else messages.SUCCESS
    messages.add_message(request, level, str(text), extra_tags=f"{UNDO_TAG}{undo}" if undo else "")
    return response


def stands_on(request: HttpRequest, path: str) -> bool:
    """Whether a partial request was sent from the page of this address."""
    standing: str | None = request.htmx.current_url_abs_path  # type: ignore[attr-defined]
    return bool(standing) and urlsplit(standing).path == path


def fresh_page(request: HttpRequest, text: Any, *, undo: str = "", tone: str = "") -> HttpResponse:
    """An empty partial answer (204) after which the page is fetched anew and says ``text``."""
    return toast(request, HttpResponse(status=204, headers={"HX-Refresh": "true"}), text, undo=undo, tone=tone)


def done(request: HttpRequest, text: Any, *, undo: str = "", changed: str = "") -> HttpResponse:
    """An empty partial answer (204) that closes the dialog, says ``text`` and announces ``<changed>:changed``.

    Lists listen with ``hx-trigger="tasks:changed from:body"``.
    """
    response = HttpResponse(status=204)
    # In no dialog the form is the page: left standing, it would be sent again; the news waits for the next page.
    if stands_on(request, request.path):
        return toast(request, trigger(response, page_leave=True), text, undo=undo)
    events = {"dialog_close": True} | ({f"{changed}_changed": True} if changed else {})
    return toast(request, trigger(response, **events), text, undo=undo)


def reveal(
    request: HttpRequest, *, clear: str, shown: str, url: str, field: str = "", icon: str = "", label: str = ""
) -> HttpResponse:
    """A field in clear for 30 seconds; the script puts ``{% mask %}`` back. Never stored by the browser."""
    data = {"clear": clear, "shown": shown, "url": url, "field": field, "icon": icon, "label": label}
    response = render(request, "ui/parts/mask_clear.html", data)
    response.headers["Cache-Control"] = "no-store"
    return response


def conflict(request: HttpRequest, *, mine: Any, theirs: Any, who: str = "") -> HttpResponse:
    """409 for a write on a stale version: both values side by side, nothing saved."""
    data = {"mine": mine, "theirs": theirs, "who": who}
    return render(request, "ui/parts/conflict.html", data, status=409)
