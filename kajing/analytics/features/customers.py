"""One row a customer: all scalar features of the contract, from the figures of days, cards and accounts."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.features import debt
from kajing.analytics.features.cards import last_to_sleep, months_to_sleep, state_of
from kajing.analytics.features.spend import PUBLISHED as ZERO_WITHOUT_SPEND
from kajing.analytics.marts import ratio
from kajing.analytics.parameters import Parameters


def of_accounts(accounts: Table) -> Table:
    """Sums and worst cases over a customer's accounts; limits and use over open ones (§1.5 combined management)."""
    largest = accounts.effective_limit.max().over(group_by="customer_id")
    a = accounts.mutate(main_product=(accounts.effective_limit == largest).ifelse(accounts.product_id, None))
    rows = a.group_by("customer_id").agg(
        credit_limit=a.is_open.ifelse(a.effective_limit, 0).sum(),
        balance=a.balance.sum(),
        used=a.is_open.ifelse(a.balance, 0).sum(),
        minimum_due=a.minimum_due.sum(),
        next_due_on=a.next_due_on.min(),
        overdue_amount=a.overdue_amount.sum(),
        over_limit_amount=a.is_open.ifelse(a.over_limit_amount, 0).sum(),
        dpd=a.dpd.max(),
        cycle_count=a.cycle_count.max(),
        min_pay_streak=a.min_pay_streak.max(),
        class2011=debt.worst(a.five_class_card2011),
        class2023=debt.worst(a.five_class_asset2023),
        payment_ratio_3m=a.payment_ratio_3m.min(),
        accounts_open=a.is_open.cast("int64").sum(),
        product_id=a.main_product.min(),
        then_30d=a.is_open.ifelse(a.balance_30d_ago, 0).sum(),
    )
    return rows.mutate(
        utilisation=ratio(rows.used, rows.credit_limit),
        utilisation_30d_ago=ratio(rows.then_30d, rows.credit_limit),
        bucket=debt.bucket(rows.dpd),
        cycle_bucket=debt.cycle_bucket(rows.cycle_count),
        five_class_card2011=debt.class_of_rank(rows.class2011),
        five_class_asset2023=debt.class_of_rank(rows.class2023),
    ).drop("used", "class2011", "class2023", "cycle_count", "then_30d")


def of_cards(cards: Table, as_of: date, p: Parameters) -> Table:
    """A customer sleeps when the last card in the register does: one that owes or is exempt does not."""
    rows = cards.group_by("customer_id").agg(
        last_use_on=cards.last_use_on.max(),
        sleeping_on=last_to_sleep(cards),
        cards_valid=cards.valid.cast("int64").sum(),
        cards_held=cards.in_register.cast("int64").sum(),
    )
    return rows.mutate(state=state_of(rows.last_use_on, rows.sleeping_on, as_of, p))


def customers(
    staged: Table, spend: Table, rhythm: Table, accounts: Table, cards: Table, as_of: date, p: Parameters
) -> Table:
    """Join the parts; a customer without any transaction has zeros and nulls, never a missing row.

    income_multiple: limit ÷ monthly income (§3.4), in halves: a finer figure would give the income away, which only
    owners may see in full (§2.8). spend_income_ratio_30d: spend of 30 days ÷ monthly income (C9), in halves too.
    months_to_sleep: see `cards.months_to_sleep`.
    """
    rows = staged.select("customer_id", "unit_id", "manager_id", "status", "annual_income", customer_since="opened_on")
    gaps = rhythm.select("customer_id", "silence_p", "usual_gap_days", "longest_gap_days", "silent_days", "gap_count")
    for part in (spend, gaps, of_accounts(accounts), of_cards(cards, as_of, p)):
        rows = rows.left_join(part, "customer_id").drop("customer_id_right")
    zeros: dict[str, Any] = {name: rows[name].fill_null(0) for name in ZERO_WITHOUT_SPEND}
    return rows.mutate(
        **zeros,
        fading=fading(zeros["spend_30d"], zeros["spend_prev_30d"], zeros["spend_before_90d"], p),
        income_multiple=of_income(rows.credit_limit, rows.annual_income),
        spend_income_ratio_30d=of_income(zeros["spend_30d"], rows.annual_income),
        months_to_sleep=months_to_sleep(rows.sleeping_on, as_of),
        dormancy_stage=dormancy(ibis.literal(as_of).cast("date").delta(rows.last_use_on, unit="day"), p),
        as_of=ibis.literal(as_of).cast("date"),
        # By the sum beside it: an array is never null in ClickHouse, only empty.
        spend_weeks=rows.spend_30d.isnull().ifelse(ibis.array([ibis.literal(0, "int64")] * 8), rows.spend_weeks),
        state=rows.state.fill_null("NEVER_USED"),
        bucket=rows.bucket.fill_null("M0"),
        cycle_bucket=rows.cycle_bucket.fill_null("M0"),
        dpd=rows.dpd.fill_null(0),
        five_class_card2011=rows.five_class_card2011.fill_null("NORMAL"),
        five_class_asset2023=rows.five_class_asset2023.fill_null("NORMAL"),
    ).drop("annual_income")


def fading(last: Any, previous: Any, before: Any, p: Parameters) -> Any:
    """§1.11 流失预警: the last 30 days and the 30 before, each at most half of a month of the 90 before them."""
    most = before.cast("float64") / 3 * p.fading_ratio
    return (most > 0) & (last <= most) & (previous <= most)


def dormancy(idle_days: Any, p: Parameters) -> Any:
    """§1.11 休眠: the longest of `dormancy_stages` (days without own use) that is over, else 0; null if never used."""
    stages = sorted(p.dormancy_stages, reverse=True)
    reached = ibis.cases(*[(idle_days >= days, days) for days in stages], else_=0).cast("int64")
    return idle_days.notnull().ifelse(reached, ibis.null("int64"))


def of_income(amount: Any, annual_income: Any) -> Any:
    """An amount ÷ monthly income, in halves; null without an income."""
    return (ratio(amount * 24, annual_income) + 0.5).floor() / 2.0
