"""Several customers become one: fields chosen one by one, everything else moves, old numbers lead to the survivor."""

from kajing.customers.services.merging.acts import CannotMerge, Merged, merge_customers

__all__ = ["CannotMerge", "Merged", "merge_customers"]
