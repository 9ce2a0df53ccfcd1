"""Joined tables that features and pages stand on. Every mart carries unit_id and manager_id."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.parameters import Parameters

ADDS_DEBT = ("PURCHASE", "CASH", "TRANSFER", "INSTALMENT", "FEE", "INTEREST", "PENALTY")
GIVES_BACK = ("REFUND", "REVERSAL")
OTHER_GROUP = "OTHER"
LENT = ("mcc", "merchant_id", "merchant_name")  # what a refund takes from its original when it names none
SHOWN_DAYS = 400  # of repayments and events in a timeline
HISTORY_DAYS = 760  # 25 months: the 24 whole months of a customer's chart


def portfolio(customers: Table) -> Table:
    """Customer → unit and manager."""
    return customers.select("customer_id", "unit_id", "manager_id")


def givebacks(staged: Table) -> Table:
    """Refunds and reversals with what they give back: a small table that the big one is joined to."""
    rows = staged.filter(staged.kind.isin(GIVES_BACK)).select(
        back_id="txn_id", original_txn_id="original_txn_id", back_kind="kind", back_amount="billing_amount"
    )
    wanted = rows.filter(rows.original_txn_id.notnull()).select("original_txn_id").distinct()
    originals = staged.semi_join(wanted, [("txn_id", "original_txn_id")]).select(
        origin_id="txn_id",
        origin_kind="kind",
        origin_mcc="mcc",
        origin_merchant="merchant_id",
        origin_name="merchant_name",
    )
    return rows.left_join(originals, [("original_txn_id", "origin_id")]).drop("origin_id")


def transactions(staged: Table, backs: Table, accounts: Table, cards: Table, mcc_groups: Table) -> Table:
    """One row a posting, in CNY fen, with its customer, MCC group and what became of it; `backs` from `givebacks`.

    `spend` is what it adds to net purchases: + for a purchase, − for a refund or reversal of one, 0 otherwise (§1.3
    卡均消费: net of refunds). A refund counts on its own day, under its original's merchant if it names none. `signed`
    is what it adds to the debt. `attention` is the MCC's cash-out attention, 0–3. `use` marks a customer-initiated
    transaction that was not reversed in full (§1.3). Rows whose card or account has not come are left out. `holder`
    and `plastic` are numbers of customer and card where accounts and cards have them (`memory.numbers`).
    """
    t = staged.mutate(original_amount=staged.amount, amount=staged.billing_amount, day=staged.occurred_at.date())
    t = t.drop("billing_amount")
    t = t.join(accounts.select("account_id", "customer_id", *_numbers(accounts)), "account_id")
    numbers = _numbers(cards)
    t = t.join(cards.select("card_id", *numbers), "card_id") if numbers else t.semi_join(cards, "card_id")
    t = _with_original(t, backs)
    groups = mcc_groups.select(mcc_code="mcc", mcc_group="group_code", attention="cashout_attention")
    t = t.left_join(groups, [("mcc", "mcc_code")]).drop("mcc_code")
    back = t.kind.isin(GIVES_BACK)
    of_purchase = ((t.kind == "PURCHASE") | (back & (t.of_kind == "PURCHASE"))).cast("int64")
    adds = t.kind.isin(ADDS_DEBT)
    takes = back & t.of_kind.isin(ADDS_DEBT)
    return t.mutate(
        mcc_group=t.mcc_group.fill_null(OTHER_GROUP),
        spend=back.ifelse(-t.amount, t.amount) * of_purchase,
        signed=adds.ifelse(t.amount, takes.ifelse(-t.amount, 0)),
        purchase=(t.kind == "PURCHASE") & ~t.reversed,
        use=t.customer_initiated & ~t.reversed & ~back & (t.kind != "DECLINE"),
    )


def _numbers(table: Table) -> list[str]:
    return [name for name in ("holder", "plastic") if name in table.columns]


def of_customers(rows: Table, folk: Table) -> Table:
    """The rows of some customers, found by their number where both tables have it."""
    key = customer_key(rows, folk)
    return rows.semi_join(folk.select(key).distinct(), key)


def customer_key(*tables: Table) -> str:
    """The column by which customers are told apart in all of these tables with least work."""
    return "holder" if all("holder" in table.columns for table in tables) else "customer_id"


def waiting(staged: Table, accounts: Table, cards: Table) -> Table:
    """Staged rows that `transactions` leaves out until their account and card have come."""
    strangers = staged.anti_join(accounts, "account_id")
    cardless = staged.semi_join(accounts, "account_id").anti_join(cards, "card_id")
    return strangers.union(cardless)


def _with_original(t: Table, backs: Table) -> Table:
    """Mark originals that were reversed or refunded in full; give refunds the merchant of their original."""
    linked = backs.filter(backs.original_txn_id.notnull())
    returned = linked.group_by(origin="original_txn_id").agg(
        returned_amount=linked.back_amount.sum(),
        taken_back=(linked.back_kind == "REVERSAL").ifelse(linked.back_amount, 0).sum(),
    )
    of = backs.select("back_id", "origin_kind", "origin_mcc", "origin_merchant", "origin_name")
    t = t.left_join(returned, [("txn_id", "origin")]).drop("origin")
    t = t.left_join(of, [("txn_id", "back_id")]).drop("back_id")
    return t.mutate(
        reversed=t.taken_back.fill_null(0) >= t.amount,
        refunded=t.returned_amount.fill_null(0) >= t.amount,
        of_kind=t.origin_kind.fill_null("PURCHASE"),
        lent_mcc=t.mcc.isnull() & t.origin_mcc.notnull(),
        lent_merchant_id=t.merchant_id.isnull() & t.origin_merchant.notnull(),
        lent_merchant_name=t.merchant_name.isnull() & t.origin_name.notnull(),
        mcc=ibis.coalesce(t.mcc, t.origin_mcc),
        merchant_id=ibis.coalesce(t.merchant_id, t.origin_merchant),
        merchant_name=ibis.coalesce(t.merchant_name, t.origin_name),
    ).drop("taken_back", "returned_amount", "origin_kind", "origin_mcc", "origin_merchant", "origin_name")


def customer_day(t: Table, p: Parameters) -> Table:
    """Additive sums per customer and day: the state that windows are made of. Amounts in fen, the rest counts.

    spend: net of refunds. bought, cash, instalment: purchases, cash advances, instalment postings, before refunds;
    used: purchases, cash and transfers together. abroad, at_night, round_amount: parts of bought; a round sum is
    at least 1,000 yuan and a multiple of 100 or ends in 99x (§4 C1). cash_like: the part of used at the MCCs of
    `cash_like_mccs`, cash advances always (risk design 4.2). risky: the part of bought at MCCs with
    a cashout_attention of `risky_attention_from` or more (§4 C4).
    """
    hour = t.occurred_at.hour()
    night = (hour >= p.night_from_hour) | (hour < p.night_until_hour)
    bought = t.purchase.ifelse(t.amount, 0)
    cash = (t.kind == "CASH") & ~t.reversed
    used = t.purchase | cash | ((t.kind == "TRANSFER") & ~t.reversed)
    cash_like = cash | (used & t.mcc.isin(p.cash_like_mccs).fill_null(False))
    is_round = round_sum(t.amount, p)
    return t.group_by("customer_id", "day").agg(
        spend=t.spend.sum(),
        bought=bought.sum(),
        purchases=t.purchase.cast("int64").sum(),
        abroad=(t.country != "CN").ifelse(bought, 0).sum(),
        at_night=night.ifelse(bought, 0).sum(),
        cash=cash.ifelse(t.amount, 0).sum(),
        uses=t.use.cast("int64").sum(),
        used=used.ifelse(t.amount, 0).sum(),
        cash_like=cash_like.ifelse(t.amount, 0).sum(),
        risky=(t.attention >= p.risky_attention_from).fill_null(False).ifelse(bought, 0).sum(),
        instalment=((t.kind == "INSTALMENT") & ~t.reversed).ifelse(t.amount, 0).sum(),
        round_amount=is_round.ifelse(bought, 0).sum(),
        round_sums=(is_round & t.purchase).cast("int64").sum(),
        refunds=(t.kind == "REFUND").cast("int64").sum(),
        declines=(t.kind == "DECLINE").cast("int64").sum(),
    )


def round_sum(amount: Any, p: Parameters) -> Any:
    """§4 C1: at least `round_sum_from` fen and a multiple of 100 yuan, or its last three digits of yuan are 99x."""
    return (amount >= p.round_sum_from) & ((amount % 10_000 == 0) | ((amount - amount % 1_000) % 100_000 == 99_000))


def customer_mcc(t: Table, as_of: date) -> Table:
    """Net spend per customer and MCC group over 365 days, with 30 and 90 beside it; share of the customer's total."""
    year = t.filter((t.spend != 0) & (t.day > as_of - timedelta(365)))
    rows = year.group_by("customer_id", "mcc_group").agg(
        amount=year.spend.sum(),
        txn_count=year.purchase.cast("int64").sum(),
        amount_30d=(year.day > as_of - timedelta(30)).ifelse(year.spend, 0).sum(),
        amount_90d=(year.day > as_of - timedelta(90)).ifelse(year.spend, 0).sum(),
    )
    total = rows.amount.sum().over(group_by="customer_id")
    return rows.mutate(share=ratio(rows.amount, total))


