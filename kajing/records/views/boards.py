"""A list laid out as a board: the page, and its columns alone for a refresh after a move."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from kajing.records.selectors import BoardPage
from kajing.ui.answers import is_partial

COLUMNS = "records/parts/board.html#columns"


def board_answer(request: HttpRequest, template: str, board: BoardPage, **data: Any) -> HttpResponse:
    """The page; a partial request gets the columns."""
    shown = {"board": board, "listing": board.listing, "query": board.listing.state.address(layout=""), **data}
    return render(request, COLUMNS if is_partial(request) else template, shown)


def card_key(request: HttpRequest) -> int:
    """The key of the card that was moved. Raises Http404 for what can be none."""
    number = request.POST.get("card", "")
    if not number.isdecimal() or len(number) > 18:
        raise Http404
    return int(number)
