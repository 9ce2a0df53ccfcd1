"""Card accounts 账户: limit and debt live here."""

from kajing.analytics.feeds.base import Feed, choice, day, ident, letters, money, number

FEED = Feed(
    name="accounts",
    key=("account_id",),
    columns=(
        ident("account_id", required=True),
        ident("customer_id", required=True, refers="customers"),
        ident("product_id"),
        letters("currency", 3, default="CNY"),
        money("credit_limit", required=True),
        money("temp_limit"),
        day("temp_limit_until"),
        money("cash_limit"),
        number("statement_day", 1, 31, required=True),
        number("due_days", 0, 90, default="20"),
        day("opened_on", required=True, happened=True),
        day("closed_on", happened=True),
        choice(
            "status",
            "NORMAL | OVERDUE | STOP_PAY | HARDSHIP_PLAN | WRITTEN_OFF | CLOSED | DECEASED",
            required=True,
        ),
    ),
)
