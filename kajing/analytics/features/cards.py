"""Cards (§1.2–1.4): replacement chains, last use, valid and registered cards, the long-sleeping line."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.parameters import Parameters

GONE = ("CLOSED", "REPLACED", "EXPIRED")
LIVE = ("ACTIVE", "TEMP_HOLD")
CHAIN_DOUBLINGS = 5  # 2⁵ = 32 replacements of one card


def links(cards: Table) -> Table:
    """card_id → root_card_id, one step back: the card it replaces, itself when that one is not known."""
    known = cards.select(exists_id="card_id").view()
    rows = cards.select("card_id", "replaces_card_id").left_join(known, [("replaces_card_id", "exists_id")])
    return rows.select("card_id", root_card_id=ibis.coalesce(rows.exists_id, rows.card_id))


def doubled(steps: Table) -> Table:
    """Twice as many steps back. After CHAIN_DOUBLINGS of it every card points at the first of its chain."""
    further = steps.select(step="card_id", beyond="root_card_id").view()
    return steps.join(further, [("root_card_id", "step")]).select("card_id", root_card_id="beyond")


def cards(staged: Table, chain: Table, transactions: Table, repayments: Table, as_of: date, p: Parameters) -> Table:
    """One row a card; `chain` is card_id → root_card_id.

    last_active_on: the last customer-initiated use on the card or a predecessor, a repayment by the customer included
    (parameter); without any, the first card's approval date (§1.4). sleeping_on: the first day d with
    last_active_on ≤ add_months(d, −18); null for exempt (added policy function) and unregistered cards.
    """
    rows = staged.filter(staged.approved_on <= as_of).join(chain, "card_id")
    rows = _with_root(rows)
    rows = _with_use(rows, chain, transactions, repayments, p)
    replaced = staged.filter(staged.replaces_card_id.notnull()).select(old="replaces_card_id").distinct()
    rows = rows.left_join(replaced, [("card_id", "old")])
    rows = rows.mutate(replaced=rows.old.notnull()).drop("old")
    closed = rows.status.isin(GONE) | (rows.closed_on <= as_of).fill_null(False)
    expired = (rows.expires_on < as_of).fill_null(False)
    rows = rows.mutate(
        last_active_on=ibis.coalesce(rows.last_use_on, rows.first_approved_on),
        in_register=~closed & ~expired & ~rows.replaced,
        valid=(rows.activated_on <= as_of).fill_null(False) & rows.status.isin(LIVE) & ~closed & ~expired,
        exempt=rows.policy_function.fill_null(False),
    )
    rows = rows.mutate(
        sleeping_on=(rows.in_register & ~rows.exempt).ifelse(
            sleep_date(rows.last_active_on, p.sleeping_months), ibis.null("date")
        )
    )
    return rows.mutate(
        asleep=(rows.sleeping_on <= as_of).fill_null(False),
        state=state_of(rows.last_use_on, rows.sleeping_on, as_of, p),
    )


def sleep_date(last_active_on: Any, months: int) -> Any:
    """The day a card falls asleep: `months` after its last use, or the next day where the month is too short for it.

    add_months clamps: for 2024-08-31 the date 18 months on is 2026-02-28, whose line is 2024-08-28, before the last
    use;
    the card sleeps from 2026-03-01.
    """
    later = (last_active_on + ibis.interval(months=months)).cast("date")
    return (later.day() < last_active_on.day()).ifelse((later + ibis.interval(days=1)).cast("date"), later)


def state_of(last_use_on: Any, sleeping_on: Any, as_of: date, p: Parameters) -> Any:
    """NEVER_USED | ACTIVE | DORMANT | SLEEPING. A card never used sleeps too, 18 months after its approval."""
    return ibis.cases(
        ((sleeping_on <= as_of).fill_null(False), "SLEEPING"),
        (last_use_on.isnull(), "NEVER_USED"),
        (last_use_on > as_of - timedelta(p.dormant_after_days), "ACTIVE"),
        else_="DORMANT",
    )


def _with_root(rows: Table) -> Table:
    first = rows.group_by("root_card_id").agg(first_approved_on=rows.approved_on.min())
    return rows.join(first, "root_card_id")


def _with_use(rows: Table, chain: Table, transactions: Table, repayments: Table, p: Parameters) -> Table:
    """Last and first use of the whole chain."""
    used = transactions.filter(transactions.use).join(chain, "card_id")
    use = used.group_by("root_card_id").agg(
        last_txn_on=used.day.max(),
        first_use_on=(used.purchase & ~used.refunded).ifelse(used.day, ibis.null("date")).min(),
    )
    rows = rows.left_join(use, "root_card_id").drop("root_card_id_right")
    if not p.repayment_counts_as_use:
        return rows.mutate(last_use_on=rows.last_txn_on).drop("last_txn_on")
    by_hand = repayments.filter(repayments.method.isin(["CUSTOMER", "BRANCH"]))
    paid = by_hand.group_by("account_id").agg(last_paid_on=by_hand.paid_on.max())
    rows = rows.left_join(paid, "account_id").drop("account_id_right")
    # A card that was never used owes nothing; a payment on the account speaks for its other cards.
    moved = rows.last_txn_on.notnull().ifelse(
        ibis.greatest(rows.last_txn_on, rows.last_paid_on.fill_null(rows.last_txn_on)), ibis.null("date")
    )
    return rows.mutate(last_use_on=moved).drop("last_txn_on", "last_paid_on")
