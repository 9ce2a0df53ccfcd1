"""Repayments 还款."""

from kajing.analytics.feeds.base import Feed, Sign, choice, ident, moment, money, text

FEED = Feed(
    name="repayments",
    key=("repayment_id",),
    control="amount",
    columns=(
        ident("repayment_id", required=True),
        ident("account_id", required=True, refers="accounts"),
        moment("paid_at", required=True, happened=True),
        money("amount", required=True, sign=Sign.POSITIVE),
        choice("method", "AUTO_DEBIT | CUSTOMER | THIRD_PARTY | BRANCH"),
        text("payer", length=120),
    ),
)
