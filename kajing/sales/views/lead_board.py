"""The board of leads and the funnel."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kajing.lib.access import needs
from kajing.records.selectors import listing
from kajing.sales.forms import leads as forms
from kajing.sales.lead_list import LEADS
from kajing.sales.lead_rows import load_leads
from kajing.sales.selectors import leads as selectors
from kajing.sales.stages import BY_HAND, KNOWN_LATER
from kajing.sales.views.lead_acts import moved
from kajing.sales.views.leads import lead_of
from kajing.ui import charts
from kajing.ui.answers import is_partial
from kajing.workflow.selectors import present_of

VIEW, WORK = "sales.view_leads", "sales.work_leads"


@require_GET
@needs(VIEW)
def board(request: HttpRequest) -> HttpResponse:
    """Columns by stage with count and sum; the filters are those of the list. A partial request gets the columns."""
    template = "sales/lead_board.html#columns" if is_partial(request) else "sales/lead_board.html"
    return render(request, template, _board(request))


def _board(request: HttpRequest) -> dict[str, Any]:
    present = present_of(request.user)
    shown = listing(request.user, LEADS, request.GET, present.today)
    tallies = selectors.columns(shown)
    cards = {row.pk: row for row in load_leads(request.user, [pk for one in tallies for pk in one.keys])}
    columns = [
        {"tally": one, "cards": [cards[pk] for pk in one.keys if pk in cards], "open": one.stage in BY_HAND,
         "later": one.stage in KNOWN_LATER,
         "url": shown.url(shown.state.with_filter("stage", [one.stage]).address(cursor=""))}
        for one in tallies
    ]  # fmt: skip
    total = sum(one.count for one in tallies)
    return {
        "listing": shown, "columns": columns, "total": total, "query": shown.address, "present": present,
        "way": ",".join(BY_HAND), "may_move": request.user.has_perm(WORK),
    }  # fmt: skip


@require_POST
@needs(WORK)
def move_card(request: HttpRequest) -> HttpResponse:
    """A card was dropped into another column, or pushed there by a key."""
    number = request.POST.get("lead", "")
    if not number.isdecimal() or len(number) > 18:
        raise Http404
    return moved(request, lead_of(request, int(number)), forms.MoveForm(request.POST))


@require_GET
@needs(VIEW)
def funnel(request: HttpRequest) -> HttpResponse:
    """Reached ÷ came in by stage for the leads of some months, with the median of days in each stage."""
    wanted = request.GET.get("months", "")
    months = int(wanted) if wanted in map(str, selectors.MONTHS) else selectors.MONTHS[0]
    found = selectors.funnel(request.user, present_of(request.user).today, months)
    rows = [{"stage": step.label, "reached": step.reached} for step in found.steps]
    chart = charts.funnel("leads", _("Leads by stage reached"), rows, "stage", "reached")
    data = {"found": found, "months": months, "offered": selectors.MONTHS, "chart": chart}
    return render(request, "sales/lead_funnel.html", data)
