"""News of the customers room."""

from django.dispatch import Signal

# Customers went to another manager or to the pool: customer_ids (list), manager_no ("" for the pool), unit_code,
# actor (person_no), at. Sent inside the transaction of the act, once a chunk; receivers write rows only.
portfolio_reassigned = Signal()

# A customer gave or withdrew consent: customer_id, purpose, channel, given, actor, at. Inside the transaction.
consent_recorded = Signal()

# Somebody asks for a file above the row cap: export (ExportRequest), actor (Person), at. Inside the transaction;
# whoever decides calls `services.start_export`, `return_export` or `take_back_export`.
export_requested = Signal()

# Customers became one: `survivor` and `old_ids` (customer numbers), `actor` (person_no), `at`. All rows have moved.
customers_merged = Signal()

# Somebody asks for a higher limit of the pool: asked (PoolRaise), before (int, the limit in force), actor (Person), at.
# Inside the transaction; whoever decides calls `services.decide_pool_raise`.
pool_raise_requested = Signal()
