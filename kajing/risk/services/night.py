"""From the engine's alert rows to alerts that people own and tasks they work.

One alert is open per (account, rule): later hits attach to it. It may fire again some days after closing. Every chunk
is one transaction and asks what is already there, so a killed night goes on and a second run changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext_noop

from kajing.customers.models import Customer, TimelineMark
from kajing.customers.selectors.forwards import all_survivors
from kajing.customers.services.marks import mark_many
from kajing.reference.selectors import engine_parameters
from kajing.risk.models import Alert
from kajing.risk.rules import RULES, rule
from kajing.risk.services.owners import Desk
from kajing.workflow.services import Draft, cancel_tasks, open_tasks, sync_tasks

CHUNK = 1000
Row = Mapping[str, Any]
RAISED = gettext_noop("Alert raised: %(alert)s (%(severity)s)")
GONE = gettext_noop("the condition no longer holds")


class Key(NamedTuple):
    """What at most one open alert exists of."""

    rule: str
    customer_id: str
    account_id: str


def absorb_alerts(*, as_of: date, rows: Iterable[Row], at: datetime) -> dict[str, int]:
    """Turn the alert rows of one night into alerts and tasks.

    A row has rule, customer_id, account_id ("" for the customer as a whole), severity L1 … L5, reasons, and
    perhaps value_at_stake in fen. Returns how many were raised, hit again, kept quiet (closed a few days ago), unknown
    (their customer is not on file) and closed because the condition no longer holds.
    """
    parameters = engine_parameters(as_of)
    desk = Desk(as_of, parameters)
    quiet = _quiet(as_of, parameters)
    counts = {"raised": 0, "hit": 0, "quiet": 0, "unknown": 0, "closed": 0}
    seen: set[Key] = set()
    for chunk in _chunks(_forwarded(rows)):
        seen.update(map(_key, chunk))
        for name, number in _absorb_chunk(chunk, as_of, at, desk, quiet).items():
            counts[name] += number
    counts["closed"] = _close_gone(as_of, seen, at)
    return counts


def _forwarded(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows under a merged number speak of the customer it means now."""
    survivors = all_survivors()
    return (
        ({**row, "customer_id": survivors.get(row["customer_id"], row["customer_id"])} for row in rows)
        if survivors
        else iter(rows)
    )


def _absorb_chunk(chunk: Sequence[Row], as_of: date, at: datetime, desk: Desk, quiet: set[Key]) -> dict[str, int]:
    ids = {row["customer_id"] for row in chunk}
    with transaction.atomic():
        customers = Customer.objects.select_related("figures").in_bulk(list(ids))
        found = Alert.objects.filter(customer__in=customers, state=Alert.State.OPEN).select_for_update(of=("self",))
        standing = {Key(alert.rule, alert.customer_id, alert.account_id): alert for alert in found}
        known = {_key(row): _valued(row, customers) for row in chunk if row["customer_id"] in customers}
        fresh = {key: row for key, row in known.items() if key not in standing and key not in quiet}
        again = [(standing[key], row) for key, row in known.items() if key in standing]
        hit = _hit_again(again, as_of, at, customers, desk)
        _raise(fresh, as_of, at, customers, desk)
    kept_quiet = len(known) - len(fresh) - len(again)
    return {"raised": len(fresh), "hit": hit, "quiet": kept_quiet, "unknown": len(chunk) - len(known)}


def _valued(row: Row, customers: Mapping[str, Customer]) -> Row:
    """The row with what is at stake in fen: the amount its reason names; of one who is leaving, a year's spend."""
    if row.get("value_at_stake") is not None:
        return row
    amount = max((int((reason.get("params") or {}).get("amount") or 0) for reason in row["reasons"]), default=0)
    figures = getattr(customers[row["customer_id"]], "figures", None)
    spend = figures.spend_365d if figures and not rule(row["rule"]).credit else 0
    return {**row, "value_at_stake": amount or spend or 0}


def _raise(fresh: Mapping[Key, Row], as_of: date, at: datetime, customers: Mapping[str, Customer], desk: Desk) -> None:
    alerts = Alert.objects.bulk_create(_alert(key, row, as_of) for key, row in fresh.items())
    open_tasks(drafts=[_draft(alert, customers, desk) for alert in alerts], at=at, by=f"night:{as_of}")
    mark_many(marks=[_mark(alert, at) for alert in alerts])


