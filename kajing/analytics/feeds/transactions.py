"""Transactions 交易: every posting of a card. Amounts are positive; `kind` says the direction."""

from kajing.analytics.feeds.base import Feed, Sign, choice, day, digits, flag, ident, letters, moment, money, text

# Domain reference §1.3: used by the customer, not posted by the bank. A policy parameter, hence the column.
INITIATED_BY_CUSTOMER = ("PURCHASE", "CASH", "TRANSFER", "PREAUTH")

FEED = Feed(
    name="transactions",
    key=("txn_id",),
    control="amount",
    columns=(
        ident("txn_id", required=True),
        ident("card_id", required=True, refers="cards"),
        ident("account_id", required=True, refers="accounts"),
        moment("occurred_at", required=True, happened=True),
        day("posted_on", required=True, happened=True),
        choice(
            "kind",
            "PURCHASE | CASH | TRANSFER | PREAUTH | INSTALMENT"
            " | FEE | INTEREST | PENALTY | REFUND | REVERSAL | DECLINE",
            required=True,
        ),
        money("amount", required=True, sign=Sign.POSITIVE),
        letters("currency", 3, default="CNY"),
        money("billing_amount"),
        ident("merchant_id"),
        text("merchant_name"),
        digits("mcc", 4),
        ident("terminal_id"),
        letters("country", 2, default="CN"),
        text("city", length=80),
        choice("channel", "POS | ONLINE | QR | ATM | OTHER"),
        flag("card_present"),
        ident("device_id"),
        ident("original_txn_id"),
        flag("customer_initiated"),
    ),
    fills=(
        ("billing_amount", "amount"),
        ("customer_initiated", "kind IN (" + ", ".join(f"'{kind}'" for kind in INITIATED_BY_CUSTOMER) + ")"),
    ),
)
