"""Every act on customers."""

from kajing.customers.services.bulk import assign_selection
from kajing.customers.services.consents import record_consent, withdraw_consent, withdrawn_by_customer
from kajing.customers.services.exports import (
    CannotFetch,
    TooManyRows,
    expire_exports,
    export_selection,
    fetch_export,
    request_export,
    return_export,
    start_export,
    take_back_export,
    wait_again,
)
from kajing.customers.services.figures import refresh_figures
from kajing.customers.services.handovers import acknowledge, export_handover
from kajing.customers.services.marks import lift_hold, mark_many, mark_timeline, place_hold
from kajing.customers.services.merging import merge_customers
from kajing.customers.services.points import invalidate_contact_point
from kajing.customers.services.pool import give_back, recycle, take
from kajing.customers.services.pool_many import act_on_pool, look_at_pool
from kajing.customers.services.pool_raises import decide_pool_raise, request_pool_raise
from kajing.customers.services.portfolio import assign_portfolio
from kajing.customers.services.relations import CannotRelate, add_relation, remove_relation
from kajing.customers.services.reveals import reveal

__all__ = [
    "CannotFetch",
    "CannotRelate",
    "TooManyRows",
    "acknowledge",
    "act_on_pool",
    "add_relation",
    "assign_portfolio",
    "assign_selection",
    "decide_pool_raise",
    "expire_exports",
    "export_handover",
    "export_selection",
    "fetch_export",
    "give_back",
    "invalidate_contact_point",
    "lift_hold",
    "look_at_pool",
    "mark_many",
    "mark_timeline",
    "merge_customers",
    "place_hold",
    "record_consent",
    "recycle",
    "refresh_figures",
    "remove_relation",
    "request_export",
    "request_pool_raise",
    "return_export",
    "reveal",
    "start_export",
    "take",
    "take_back_export",
    "wait_again",
    "withdraw_consent",
    "withdrawn_by_customer",
]
