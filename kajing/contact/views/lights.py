"""The gate's lights of a list of customers, fetched after the list itself so that the list stays quick."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from kajing.contact import selectors
from kajing.lib.access import needs


@require_GET
@needs("contact.view")
def lights(request: HttpRequest) -> HttpResponse:
    """`?ids=` in the order of the rows; the answer puts a light into each place `light-0`, `light-1`, …."""
    ids = request.GET.getlist("ids")[: selectors.MOST_LIGHTS]
    return render(request, "contact/lights.html", {"lights": selectors.lights(request.user, ids, timezone.now())})
