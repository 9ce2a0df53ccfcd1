"""What the audit trail calls this room's acts, and what they are done to."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from kajing.audit import acts

WORDS = {
    "customers.acknowledge_handover": pgettext_lazy("audit", "Handover acknowledged"),
    "customers.add_relation": pgettext_lazy("audit", "Relation added"),
    "customers.remove_relation": pgettext_lazy("audit", "Relation removed"),
    "customers.ask_pool_raise": pgettext_lazy("audit", "Higher pool limit asked for"),
    "customers.decide_pool_raise": pgettext_lazy("audit", "Higher pool limit decided"),
    "customers.define_audience": pgettext_lazy("audit", "Audience defined"),
    "customers.change_audience": pgettext_lazy("audit", "Audience changed"),
    "customers.delete_audience": pgettext_lazy("audit", "Audience deleted"),
    "customers.freeze_audience": pgettext_lazy("audit", "Audience frozen as a list"),
    "customers.remove_from_audience": pgettext_lazy("audit", "Customers removed from an audience"),
    "customers.check_duplicate": pgettext_lazy("audit", "Looked for a duplicate"),
    "customers.find_duplicates": pgettext_lazy("audit", "Search for duplicates"),
    "customers.not_a_duplicate": pgettext_lazy("audit", "Marked as not a duplicate"),
    "customers.doubt_again": pgettext_lazy("audit", "Duplicate in doubt again"),
    "customers.merge": pgettext_lazy("audit", "Customers merged"),
    "customers.assign": pgettext_lazy("audit", "Customers assigned"),
    "customers.take": pgettext_lazy("audit", "Customer taken from the pool"),
    "customers.give_back": pgettext_lazy("audit", "Customer given back to the pool"),
    "customers.recycle": pgettext_lazy("audit", "Customer returned to the pool by the night"),
    "customers.export": pgettext_lazy("audit", "Customers taken out as a file"),
    "customers.export_ask": pgettext_lazy("audit", "Customer file asked for"),
    "customers.export_expire": pgettext_lazy("audit", "Customer file expired"),
    "customers.place_hold": pgettext_lazy("audit", "Contact hold placed"),
    "customers.lift_hold": pgettext_lazy("audit", "Contact hold lifted"),
    "customers.record_consent": pgettext_lazy("audit", "Consent recorded"),
    "customers.withdraw_consent": pgettext_lazy("audit", "Consent withdrawn"),
    "customers.invalidate_contact_point": pgettext_lazy("audit", "Contact point marked as dead"),
    "customers.reveal": pgettext_lazy("audit", "Personal value shown in clear"),
}

KINDS = {
    "audience": pgettext_lazy("audit object", "Audience"),
    "consent": pgettext_lazy("audit object", "Consent"),
    "contact_hold": pgettext_lazy("audit object", "Stop on contact"),
    "contact_point": pgettext_lazy("audit object", "Contact point"),
    "customer": pgettext_lazy("audit object", "Customer"),
    "customers": pgettext_lazy("audit object", "Customers"),
    "duplicate_pair": pgettext_lazy("audit object", "Possible duplicate"),
    "export": pgettext_lazy("audit object", "Export"),
    "handover": pgettext_lazy("audit object", "Handover pack"),
    "list": pgettext_lazy("audit object", "List"),
    "pool_raise": pgettext_lazy("audit object", "Raised limit of the pool"),
    "relation": pgettext_lazy("audit object", "Relation"),
}


def register() -> None:
    """Name them to the trail."""
    acts.register(WORDS)
    acts.register_kinds(KINDS)
