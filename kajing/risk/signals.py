"""News this room sends, inside the transaction of the act; a receiver writes rows only."""

from django.dispatch import Signal

# A person disposed of an alert: alert (with state, outcome, close_reason), actor, at.
alert_closed = Signal()
