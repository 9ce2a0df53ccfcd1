"""Data quality: the books of a team, and the facts a record lacks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kajing.customers import selectors
from kajing.lib.access import needs


@require_GET
@needs("customers.view")
def books(request: HttpRequest) -> HttpResponse:
    """Every book in reach, the lowest score first; each number opens to its customers."""
    return render(request, "customers/quality.html", {"books": selectors.book_quality(request.user)})
