"""News of the audit room."""

from django.dispatch import Signal

# An act was recorded: kind, object_id, action, changes, actor, at, customer_id, row_id.
# Sent inside the transaction of the act.
recorded = Signal()
