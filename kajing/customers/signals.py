"""News of the customers room."""

from django.dispatch import Signal

# Customers went to another manager or to the pool: customer_ids (list), manager_no ("" for the pool), unit_code,
# actor (person_no), at. Sent inside the transaction of the act, once a chunk; receivers write rows only.
portfolio_reassigned = Signal()

# A customer gave or withdrew consent: customer_id, purpose, channel, given, actor, at. Inside the transaction.
consent_recorded = Signal()
