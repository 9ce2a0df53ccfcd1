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
    """card_id → root_card_id for replacements only, one step back: the card it replaces, if that one is known."""
    known = cards.select(exists_id="card_id").view()
    rows = cards.filter(cards.replaces_card_id.notnull()).select("card_id", "replaces_card_id")
    return rows.join(known, [("replaces_card_id", "exists_id")]).select("card_id", root_card_id="replaces_card_id")


def doubled(steps: Table) -> Table:
    """Twice as many steps back. After CHAIN_DOUBLINGS of it every replacement points at the first of its chain."""
    further = steps.select(step="card_id", beyond="root_card_id").view()
    rows = steps.left_join(further, [("root_card_id", "step")])
    return rows.select("card_id", root_card_id=ibis.coalesce(rows.beyond, rows.root_card_id))


def use(transactions: Table) -> Table:
    """card_id → last_txn_on, first_use_on: last customer-initiated use; first purchase not refunded in full."""
    used = transactions.filter(transactions.use)
    return used.group_by("card_id").agg(
        last_txn_on=used.day.max(),
        first_use_on=(used.purchase & ~used.refunded).ifelse(used.day, ibis.null("date")).min(),
    )


def paid_by_hand(repayments: Table) -> Table:
    """account_id → last_paid_on: the last repayment the customer made (no auto-debit, no third party)."""
    by_hand = repayments.filter(repayments.method.isin(["CUSTOMER", "BRANCH"]))
    return by_hand.group_by("account_id").agg(last_paid_on=by_hand.paid_on.max())


def cards(staged: Table, chain: Table, used: Table, paid: Table, balances: Table, as_of: date, p: Parameters) -> Table:
    """One row a card; `chain` from `links`, `used` from `use`, `paid` from `paid_by_hand`, `debt.balances` of as_of.

    last_active_on: the last customer-initiated use on the card or a predecessor, a repayment by the customer included
    (parameter); without any, the first card's approval date (§1.4). sleeping_on: the first day d with
    last_active_on ≤ add_months(d, −18), as things stand: null for exempt (added policy function) and unregistered
    cards, and while anything is owed or overpaid on the account (§1.4: both must be nothing). A card whose account was
    settled after its line keeps the line's day.
    """
    rows = staged.filter(staged.approved_on <= as_of).left_join(chain, "card_id").drop("card_id_right")
    rows = rows.mutate(root_card_id=ibis.coalesce(rows.root_card_id, rows.card_id))
    rows = _with_root(rows)
    rows = _with_use(rows, chain, used, paid, p)
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
    stands = balances.filter(balances.balance != 0).select(standing="account_id")
    rows = rows.left_join(stands, [("account_id", "standing")])
    settled = rows.standing.isnull()
    rows = rows.mutate(
        sleeping_on=(rows.in_register & ~rows.exempt & settled).ifelse(
            sleep_date(rows.last_active_on, p.sleeping_months), ibis.null("date")
        )
    ).drop("standing")
    return rows.mutate(
        asleep=(rows.sleeping_on <= as_of).fill_null(False),
        months_to_sleep=months_to_sleep(rows.sleeping_on, as_of),
        state=state_of(rows.last_use_on, rows.sleeping_on, as_of, p),
    )


def last_to_sleep(cards: Table) -> Any:
    """The day the last registered card of a group falls asleep; null while one of them will not."""
    wakeful = (cards.in_register & cards.sleeping_on.isnull()).cast("int64").max()
    return (wakeful == 1).ifelse(ibis.null("date"), cards.sleeping_on.max())


def sleep_date(last_active_on: Any, months: int) -> Any:
    """The day a card falls asleep: `months` after its last use, or the next day where the month is too short for it.

    add_months clamps: for 2024-08-31 the date 18 months on is 2026-02-28, whose line is 2024-08-28, before the last
    use;
    the card sleeps from 2026-03-01.
    """
    later = (last_active_on + ibis.interval(months=months)).cast("date")
    return (later.day() < last_active_on.day()).ifelse((later + ibis.interval(days=1)).cast("date"), later)


def months_to_sleep(sleeping_on: Any, as_of: date) -> Any:
    """Whole months until a card sleeps: the least k with sleeping_on ≤ add_months(as_of, k), 0 once it does (§1.4).

    The watch list of 1, 2 and 3 months is k = 1, 2, 3. Null where it will not sleep.
    """
    today: Any = ibis.literal(as_of).cast("date")
    months = (sleeping_on.year() - today.year()) * 12 + (sleeping_on.month() - today.month())
    whole = months + (sleeping_on.day() > today.day()).cast("int64")
    return (sleeping_on <= as_of).ifelse(0, whole).cast("int64")


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


def _with_use(rows: Table, chain: Table, used: Table, paid: Table, p: Parameters) -> Table:
    """Last and first use of the whole chain."""
    own = used.left_join(chain, "card_id").drop("card_id_right")
    own = own.mutate(root_card_id=ibis.coalesce(own.root_card_id, own.card_id))
    whole = own.group_by("root_card_id").agg(last_txn_on=own.last_txn_on.max(), first_use_on=own.first_use_on.min())
    rows = rows.left_join(whole, "root_card_id").drop("root_card_id_right")
    if not p.repayment_counts_as_use:
        return rows.mutate(last_use_on=rows.last_txn_on).drop("last_txn_on")
    rows = rows.left_join(paid, "account_id").drop("account_id_right")
    # A card that was never used owes nothing; a payment on the account speaks for its other cards.
    moved = rows.last_txn_on.notnull().ifelse(
        ibis.greatest(rows.last_txn_on, rows.last_paid_on.fill_null(rows.last_txn_on)), ibis.null("date")
    )
    return rows.mutate(last_use_on=moved).drop("last_txn_on", "last_paid_on")
