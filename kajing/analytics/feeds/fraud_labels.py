"""Confirmed fraud and confirmed genuine transactions: the labels that teach the fraud scores."""

from kajing.analytics.feeds.base import Feed, choice, day, ident

FEED = Feed(
    name="fraud_labels",
    key=("txn_id",),
    columns=(
        ident("txn_id", required=True, refers="transactions"),
        choice("label", "FRAUD | GENUINE", required=True),
        day("confirmed_on", required=True, happened=True),
    ),
)
