"""Licences 资格: what a person was granted, and until when; a row with an earlier last day takes it back."""

from kajing.analytics.feeds.base import Feed, day, ident, text

FEED = Feed(
    name="licences",
    key=("person_no", "code", "granted_on"),
    columns=(
        ident("person_no", required=True, refers="people"),
        ident("code", required=True),
        day("granted_on", required=True, happened=True),
        day("last_day"),
        text("source", length=200),
    ),
)
