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
    formula: str | Promise = ""
    rows: str = ""


CARD, ACCOUNT, CUSTOMER = _("card"), _("account"), _("customer")
WORDS: dict[str, Words] = {
    "cards_issued": Words(
        _("Cards issued"), CARD, _("Cards ever issued, replacements not counted again"), "status=ACTIVE"
    ),
    "cards_valid": Words(
        _("Valid cards"), CARD, _("Activated, status active or on temporary hold, not expired"), "status=ACTIVE"
    ),
    "activation_rate_30d": Words(
        _("Activation rate, 30 days"),
        CARD,
        _("Activated within 30 days of approval ÷ cards approved, matured cohorts only"),
        "state=NEVER_USED",
    ),
    "activation_rate_90d": Words(
        _("Activation rate, 90 days"),
        CARD,
        _("Activated within 90 days of approval ÷ cards approved, matured cohorts only"),
        "state=NEVER_USED",
    ),
    "first_use_rate_30d": Words(
        _("First-use rate, 30 days"),
        CUSTOMER,
        _("First purchase not refunded in full within 30 days of approval ÷ matured new customers"),
        "state=NEVER_USED",
    ),
    "active_card_rate_90d": Words(
        _("Active-card rate, 90 days"),
        CARD,
        _("Valid cards used by the customer in 90 days ÷ valid cards"),
        "state=ACTIVE",
    ),
    "active_account_rate_month": Words(
        _("Active-account rate, month"),
        ACCOUNT,
        _("Accounts used by the customer in the month ÷ valid accounts"),
        "state=ACTIVE",
    ),
    "spend_per_card_month": Words(
        _("Spend per card, month"),
        CARD,
        _("Purchases net of refunds in the month ÷ mean of valid cards at its start and end"),
        "order=-spend",
    ),
    "sleeping_ratio": Words(
        _("Share of long-sleeping cards"),
        CARD,
        _("Long-sleeping cards ÷ cards in the register, exempt cards not counted as asleep"),
        "state=SLEEPING",
    ),
    "utilisation": Words(
        _("Use of limits"),
        ACCOUNT,
        _("Balance ÷ limit of open accounts, temporary limits in force included"),
        "order=-utilisation",
    ),
    "delinquency_balance_by_bucket": Words(
        _("Balance by overdue bucket"),
        ACCOUNT,
        _("Balance of accounts by days past due; the whole balance moves to the bucket"),
        "dpd=1..",
    ),
    "overdue_30_rate": Words(
        _("Overdue rate, over 30 days"),
        ACCOUNT,
        _("Balance of accounts over 30 days past due ÷ all balance"),
        "dpd=31..",
    ),
    "roll_rate": Words(
        _("Roll rates between buckets"),
        ACCOUNT,
        _("Balance in the next bucket at month end ÷ balance in the bucket at the month end before"),
        "dpd=1..",
    ),
    "entry_rate": Words(
        _("Entry rate into arrears"),
        ACCOUNT,
        _("Accounts that missed their minimum after grace ÷ accounts with an amount due"),
        "dpd=1..",
    ),
    "fpd30": Words(
        _("First payment missed for 30 days"),
        ACCOUNT,
        _("New accounts whose first minimum was unpaid 30 days after it was due ÷ matured new accounts"),
        "dpd=31..",
    ),
    "attrition_rate": Words(
        _("Attrition rate"),
        CARD,
        _("Cards closed in the last 30 days ÷ cards valid at their beginning"),
        "status=CLOSED",
    ),
}
UNITS = {"count": _("number"), "share": _("share"), "ratio": _("share"), "fen": _("amount")}
KEYS = {"unit": _("unit"), "month": _("month"), "segment": _("segment"), "product": _("product")}


def words_of(name: str) -> Words:
    """The words of a metric; one added by a plugin is called by its own name."""
    return WORDS.get(name) or Words(name, "")
