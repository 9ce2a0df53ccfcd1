"""Risk and care rules as expressions: what holds at as_of, for whom, how grave, and why. Names are the contract's.

The engine says what holds tonight; that an alert stays open, is attached to or may fire again is `risk`'s business.
`register` adds a rule; its words go into `alerts.wording`.
"""

from kajing.analytics.alerts import cashout, fraud, rules
from kajing.analytics.alerts.base import RULES, AlertRule, AlertTables, as_table, register, to_rows
from kajing.analytics.alerts.wording import unless, words

__all__ = [
    "RULES",
    "AlertRule",
    "AlertTables",
    "as_table",
    "cashout",
    "fraud",
    "register",
    "rules",
    "to_rows",
    "unless",
    "words",
]
