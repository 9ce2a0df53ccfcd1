"""The engine's codes in words. A code that is not listed is shown as it is."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, pgettext_lazy

from kajing.ui.templatetags.kajing import RISK_WORDS

STATES = {
    "NEVER_USED": pgettext_lazy("state", "never used"),
    "ACTIVE": pgettext_lazy("state", "active"),
    "DORMANT": pgettext_lazy("state", "dormant"),
    "SLEEPING": pgettext_lazy("state", "sleeping"),
}
STATE_TONES = {"ACTIVE": "ok", "NEVER_USED": "pri"}
BUCKETS = ("M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+")
BANDS = RISK_WORDS
CLASSES = {
    "NEVER_USED": pgettext_lazy("segment", "never used"),
    "SLEEPER": pgettext_lazy("segment", "sleeper"),
    "DELINQUENT": pgettext_lazy("segment", "past due"),
    "MINIMUM_PAYER": pgettext_lazy("segment", "minimum payer"),
    "REVOLVER": pgettext_lazy("segment", "revolver"),
    "TRANSACTOR": pgettext_lazy("segment", "pays in full"),
    "NEW": pgettext_lazy("segment", "new"),
    "GROWING": pgettext_lazy("segment", "growing"),
    "STEADY": pgettext_lazy("segment", "steady"),
    "DECLINING": pgettext_lazy("segment", "declining"),
    "LAPSED": pgettext_lazy("segment", "lapsed"),
    "V1": pgettext_lazy("segment", "top value"),
    "V2": pgettext_lazy("segment", "high value"),
    "V3": pgettext_lazy("segment", "middle value"),
    "V4": pgettext_lazy("segment", "low value"),
    "V5": pgettext_lazy("segment", "lowest value"),
}
FIVE_CLASSES = {
    "NORMAL": gettext_lazy("normal"),
    "SPECIAL_MENTION": gettext_lazy("special mention"),
    "SUBSTANDARD": gettext_lazy("substandard"),
    "DOUBTFUL": gettext_lazy("doubtful"),
    "LOSS": gettext_lazy("loss"),
}
SCHEMES = {"CARD_2011": gettext_lazy("card rules of 2011"), "ASSET_2023": gettext_lazy("asset rules of 2023")}
CARD_STATUS = {
    "ISSUED_INACTIVE": gettext_lazy("not activated"),
    "ACTIVE": pgettext_lazy("card", "in use"),
    "TEMP_HOLD": gettext_lazy("on hold"),
    "LOST": gettext_lazy("reported lost"),
    "FROZEN": gettext_lazy("frozen"),
    "EXPIRED": gettext_lazy("expired"),
    "CLOSED": pgettext_lazy("card", "closed"),
    "REPLACED": gettext_lazy("replaced"),
}
ACCOUNT_STATUS = {
    "NORMAL": gettext_lazy("normal"),
    "OVERDUE": gettext_lazy("overdue"),
    "STOP_PAY": gettext_lazy("payment stopped"),
    "HARDSHIP_PLAN": gettext_lazy("hardship plan"),
    "WRITTEN_OFF": gettext_lazy("written off"),
    "CLOSED": pgettext_lazy("account", "closed"),
    "DECEASED": gettext_lazy("deceased"),
}
STATUS_TONES = {
    "ACTIVE": "ok", "NORMAL": "ok", "OVERDUE": "bad", "WRITTEN_OFF": "bad", "TEMP_HOLD": "warn", "LOST": "warn",
    "FROZEN": "warn", "STOP_PAY": "warn", "HARDSHIP_PLAN": "warn",
}  # fmt: skip


def class_words(code: str) -> str:
    """A class of the engine (segment, life stage, value tier) in words."""
    return str(CLASSES.get(code, code))


def bucket_words(bucket: str) -> str:
    """M0 → not overdue; M1 → overdue M1."""
    if not bucket:
        return ""
    return str(_("not overdue")) if bucket == "M0" else _("overdue %(bucket)s") % {"bucket": bucket}


def bucket_tone(bucket: str) -> str:
    """Red says overdue; the first bucket is amber, so that one glance finds the rest."""
    if bucket in {"", "M0"}:
        return ""
    return "warn" if bucket == "M1" else "bad"


# Message ids: a hold's kind is stored in marks and translated when shown.
HOLDS = {
    "COMPLAINT": gettext_noop("open complaint"),
    "HARDSHIP": gettext_noop("hardship plan"),
    "FRAUD": gettext_noop("fraud case"),
    "DECEASED": gettext_noop("deceased"),
    "REFUSAL": gettext_noop("refused contact"),
    "TRIAL": gettext_noop("held back by lot in a trial"),
}
# Groups of merchant categories (domain reference, mcc dictionary).
MCC_GROUPS = {
    "DEPARTMENT": gettext_lazy("department stores"),
    "DINING": gettext_lazy("dining"),
    "DIRECT_ONLINE": gettext_lazy("online shopping"),
    "EDUCATION": gettext_lazy("education"),
    "ENTERTAINMENT": gettext_lazy("entertainment"),
    "FINANCE": gettext_lazy("finance and insurance"),
    "FUEL_AUTO": gettext_lazy("fuel and cars"),
    "HEALTH_BEAUTY": gettext_lazy("health and beauty"),
    "HOME_ELECTRONICS": gettext_lazy("home and electronics"),
    "JEWELRY_LUXURY": gettext_lazy("jewellery and luxury"),
    "REAL_ESTATE": gettext_lazy("property and building"),
    "SERVICE": gettext_lazy("services"),
    "SUPERMARKET": gettext_lazy("groceries"),
    "TRAVEL": gettext_lazy("travel"),
    "UTILITY_GOV": gettext_lazy("utilities and government"),
    "WHOLESALE": gettext_lazy("wholesale"),
    "OTHER": gettext_lazy("other"),
}
TRANSACTION_KINDS = {
    "PURCHASE": gettext_lazy("purchase"),
    "CASH": gettext_lazy("cash advance"),
    "TRANSFER": gettext_lazy("transfer"),
    "PREAUTH": gettext_lazy("pre-authorisation"),
    "INSTALMENT": gettext_lazy("instalment"),
    "FEE": gettext_lazy("fee"),
    "INTEREST": gettext_lazy("interest"),
    "PENALTY": gettext_lazy("late-payment penalty"),
    "REFUND": gettext_lazy("refund"),
    "REVERSAL": gettext_lazy("reversal"),
    "DECLINE": gettext_lazy("declined"),
}
REPAYMENT_METHODS = {
    "AUTO_DEBIT": gettext_lazy("automatic debit"),
    "CUSTOMER": gettext_lazy("by the customer"),
    "THIRD_PARTY": gettext_lazy("by a third party"),
    "BRANCH": gettext_lazy("at a branch"),
}

# Rules that say two customers are one person, in words.
DUPLICATE_REASONS = {
    "same_id_number": gettext_lazy("same ID number"),
    "other_id_number": gettext_lazy("different ID numbers"),
    "same_phone": gettext_lazy("same phone number"),
    "same_email": gettext_lazy("same e-mail address"),
    "same_name": gettext_lazy("same name"),
    "same_pinyin": gettext_lazy("names sound alike"),
    "similar_name": gettext_lazy("similar names"),
    "same_birth_date": gettext_lazy("same birthday"),
    "same_employer": gettext_lazy("same employer"),
    "other_gender": gettext_lazy("different gender"),
}
