"""The consent ledger: entries are added, never changed (capability 1.10)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.customers.models import Consent, Customer
from kajing.customers.services.marks import mark_timeline
from kajing.customers.signals import consent_recorded
from kajing.lib.errors import DomainError, NotAllowed

if TYPE_CHECKING:
    from kajing.org.models import Person

# A withdrawal must be as easy as giving (PIPL Art. 15), so it asks for no text version and no reason.
BY_CUSTOMER = "customer"
GIVEN = gettext_noop("Consent given: %(purpose)s, %(channel)s")
WITHDRAWN = gettext_noop("Consent withdrawn: %(purpose)s, %(channel)s")


class UnknownConsent(DomainError):
    """The purpose or the channel is not one of the ledger's."""

    status = 422

    def __str__(self) -> str:
        return str(_("Choose a purpose and a channel from the list."))


class TextVersionMissing(DomainError):
    """Consent without the text it was given to proves nothing."""

    status = 422

    def __str__(self) -> str:
        return str(_("Say which version of the consent text the customer agreed to."))


def record_consent(
    *, actor: Person, customer: Customer, purpose: str, channel: str, text_version: str, at: datetime, source: str = ""
) -> Consent:
    """Add "given" to the ledger. Raises NotAllowed, UnknownConsent, TextVersionMissing."""
    if not text_version.strip():
        raise TextVersionMissing
    return _add(actor, customer, purpose, channel, at, given=True, text_version=text_version.strip(), source=source)


def withdraw_consent(
    *, actor: Person, customer: Customer, purpose: str, channel: str, at: datetime, reason: str = "", source: str = ""
) -> Consent:
    """Add "withdrawn" to the ledger; it counts from now. Raises NotAllowed, UnknownConsent."""
    latest = customer.consents.filter(purpose=purpose, given=True).first()
    version = latest.text_version if latest else ""
    return _add(actor, customer, purpose, channel, at, given=False, text_version=version, source=source, reason=reason)


@transaction.atomic
def withdrawn_by_customer(*, customer: Customer, purpose: str, channel: str, at: datetime, source: str) -> Consent:
    """The customer withdrew without any of our people, by a reply or a link; `source` says how. Raises UnknownConsent.

    Said twice it stands once: while the newest word for the channel, or for any, is a withdrawal, it is given back.
    """
    newest = customer.consents.filter(purpose=purpose, channel__in={channel, Consent.Channel.ANY}).first()
    if newest is not None and not newest.given:
        return newest
    latest = customer.consents.filter(purpose=purpose, given=True).first()
    version = latest.text_version if latest else ""
    return _write(BY_CUSTOMER, customer, purpose, channel, at, given=False, text_version=version, source=source)


def _add(
    actor: Person, customer: Customer, purpose: str, channel: str, at: datetime, *, reason: str = "", **fields: Any
) -> Consent:
    if not actor.has_perm("customers.record_consent"):
        raise NotAllowed
    return _write(actor.person_no, customer, purpose, channel, at, reason=reason, **fields)


@transaction.atomic
def _write(
    by: str,
    customer: Customer,
    purpose: str,
    channel: str,
    at: datetime,
    *,
    given: bool,
    text_version: str,
    source: str,
    reason: str = "",
) -> Consent:
    if purpose not in Consent.Purpose.values or channel not in Consent.Channel.values:
        raise UnknownConsent
    entry = Consent.objects.create(
        customer=customer,
        purpose=purpose,
        channel=channel,
        given=given,
        text_version=text_version,
        at=at,
        source=source,
        recorded_by=by,
        reason=reason,
    )
    _tell(entry, by)
    return entry


def _tell(entry: Consent, actor: str) -> None:
    record(
        actor=actor,
        action="customers.record_consent" if entry.given else "customers.withdraw_consent",
        object_kind="consent",
        object_id=str(entry.pk),
        customer_id=entry.customer_id,
        reason=entry.reason,
        at=entry.at,
        changes={"purpose": entry.purpose, "channel": entry.channel, "text_version": entry.text_version},
    )
    mark_timeline(
        customer_id=entry.customer_id,
        at=entry.at,
        kind="consent",
        title=GIVEN if entry.given else WITHDRAWN,
        body=entry.reason,
        params={
            "purpose": PURPOSES[entry.purpose],
            "channel": CHANNELS[entry.channel],
            "_translate": ["purpose", "channel"],
        },
        source=f"consent:{entry.pk}",
        actor=actor,
        icon="writing-sign",
    )
    consent_recorded.send(
        sender=Consent,
        customer_id=entry.customer_id,
        purpose=entry.purpose,
        channel=entry.channel,
        given=entry.given,
        actor=actor,
        at=entry.at,
    )


# The message ids behind the choices' labels: what a mark stores is translated when it is shown.
PURPOSES = {
    "MARKETING": "marketing",
    "SERVICE": "service",
    "SURVEY": "survey",
    "PROFILING": "profiling",
    "CROSS_SELL": "cross-selling",
    "BUREAU": "bureau query",
    "COLLECTION": "collection at night",
}
CHANNELS = {
    "ANY": "any channel",
    "PHONE": "phone",
    "SMS": "SMS",
    "EMAIL": "e-mail",
    "WECOM": "WeCom",
    "APP": "app",
    "VISIT": "visit",
}
