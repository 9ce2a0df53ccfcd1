"""Every read of objects and their records, user first."""

from kajing.objects.selectors.definitions import (
    definition,
    definitions,
    fields_for_shaping,
    is_there,
    known,
    may,
    of_customers,
    role_of,
    rows_of,
)
from kajing.objects.selectors.records import (
    code_of,
    customer_of,
    in_use,
    of_customer,
    place_of,
    record_of,
    records,
    search_hits,
)

__all__ = [
    "code_of",
    "customer_of",
    "definition",
    "definitions",
    "fields_for_shaping",
    "in_use",
    "is_there",
    "known",
    "may",
    "of_customer",
    "of_customers",
    "place_of",
    "record_of",
    "records",
    "role_of",
    "rows_of",
    "search_hits",
]
