"""Addresses for the outside: the channels' signed calls, and the customer's way out of marketing. Neither signs in."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from kajing.contact.services import messages_events, messages_incoming
from kajing.lib.access import public

log = logging.getLogger(__name__)


@csrf_exempt
@require_POST
@public
def callback(request: HttpRequest, channel: str) -> HttpResponse:
    """A channel tells of a delivery, a failure or a reply, signed with the secret both sides know."""
    try:
        new = messages_events.take_call(
            channel=channel, headers=dict(request.headers), body=request.body, at=timezone.now()
        )
    except messages_events.BadCall as error:
        log.warning("channel call refused: %s %s", channel[:20], error.status)
        return JsonResponse({"detail": str(error)}, status=error.status)
    return JsonResponse({"taken": new})


@csrf_exempt  # mail programs post without our cookie (RFC 8058); the signed token is the proof
@require_http_methods(["GET", "POST"])
@public
def optout(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link of a marketing mail: one button, no sign-in, nothing personal on it."""
    if request.method == "POST":
        done = messages_incoming.opt_out_by_link(token=token, at=timezone.now())
    else:
        done = False
        if messages_incoming.opt_out_message(token) is None:
            return render(request, "contact/optout.html", {"known": False}, status=404)
        return render(request, "contact/optout.html", {"known": True, "done": False})
    return render(request, "contact/optout.html", {"known": done, "done": done}, status=200 if done else 404)
