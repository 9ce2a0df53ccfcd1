"""View as: what somebody would find here, without any customer's data."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from kajing.lib.access import needs
from kajing.org import reach, selectors


@require_GET
@needs("org.view")
def view_as(request: HttpRequest, person_no: str) -> HttpResponse:
    """The menus, acts, panels and data one person reaches today, and what is closed to them."""
    of = get_object_or_404(selectors.people(selectors.asker(request)), person_no=person_no)
    return render(request, "org/view_as.html", {"person": of, "reach": reach.reach_of(of, timezone.localdate())})
