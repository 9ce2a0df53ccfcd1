"""Pages of the kit itself: search, settings, the sheet of keys, lazy panels, the gallery, errors."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_http_methods

from kajing.lib.access import staff
from kajing.ui import gallery as samples
from kajing.ui import registry
from kajing.ui.answers import is_partial, toast
from kajing.ui.forms import PreferencesForm
from kajing.ui.look import look_of, remember, store
from kajing.ui.panels import content, filled
from kajing.ui.search import find
from kajing.ui.shortcuts import grouped, shortcuts


@require_GET
@staff
def search(request: HttpRequest) -> HttpResponse:
    """The search page; the palette asks for JSON."""
    text = request.GET.get("q", "").strip()[:80]
    groups = find(request.user, text)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"groups": [group.as_json() for group in groups]})
    return render(request, "ui/search.html", {"text": text, "groups": groups})


@require_http_methods(["GET", "POST"])
@staff
def preferences(request: HttpRequest) -> HttpResponse:
    """Language, theme, density, keys, colours: one changed field is enough; saved at once."""
    look = look_of(request)
    if request.method == "GET":
        form = PreferencesForm(initial=look.__dict__)
        return render(request, "ui/preferences.html", {"form": form})
    look = look.changed(**{key: str(value) for key, value in request.POST.items()})
    store(request.user, look)
    if is_partial(request) or request.headers.get("X-Requested-With") == "kajing":
        response = HttpResponse(status=204)
    else:
        response = redirect("ui:preferences")
        with override(look.language):
            toast(request, response, _("Settings saved"))
    remember(response, look)
    return response


@require_GET
@staff
def keys(request: HttpRequest) -> HttpResponse:
    """The sheet of keys: as a page, or what the dialog of every page shows when it is opened."""
    template = "ui/keys.html#sheet" if is_partial(request) else "ui/keys.html"
    return render(request, template, {"sheet": grouped(shortcuts(cast("registry.User", request.user)))})


@require_GET
@staff
def panel(request: HttpRequest, key: str, pk: str) -> HttpResponse:
    """One lazy panel of a record this person may see, asked for again; anything else is missing."""
    found = registry.panels.get(key)
    slot = registry.slot(found.slot) if found else None
    if found is None or slot is None or (found.permission and not request.user.has_perm(found.permission)):
        raise Http404
    return HttpResponse(content(request, found, slot.load(request.user, pk)))


@require_GET
@staff
def panels(request: HttpRequest, page: str, pk: str) -> HttpResponse:
    """Every lazy panel of a record's page at once."""
    obj, found = filled(request, page, pk)
    return render(request, "ui/parts/panels.html", {"obj": obj, "panels": found})


@require_GET
@staff
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component in every state."""
    return render(request, "ui/gallery.html", samples.context())


def error_words(status: int) -> tuple[str, str]:
    """Title and advice of an error page; a status without words of its own reads as a failure."""
    words = {
        400: (_("This request is not valid"), _("Go back and try again.")),
        403: (_("You may not do this"), _("Ask your team leader or administrator for the right.")),
        404: (_("No such page"), _("It does not exist, or it is not in your area.")),
        409: (_("Somebody was faster"), _("The record has changed. Reload it and try again.")),
        429: (_("Too many requests"), _("Wait a minute and try again.")),
        503: (_("Busy just now"), _("Nothing was changed. Try again in a moment.")),
    }
    failed = (_("Something went wrong"), _("The error is logged. Try again; if it stays, report the request number."))
    return words.get(status, failed)


def error(request: HttpRequest, status: int, text: str = "") -> HttpResponse:
    """A small fragment for a partial request, a page otherwise."""
    title, advice = error_words(status)
    if status == 409 and text:  # a rule said no, and says why: that somebody was faster is one reason of many
        title = _("Nothing was changed")
    data: dict[str, Any] = {
        "title": title,
        "text": text or advice,
        "request_id": getattr(request, "request_id", ""),
        "retry": status >= 409,
    }
    template = "ui/parts/error.html" if is_partial(request) else "ui/error.html"
    return render(request, template, data, status=status)


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400."""
    return error(request, 400)


@login_not_required
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler403; a PermissionDenied may say which role may."""
    said = str(exception) if isinstance(exception, PermissionDenied) else ""
    return error(request, 403, said)


@login_not_required
def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404."""
    return error(request, 404)


@login_not_required
def failed(request: HttpRequest) -> HttpResponse:
    """handler500."""
    return error(request, 500)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: an old page or a blocked cookie."""
    return error(request, 403, _("The page was open for too long. Reload it and try again."))
