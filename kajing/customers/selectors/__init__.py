"""Every read of customers, user first."""

from kajing.customers.selectors.answers import detail, listed, rows_under
from kajing.customers.selectors.choices import assignable, holders, segments
from kajing.customers.selectors.page import Record, record_of
from kajing.customers.selectors.people import (
    COPIES,
    customer,
    customers,
    knows_name,
    masked,
    masked_fields,
    owners_of_address,
    personal_value,
    place_of,
    seen_figures,
    shown_name,
    unit_of,
)
from kajing.customers.selectors.places import place_in_list
from kajing.customers.selectors.pool import (
    Allowance,
    allowance,
    kept,
    left_pool,
    left_pool_today,
    load_pool_rows,
    pool,
    pool_figures,
    pool_places,
    raise_asked,
    waiting_until,
)
from kajing.customers.selectors.quality import book_quality, lacking, quality
from kajing.customers.selectors.rows import CustomerRow, load_rows
from kajing.customers.selectors.score import score
from kajing.customers.selectors.search import hits, matching, search
from kajing.customers.selectors.sections import (
    access_log,
    accounts,
    assignments,
    consent_entries,
    consent_given,
    consent_words,
    contact_rules,
    open_holds,
    relation_of,
    relations,
)
from kajing.customers.selectors.timeline import GROUPS, timeline
from kajing.customers.selectors.warehouse import features, spending, transactions
from kajing.records.selectors import Selection, selection

__all__ = [
    "COPIES",
    "GROUPS",
    "Allowance",
    "CustomerRow",
    "Record",
    "Selection",
    "access_log",
    "accounts",
    "allowance",
    "assignable",
    "assignments",
    "book_quality",
    "consent_entries",
    "consent_given",
    "consent_words",
    "contact_rules",
    "customer",
    "customers",
    "detail",
    "features",
    "hits",
    "holders",
    "kept",
    "knows_name",
    "lacking",
    "left_pool",
    "left_pool_today",
    "listed",
    "load_pool_rows",
    "load_rows",
    "masked",
    "masked_fields",
    "matching",
    "open_holds",
    "owners_of_address",
    "personal_value",
    "place_in_list",
    "place_of",
    "pool",
    "pool_figures",
    "pool_places",
    "quality",
    "raise_asked",
    "record_of",
    "relation_of",
    "relations",
    "rows_under",
    "score",
    "search",
    "seen_figures",
    "segments",
    "selection",
    "shown_name",
    "spending",
    "timeline",
    "transactions",
    "unit_of",
    "waiting_until",
]