def customer_merchants(t: Table, as_of: date, limit: int = 10) -> Table:
    """The merchants a customer spent most at in 365 days."""
    year = t.filter((t.spend != 0) & (t.day > as_of - timedelta(365)) & t.merchant_id.notnull())
    rows = year.group_by("customer_id", "merchant_id").agg(
        merchant_name=year.merchant_name.max(),
        mcc=year.mcc.max(),
        mcc_group=year.mcc_group.max(),
        amount=year.spend.sum(),
        txn_count=year.purchase.cast("int64").sum(),
        last_on=year.day.max(),
    )
    order = ibis.row_number().over(group_by="customer_id", order_by=[ibis.desc("amount"), "merchant_id"])
    return rows.mutate(rank=order.cast("int64") + 1).filter(lambda r: r["rank"] <= limit)


def customer_month(t: Table, as_of: date, months: int = 24) -> Table:
    """Net spend per customer, month and MCC group."""
    first = month_of(as_of, -(months - 1))
    rows = t.filter((t.spend != 0) & (t.day >= first))
    return rows.group_by("customer_id", rows.day.truncate("M").cast("date").name("month"), "mcc_group").agg(
        amount=rows.spend.sum(), txn_count=rows.purchase.cast("int64").sum()
    )


def account_month(t: Table) -> Table:
    """Additive sums per account and month, what portfolio totals are made of; `month` is its first day.

    taken: purchases and cash, of which no day of the month has more. yuan, squares: whole yuan of the purchases and
    their squares; squares ÷ yuan is at most the largest purchase. Both say where a search among transactions is vain.
    """
    yuan = (t.purchase & (t.amount > 0)).ifelse((t.amount / 100).floor().cast("int64"), 0)
    taken = (t.purchase | ((t.kind == "CASH") & ~t.reversed)).ifelse(ibis.greatest(t.amount, 0), 0)
    return t.group_by("account_id", "customer_id", t.day.truncate("M").cast("date").name("month")).agg(
        spend=t.spend.sum(),
        txn_count=t.purchase.cast("int64").sum(),
        cash=((t.kind == "CASH") & ~t.reversed).ifelse(t.amount, 0).sum(),
        uses=t.use.cast("int64").sum(),
        taken=taken.sum(),
        yuan=yuan.sum(),
        squares=(yuan * yuan).sum(),
        postings=t.count(),
    )


