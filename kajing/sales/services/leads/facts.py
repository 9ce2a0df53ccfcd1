"""What is said of a lead, checked alike for the form, the API, sheets and the code, and put into its row."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from kajing.customers import personal
from kajing.customers.models import Customer
from kajing.customers.selectors import customers
from kajing.customers.services.feeds import name_initials
from kajing.org.models import Person
from kajing.products.models import Product
from kajing.sales.models import Lead
from kajing.sales.selectors.leads import clean_phone, is_id_number
from kajing.sales.selectors.leads.duplicates import id_index, phone_index
from kajing.sales.selectors.leads.reading import personal_value
from kajing.sales.services.leads.common import words

MOST_LIMIT = 10_000_000_00  # fen: ten million yuan
OLDEST_CONSENT = timedelta(days=730)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is said of a lead. `expected_limit` is fen; `customer_id` is an existing customer of the actor's own."""

    name: str
    phone: str
    source: str
    consent_version: str
    consent_at: datetime
    id_number: str = ""
    source_detail: str = ""
    code_owner_no: str = ""
    referrer_id: str = ""
    customer_id: str = ""
    product_id: str = ""
    expected_limit: int | None = None
    employer: str = ""


def checked(actor: Person | None, facts: Facts, at: datetime) -> dict[str, str]:
    """What is wrong with the facts, by field; the form, the API and sheets ask here. Queries only what is named."""
    found = {**_plain(facts), **_consent(facts, at)}
    source = Lead.Source
    if facts.source == source.REFERRAL and not facts.referrer_id:
        found["referrer_id"] = _("Say which customer referred the lead.")
    if facts.source == source.CROSS_SELL and not facts.customer_id:
        found["customer_id"] = _("Say which of your customers the lead is about.")
    if facts.source in {source.WECOM, source.ACTIVITY} and not facts.source_detail.strip():
        found["source_detail"] = _("Say which code or activity.")
    if facts.source == source.STAFF_CODE and not staff(facts.code_owner_no):
        found["code_owner_no"] = _("Say whose personal code it was, by staff number.")
    seen = customers(actor) if actor is not None else Customer.objects
    if facts.customer_id and not seen.filter(pk=facts.customer_id).exists():
        found["customer_id"] = _("There is no such customer in your area.")
    # A referrer may be anybody's customer: the number alone tells nothing about them.
    if facts.referrer_id and not Customer.objects.filter(pk=facts.referrer_id).exists():
        found["referrer_id"] = _("There is no customer of this number.")
    if facts.product_id and not Product.objects.filter(pk=facts.product_id).exists():
        found["product_id"] = _("There is no such product.")
    return found


def _plain(facts: Facts) -> dict[str, str]:
    found = {}
    if not facts.name.strip() or len(facts.name) > 100:
        found["name"] = _("Give the name, at most 100 characters.")
    if not clean_phone(facts.phone):
        found["phone"] = _("Give a phone number of 7 to 15 digits.")
    if facts.id_number and not is_id_number(facts.id_number.upper()):
        found["id_number"] = _("An ID number has 17 digits and a digit or X.")
    if facts.source not in Lead.Source.values:
        found["source"] = _("Choose where the lead comes from.")
    if facts.expected_limit is not None and not 0 < facts.expected_limit <= MOST_LIMIT:
        found["expected_limit"] = _("An expected limit is between 0 and 10 million yuan.")
    return found


def _consent(facts: Facts, at: datetime) -> dict[str, str]:
    """Without consent to a text nobody's data is kept (PIPL Arts. 13, 14)."""
    found = {}
    if not facts.consent_version.strip():
        found["consent_version"] = _("Say which version of the consent text the person agreed to.")
    if facts.consent_at > at + timedelta(minutes=1):
        found["consent_at"] = _("Consent cannot lie ahead.")
    elif facts.consent_at < at - OLDEST_CONSENT:
        found["consent_at"] = _("This consent is older than two years: ask for it again.")
    return found


def staff(number: str) -> Person | None:
    """Somebody who works here, by number."""
    return Person.objects.filter(person_no=number, is_active=True).first() if number else None


def fill(one: Lead, facts: Facts) -> None:
    """Put the facts into the row, personal ones encrypted with their blind index."""
    phone, number = clean_phone(facts.phone), facts.id_number.upper()
    one.name, one.initials = facts.name.strip(), name_initials(facts.name.strip())
    one.phone_enc, one.phone_idx = personal.seal("mobile", phone), phone_index(phone)
    one.tail_idx = personal.blind_tail(phone)
    one.id_number_enc = personal.seal("id_number", number) if number else None
    one.id_number_idx = id_index(number)
    one.employer_enc = personal.seal("employer", facts.employer.strip()) if facts.employer.strip() else None
    one.source, one.source_detail = facts.source, words(facts.source_detail, 100)
    one.code_owner_no = facts.code_owner_no if facts.source == Lead.Source.STAFF_CODE else ""
    one.referrer_id, one.customer_id = facts.referrer_id or None, facts.customer_id or None
    one.product_id, one.expected_limit = facts.product_id or None, facts.expected_limit
    one.consent_version, one.consent_at = facts.consent_version.strip()[:40], facts.consent_at


def facts_of(one: Lead) -> Facts:
    """What is known of a lead, in clear: for services and for forms of who knows it."""
    return Facts(
        name=one.name, phone=personal_value(one, "phone"), id_number=personal_value(one, "id_number"),
        employer=personal_value(one, "employer"), source=one.source, source_detail=one.source_detail,
        code_owner_no=one.code_owner_no, referrer_id=str(one.referrer_id or ""), customer_id=str(one.customer_id or ""),
        product_id=str(one.product_id or ""), expected_limit=one.expected_limit, consent_version=one.consent_version,
        consent_at=one.consent_at,
    )  # fmt: skip


PERSONAL = frozenset({"name", "phone", "id_number", "employer"})


def differences(before: Facts, now: Facts) -> dict[str, Any]:
    """What changed, for the audit trail; personal values only as the fact that they did."""
    found: dict[str, Any] = {}
    for field in fields(Facts):
        was, is_ = getattr(before, field.name), getattr(now, field.name)
        if was != is_:
            found[field.name] = ["***", "***"] if field.name in PERSONAL else [_plainly(was), _plainly(is_)]
    return found


def _plainly(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (datetime, date)) else value
