"""The board of leads and the funnel."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kajing.lib.access import needs
from kajing.records.lists import BOARD, Card
from kajing.records.selectors import BoardPage, listing
from kajing.records.views.boards import board_answer, card_key
from kajing.sales.forms import leads as forms
from kajing.sales.lead_list import LEADS
from kajing.sales.lead_rows import LeadRow, lead_card
from kajing.sales.selectors import leads as selectors
from kajing.sales.views.lead_acts import moved
from kajing.sales.views.leads import lead_of
from kajing.ui import charts
from kajing.workflow.selectors import present_of
from kajing.workflow.selectors.gates import openings

VIEW, WORK = "sales.view_leads", "sales.work_leads"


@require_GET
@needs(VIEW)
def board(request: HttpRequest) -> HttpResponse:
    """Columns by stage with count and sum; the filters are those of the list. A partial request gets the columns."""
    shown = listing(request.user, LEADS, request.GET, present_of(request.user).today, BOARD)
    may_move = request.user.has_perm(WORK)
    ways = openings(request.user, "lead") if may_move else {}

    def card(row: LeadRow) -> Card:
        return lead_card(row, ways.get(row.lead.stage, ()))

    page = BoardPage(shown, card, reverse("leads:move_card") if may_move else "")
    return board_answer(request, "sales/lead_board.html", page)


@require_POST
@needs(WORK)
def move_card(request: HttpRequest) -> HttpResponse:
    """A card was dropped into another column, or pushed there by a key."""
    return moved(request, lead_of(request, card_key(request)), forms.MoveForm(request.POST))


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
