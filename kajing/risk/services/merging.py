"""Alerts of customers who turn out to be one: of two open ones of a rule, the survivor's stays."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from kajing.customers.services.merging.moving import Context
from kajing.risk.models import Alert
from kajing.workflow.models import Task

JOINED = gettext_noop("the customer was merged; the same alert is open there")


def join_alerts(context: Context) -> None:
    """An alert that the survivor has already gives way, and its task is called off."""
    mine = set(_keys(Alert.objects.filter(customer=context.survivor)))
    open_of_mine = set(_keys(Alert.objects.filter(customer=context.survivor, state=Alert.State.OPEN)))
    for one in context.losers:
        for alert in Alert.objects.filter(customer=one).order_by("pk"):
            same_day, standing = (
                _key(alert) in mine,
                alert.state == Alert.State.OPEN and _key(alert)[:2] in {key[:2] for key in open_of_mine},
            )
            if same_day or standing:
                _give_way(context, alert)
            else:
                mine.add(_key(alert))
                open_of_mine |= {_key(alert)} if alert.state == Alert.State.OPEN else set()


def _give_way(context: Context, alert: Alert) -> None:
    tasks = Task.objects.filter(source=f"alert:{alert.pk}", state=Task.State.OPEN)
    context.change(
        tasks, state=Task.State.CANCELLED, outcome_note=JOINED, done_at=context.at, done_by=context.actor.person_no
    )
    context.drop(Alert.objects.filter(pk=alert.pk))


def _keys(rows: object) -> list[tuple[str, str, object]]:
    return [_key(alert) for alert in rows]  # type: ignore[attr-defined]


def _key(alert: Alert) -> tuple[str, str, object]:
    return (alert.rule, alert.account_id, alert.raised_on)
