"""Alerts over the API, by the contract's names."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Schema

from kajing.api import paging
from kajing.api.schemas import Body, Cursor, Limit, ListOf, Note, RowId, Word
from kajing.lib.access import needs
from kajing.risk import selectors, services
from kajing.risk.models import Alert
from kajing.workflow.reasons import reason_words, unless_words

router = Router()


class ReasonOut(Schema):
    """Why, with the customer's usual value beside today's."""

    text: str = Field(examples=["The minimum payment is 8 days late; usually paid on time"])
    value: float | int | str | None = Field(examples=[8])
    usual: float | int | str | None = Field(examples=[0])
    window: str = Field(examples=["12 cycles"])
    unless: str = Field(examples=["Would not fire below 1 days past due."], description="What would keep it silent.")


class AlertOut(Schema):
    """One alert."""

    id: int
    rule: str = Field(examples=["missed_payment"])
    customer_id: str = Field(examples=["C0000123"])
    account_id: str = Field(examples=["A0000123"])
    raised_on: date
    severity: str = Field(examples=["L2"])
    state: str = Field(examples=["OPEN"])
    last_hit_on: date
    hits: int
    value_at_stake: int = Field(description="fen", examples=[128450])
    reasons: list[ReasonOut]


class CloseAlertIn(Body):
    """The decision, what it turned out to be (feeds the rule's precision), and why; dismissing needs a reason."""

    state: Literal["CONFIRMED", "DISMISSED"]
    outcome: Literal["TRUE", "FALSE", "UNKNOWN"]
    reason: Note = ""


@router.get("/alerts", response=ListOf[AlertOut], summary="Alerts of customers I see")
@needs("risk.view_alert")
def alerts(
    request: HttpRequest,
    state: Literal["OPEN", "CONFIRMED", "DISMISSED", "CLOSED", "ALL"] = "OPEN",
    rule: Word | None = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Newest first; reasons are in the language of the request."""
    filters = selectors.Filters(state=state, rule=rule or "")
    found = paging.page(
        selectors.listed(request.user, filters), order=("-raised_on", "-pk"), cursor=cursor, limit=limit
    )
    return found | {"items": [_out(alert) for alert in found["items"]]}


@router.get("/alerts/{alert_id}", response=AlertOut, summary="One alert")
@needs("risk.view_alert")
def alert(request: HttpRequest, alert_id: RowId) -> dict[str, Any]:
    return _out(_alert(request, alert_id))


@router.post("/alerts/{alert_id}/close", response=AlertOut, summary="Confirm or dismiss an alert")
@needs("risk.handle_alert")
def close_alert(request: HttpRequest, alert_id: RowId, body: CloseAlertIn) -> dict[str, Any]:
    closed = services.close_alert(actor=request.user, alert=_alert(request, alert_id), at=timezone.now(), **body.dict())
    return _out(closed)


def _alert(request: HttpRequest, alert_id: int) -> Alert:
    found: Alert = get_object_or_404(selectors.alerts(request.user), pk=alert_id)
    return found


def _out(alert: Alert) -> dict[str, Any]:
    names = (
        "rule",
        "customer_id",
        "account_id",
        "raised_on",
        "severity",
        "state",
        "last_hit_on",
        "hits",
        "value_at_stake",
    )
    reasons = [
        {
            "text": reason_words(one),
            "unless": unless_words(one),
            "value": one.get("value"),
            "usual": one.get("usual"),
            "window": str(one.get("window") or ""),
        }
        for one in alert.reasons
    ]
    return {"id": alert.pk, "reasons": reasons, **{name: getattr(alert, name) for name in names}}