def _hit_again(
    again: Sequence[tuple[Alert, Row]], as_of: date, at: datetime, customers: Mapping[str, Customer], desk: Desk
) -> int:
    """Later hits attach; the same night's hit again only corrects what it said. Returns the number of new hits."""
    changed = [(alert, alert.severity) for alert, row in again if _attach(alert, row, as_of)]
    alerts = [alert for alert, _before in changed]
    fields = ["last_hit_on", "hits", "severity", "worse_on", "reasons", "value_at_stake", "rule_version"]
    Alert.objects.bulk_update(alerts, fields, batch_size=200)
    worse = [alert for alert in alerts if alert.worse_on == as_of]
    sync_tasks(drafts=[_draft(alert, customers, desk) for alert in alerts], at=at, by=f"night:{as_of}")
    open_tasks(drafts=[_draft(alert, customers, desk) for alert in worse], at=at, by=f"night:{as_of}")
    return len(alerts)


def _attach(alert: Alert, row: Row, as_of: date) -> bool:
    """Take a hit over into an open alert; True when anything changed. A hit older than the last one says nothing."""
    if as_of < alert.last_hit_on:
        return False
    said = (row["severity"], list(row["reasons"]), row.get("value_at_stake") or 0)
    if as_of == alert.last_hit_on and said == (alert.severity, alert.reasons, alert.value_at_stake):
        return False
    if row["severity"] > alert.severity:
        alert.worse_on = as_of
    alert.hits += as_of > alert.last_hit_on
    alert.last_hit_on = as_of
    alert.severity, alert.reasons, alert.value_at_stake = said
    alert.rule_version = row.get("rule_version") or ""
    return True


def _close_gone(as_of: date, seen: set[Key], at: datetime) -> int:
    """Close open alerts whose condition no longer holds; one about an event stays until somebody looks at it."""
    events = [name for name, words in RULES.items() if words.event]
    standing = Alert.objects.filter(state=Alert.State.OPEN, last_hit_on__lt=as_of).exclude(rule__in=events)
    fields = ("pk", "rule", "customer_id", "account_id")
    gone = [pk for pk, *key in standing.values_list(*fields) if Key(*key) not in seen]
    for ids in _chunks(gone):
        with transaction.atomic():
            Alert.objects.filter(pk__in=ids, state=Alert.State.OPEN).update(
                state=Alert.State.CLOSED, closed_on=as_of, closed_by="system", close_reason=GONE
            )
            cancel_tasks(sources=[f"alert:{pk}" for pk in ids], reason=GONE, at=at, by=f"night:{as_of}")
    return len(gone)


def _quiet(as_of: date, parameters: Mapping[str, Any]) -> set[Key]:
    """Alerts closed so recently that they may not fire again yet, and any of this very night."""
    since = as_of - timedelta(days=int(parameters.get("alert_refire_days", 7)))
    recent = Alert.objects.exclude(state=Alert.State.OPEN).filter(closed_on__gt=since)
    return {Key(*row) for row in recent.values_list("rule", "customer_id", "account_id")}


def _alert(key: Key, row: Row, as_of: date) -> Alert:
    return Alert(
        rule=key.rule, customer_id=key.customer_id, account_id=key.account_id, raised_on=as_of, last_hit_on=as_of,
        severity=row["severity"], reasons=list(row["reasons"]), value_at_stake=row.get("value_at_stake") or 0,
        rule_version=row.get("rule_version") or "",
    )  # fmt: skip


def _draft(alert: Alert, customers: Mapping[str, Customer], desk: Desk) -> Draft:
    customer = customers[alert.customer_id]
    return Draft(
        source=f"alert:{alert.pk}",
        owner_no=desk.owner_of(customer, alert.severity),
        unit_code=customer.unit_id,
        customer_id=customer.pk,
        kind="alert",
        title=rule(alert.rule).task,
        params={"rule": alert.rule, "reasons": alert.reasons},
        due_at=desk.due_at(alert.severity),
        severity=alert.severity,
        must_do=desk.must_do(alert.severity),
        value_at_stake=alert.value_at_stake,
    )


def _mark(alert: Alert, at: datetime) -> TimelineMark:
    params = {"alert": rule(alert.rule).title, "severity": alert.severity, "_translate": ["alert"]}
    return TimelineMark(
        customer_id=alert.customer_id, at=at, kind="alert", title=RAISED, params=params,
        source=f"alert:{alert.pk}", actor="system", icon=rule(alert.rule).icon,
    )  # fmt: skip


def _key(row: Row) -> Key:
    return Key(row["rule"], row["customer_id"], row.get("account_id") or "")


def _chunks(rows: Iterable[Any]) -> Iterator[list[Any]]:
    source = iter(rows)
    while chunk := list(islice(source, CHUNK)):
        yield chunk
