"""The metrics dictionary as pages."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kajing.insights import selectors
from kajing.lib.access import needs


@require_GET
@needs("insights.view")
def dictionary(request: HttpRequest) -> HttpResponse:
    """Every metric with its value in my scope."""
    data = {"entries": selectors.entries(request.user), "day": selectors.as_of(), "small": selectors.SMALL}
    return render(request, "insights/list.html", data)


@require_GET
@needs("insights.view")
def metric(request: HttpRequest, name: str) -> HttpResponse:
    """One metric by `?by=`unit, month, segment or product, with its line by month."""
    by = request.GET.get("by", "unit")
    if by not in selectors.TOLD_BY:
        raise Http404
    entry = selectors.entry(request.user, name, [by])
    if entry is None:
        raise Http404
    data = {"entry": entry, "by": by, "keys": selectors.TOLD_BY, "small": selectors.SMALL}
    data["chart"] = selectors.by_month(request.user, entry)
    return render(request, "insights/metric.html", data)
