"""What each metric is called, and where its rows are opened. How one is computed belongs to the engine."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Words:
    """A metric's name and grain for people, and the filter of the customer list that shows its rows."""

    label: str | Promise
    grain: str | Promise
    rows: str = ""


CARD, ACCOUNT, CUSTOMER = _("card"), _("account"), _("customer")
WORDS: dict[str, Words] = {
    "cards_issued": Words(_("Cards issued"), CARD, "status=ACTIVE"),
    "cards_valid": Words(_("Valid cards"), CARD, "status=ACTIVE"),
    "activation_rate_30d": Words(_("Activation rate, 30 days"), CARD, "state=NEVER_USED"),
    "activation_rate_90d": Words(_("Activation rate, 90 days"), CARD, "state=NEVER_USED"),
    "first_use_rate_30d": Words(_("First-use rate, 30 days"), CUSTOMER, "state=NEVER_USED"),
    "active_card_rate_90d": Words(_("Active-card rate, 90 days"), CARD, "state=ACTIVE"),
    "active_account_rate_month": Words(_("Active-account rate, month"), ACCOUNT, "state=ACTIVE"),
    "spend_per_card_month": Words(_("Spend per card, month"), CARD, "order=-spend"),
    "sleeping_ratio": Words(_("Share of long-sleeping cards"), CARD, "state=SLEEPING"),
    "utilisation": Words(_("Use of limits"), ACCOUNT, "order=-utilisation"),
    "delinquency_balance_by_bucket": Words(_("Balance by overdue bucket"), ACCOUNT, "dpd=1.."),
    "overdue_30_rate": Words(_("Overdue rate, over 30 days"), ACCOUNT, "dpd=31.."),
    "roll_rate": Words(_("Roll rates between buckets"), ACCOUNT, "dpd=1.."),
    "entry_rate": Words(_("Entry rate into arrears"), ACCOUNT, "dpd=1.."),
    "fpd30": Words(_("First payment missed for 30 days"), ACCOUNT, "dpd=31.."),
    "attrition_rate": Words(_("Attrition rate"), CARD, "status=CLOSED"),
}
UNITS = {"count": _("number"), "share": _("share"), "ratio": _("share"), "fen": _("amount")}
KEYS = {"unit": _("unit"), "month": _("month"), "segment": _("segment"), "product": _("product")}


def words_of(name: str) -> Words:
    """The words of a metric; one added by a plugin is called by its own name."""
    return WORDS.get(name) or Words(name, "")