def history(t: Table, as_of: date) -> Table:
    """Transactions of 25 months for pages and their queries; `amount` in `currency`, `billing_amount` in CNY fen."""
    t = t.filter(t.day > as_of - timedelta(HISTORY_DAYS))
    return t.select(
        *"customer_id account_id card_id txn_id occurred_at day posted_on kind currency signed spend purchase".split(),
        *"merchant_id merchant_name mcc mcc_group country city channel reversed".split(),
        amount=t.original_amount,
        billing_amount=t.amount,
    )


def repaid(repayments: Table, as_of: date) -> Table:
    """Repayments as a customer's page shows them; needs customer_id."""
    return repayments.filter(repayments.paid_at.date() > as_of - timedelta(SHOWN_DAYS)).select(
        "customer_id", "account_id", "repayment_id", "paid_at", "amount", "method"
    )


def month_of(day: date, shift: int) -> date:
    """The first day of a month, `shift` months away."""
    index = day.year * 12 + day.month - 1 + shift
    return date(index // 12, index % 12 + 1, 1)


def ratio(numerator: Any, denominator: Any) -> Any:
    """A share as DOUBLE; null where the denominator is 0 (domain reference, conventions)."""
    return numerator.cast("float64") / denominator.cast("float64").nullif(0)


def owned(table: Table, folk: Table) -> Table:
    """Add unit_id and manager_id by customer; rows of unknown customers are left out."""
    return table.join(folk.select("customer_id", "unit_id", "manager_id"), "customer_id")


def events(t: Table, cycles: Table, repayments: Table, cards: Table, as_of: date, p: Parameters) -> Table:
    """What is worth a line in a customer's timeline over 400 days: at, kind, amount (fen), on, name, ref, account_id.

    kind: statement (on = due date), repayment (name = method), missed_payment (on = due date), large_purchase and
    abroad (name = merchant), card_approved, card_activated, card_closed (name = last four). ref is unique in its kind.
    `repayments` from `repaid`.
    """
    start = as_of - timedelta(SHOWN_DAYS)
    bills = cycles.filter(cycles.statement_on > start)
    paid = repayments.filter(repayments.paid_at.date() > start)
    missed = bills.filter(bills.missed)
    abroad = t.filter(t.purchase & (t.country != "CN") & (t.day > start))
    large = t.filter(t.purchase & (t.country == "CN") & (t.amount >= p.large_purchase_amount) & (t.day > start))
    approved = cards.filter(cards.approved_on > start)
    activated = cards.filter((cards.activated_on > start) & (cards.activated_on <= as_of))
    closed = cards.filter((cards.closed_on > start) & (cards.closed_on <= as_of))
    bill = bills.account_id + ":" + bills.statement_on.cast("string")
    miss = missed.account_id + ":" + missed.statement_on.cast("string")
    return ibis.union(
        _event("statement", bills, at=bills.statement_on, ref=bill, amount=bills.balance, on=bills.due_on),
        _event("missed_payment", missed, at=missed.deadline, ref=miss, amount=missed.minimum_due, on=missed.due_on),
        _event("repayment", paid, at=paid.paid_at, ref=paid.repayment_id, amount=paid.amount, name=paid.method),
        _event(
            "abroad", abroad, at=abroad.occurred_at, ref=abroad.txn_id, amount=abroad.amount, name=abroad.merchant_name
        ),
        _event(
            "large_purchase",
            large,
            at=large.occurred_at,
            ref=large.txn_id,
            amount=large.amount,
            name=large.merchant_name,
        ),
        _event("card_approved", approved, at=approved.approved_on, ref=approved.card_id, name=approved.last4),
        _event("card_activated", activated, at=activated.activated_on, ref=activated.card_id, name=activated.last4),
        _event("card_closed", closed, at=closed.closed_on, ref=closed.card_id, name=closed.last4),
    )


def _event(kind: str, rows: Table, *, at: Any, ref: Any, amount: Any = None, on: Any = None, name: Any = None) -> Table:
    return rows.select(
        "customer_id",
        "account_id",
        at=at.cast("timestamp"),
        kind=ibis.literal(kind),
        amount=ibis.null("int64") if amount is None else amount.cast("int64"),
        on=ibis.null("date") if on is None else on.cast("date"),
        name=ibis.null("string") if name is None else name,
        ref=ref,
    )
