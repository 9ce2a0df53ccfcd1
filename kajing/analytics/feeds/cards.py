"""Cards 卡: usage and status live here; `card_id` is a token, never a full card number."""

from kajing.analytics.feeds.base import Feed, choice, day, digits, flag, ident

FEED = Feed(
    name="cards",
    key=("card_id",),
    columns=(
        ident("card_id", required=True),
        ident("account_id", required=True, refers="accounts"),
        ident("customer_id", required=True, refers="customers"),
        ident("product_id"),
        digits("bin", 6, 8),
        digits("last4", 4),
        flag("supplementary", default="0"),
        day("approved_on", required=True, happened=True),
        day("activated_on", happened=True),
        day("expires_on"),
        day("closed_on", happened=True),
        ident("replaces_card_id"),
        flag("policy_function", default="0"),
        choice(
            "status",
            "ISSUED_INACTIVE | ACTIVE | TEMP_HOLD | LOST | FROZEN | EXPIRED | CLOSED | REPLACED",
            required=True,
        ),
    ),
)
