"""The incoming files of the feed contract, one module each. A new feed is a module here and a line below."""

from kajing.analytics.feeds import (
    accounts,
    bureau,
    cards,
    customers,
    fraud_labels,
    licences,
    people,
    repayments,
    statements,
    transactions,
    units,
)
from kajing.analytics.feeds.base import Column, Feed, Kind, Personal, Sign

# In this order a day's files are best loaded: what is referred to comes before what refers to it. The order only saves
# "waits for" rejects; the warehouse comes out the same in any order.
FEEDS: dict[str, Feed] = {
    module.FEED.name: module.FEED
    for module in (
        units,
        people,
        licences,
        customers,
        accounts,
        cards,
        transactions,
        statements,
        repayments,
        fraud_labels,
        bureau,
    )
}

__all__ = ["FEEDS", "Column", "Feed", "Kind", "Personal", "Sign"]
