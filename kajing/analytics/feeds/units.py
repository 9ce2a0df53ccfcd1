"""Units 机构: the org tree with its dates."""

from kajing.analytics.feeds.base import Feed, choice, day, ident, text

FEED = Feed(
    name="units",
    key=("unit_code",),
    columns=(
        ident("unit_code", required=True),
        ident("parent_code"),
        text("name", required=True),
        choice("kind", "HEAD_OFFICE | BRANCH | SUB_BRANCH | TEAM | CARD_CENTRE", required=True),
        day("valid_from"),
        day("valid_to"),
    ),
)
