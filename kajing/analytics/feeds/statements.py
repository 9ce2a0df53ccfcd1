"""Statements 账单: what was billed, what is due and when."""

from kajing.analytics.feeds.base import Feed, Sign, day, ident, money, number

FEED = Feed(
    name="statements",
    key=("account_id", "statement_on"),
    control="balance",
    columns=(
        ident("account_id", required=True, refers="accounts"),
        day("statement_on", required=True, happened=True),
        day("due_on", required=True),
        money("balance", required=True, sign=Sign.ANY),
        money("minimum_due", required=True),
        money("purchases"),
        money("cash_advances"),
        money("fees_interest"),
        money("instalment_due"),
        money("credit_limit"),
        number("cycles_past_due", 0, 999),
    ),
)
