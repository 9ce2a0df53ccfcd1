"""The dashboard: tiles that fill themselves one by one, and changing one's own."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kajing.insights.selectors import dashboards as asked
from kajing.insights.selectors.reports import RIGHT
from kajing.insights.services import dashboards as acts
from kajing.lib.access import needs
from kajing.lib.errors import DomainError


@require_GET
@needs(RIGHT)
def dashboard(request: HttpRequest) -> HttpResponse:
    """My tiles; `?edit=1` to change them."""
    data = {"page": asked.page(request.user, editing=request.GET.get("edit") == "1")}
    return render(request, "insights/dashboard.html", data)


@require_GET
@needs(RIGHT)
def tile(request: HttpRequest, place: int) -> HttpResponse:
    """One tile with its figures."""
    found = asked.tile_at(request.user, place)
    if found is None:
        raise Http404
    return render(request, "insights/tile.html", {"told": found, "place": place})


@require_POST
@needs(RIGHT)
def change(request: HttpRequest) -> HttpResponse:
    """Add, move, size, remove, order or reset; the first change makes a copy of one's own."""
    act = request.POST.get("act", "")
    try:
        _change(request, act)
    except DomainError as error:
        messages.error(request, str(error))
    if act == "order" and request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return redirect(f"{request.path.removesuffix('change/')}?edit={'0' if act == 'reset' else '1'}")


def _change(request: HttpRequest, act: str) -> None:
    at, actor = timezone.now(), request.user
    if act == "reset":
        acts.reset_dashboard(actor=actor, at=at)
        messages.success(request, _("This is your role's dashboard again"))
    elif act == "add":
        kind, _dots, ref = request.POST.get("tile", "").partition(":")
        acts.add_tile(actor=actor, kind=kind, ref=ref, size=2 if kind == "report" else 1, at=at)
    elif act == "order":
        order = [int(one) for one in request.POST.get("order", "").split(",") if one.isdecimal() and len(one) < 4]
        acts.order_tiles(actor=actor, order=order, at=at)
    else:
        place = request.POST.get("place", "")
        acts.change_tile(actor=actor, place=int(place) if place.isdecimal() and len(place) < 4 else -1, act=act, at=at)
