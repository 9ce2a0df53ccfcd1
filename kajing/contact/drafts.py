"""What is to be said to one customer: an approved template or own words, merged, checked, with the way out.

Planning, previews and the API use the same functions, so that what is shown is what will be sent.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from kajing.contact import channels, forbidden, merging
from kajing.contact.choices import Purpose
from kajing.contact.models import TemplateVersion
from kajing.customers import personal
from kajing.customers.models import ContactPoint, Customer
from kajing.customers.selectors import masked
from kajing.lib.errors import DomainError
from kajing.lib.masks import scrub_card_numbers

OWN_WORDS = frozenset({Purpose.SERVICE.value})
OPT_OUT_SALT = "contact.optout"


class CannotSend(DomainError):
    """The message cannot be written as asked; the sentence says what to do."""

    status = 422


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What is to be said: an approved version, or own words."""

    channel: str
    purpose: str
    version: TemplateVersion | None = None
    subject: str = ""
    text: str = ""

    @property
    def language(self) -> str:
        """The language the customer reads."""
        return self.version.template.language if self.version else "zh-hans"

    @property
    def sells(self) -> bool:
        """Whether it is marketing and must offer a way out."""
        return bool(self.version and self.version.template.sells)


def draft_of(version: TemplateVersion) -> Draft:
    """The draft that a template makes."""
    return Draft(channel=version.template.channel, purpose=version.template.purpose, version=version)


def check_draft(draft: Draft, on: date) -> None:
    """Whether these words may be used at all on a day. Raises CannotSend."""
    if draft.channel not in channels.CHANNELS:
        raise CannotSend(_("Choose a channel of the list."))
    if draft.version is None and draft.purpose not in OWN_WORDS:
        raise CannotSend(_("Own words are for service only. For %(purpose)s choose an approved template.") % {
            "purpose": Purpose(draft.purpose).label if draft.purpose in Purpose.values else draft.purpose
        })  # fmt: skip
    if draft.version is not None and not draft.version.in_force(on):
        raise CannotSend(_("This template is not approved for today. Choose another."))


def worded(draft: Draft, facts: merging.Facts, message_id: uuid.UUID) -> tuple[str, str]:
    """Subject and text as the customer will read them, with the way out of marketing. Raises MissingValue."""
    if draft.version is None:
        subject, text = scrub_card_numbers(draft.subject.strip()), scrub_card_numbers(draft.text.strip())
    else:
        subject, text = merging.merged_version(draft.version, facts)
    return " ".join(subject.split())[:200], text + (
        way_out(draft.channel, draft.language, message_id) if draft.sells else ""
    )


def check_words(channel: str, subject: str, text: str, on: date) -> list[forbidden.Hit]:
    """The doubtful phrases of a finished text. Raises CannotSend, ForbiddenPhrase."""
    way = channels.channel_of(channel)
    if not text.strip():
        raise CannotSend(_("Write a text."))
    if way.has_subject and not subject.strip():
        raise CannotSend(_("A mail needs a subject."))
    if len(text) > way.longest:
        raise CannotSend(_("With its values the text is longer than %(most)s characters.") % {"most": way.longest})
    return forbidden.check_phrases(f"{subject}\n{text}", on)


def way_out(channel: str, language: str, message_id: uuid.UUID) -> str:
    """The line that tells how to get no more of this, as the law asks of marketing."""
    with translation.override(language):
        if channel != "EMAIL":
            return " " + _("Reply R to get no more of these.")
        url = opt_out_url(message_id)
        if not url:
            return "\n\n-- \n" + _("To get no more of these mails answer “unsubscribe”.")
        line = _("To get no more of these mails open %(url)s or answer “unsubscribe”.") % {"url": url}
        return "\n\n-- \n" + line


def opt_out_url(message_id: uuid.UUID) -> str:
    """The signed address that withdraws consent; empty while the installation has no public address."""
    if not settings.KAJING_PUBLIC_URL:
        return ""
    token = signing.Signer(salt=OPT_OUT_SALT).sign(message_id.hex)  # no time in it: a way out never expires
    return settings.KAJING_PUBLIC_URL.rstrip("/") + reverse("contact:optout", args=[token])


def point_of(customer: Customer, kind: str) -> ContactPoint | None:
    """The valid contact point a channel writes to, the preferred one first."""
    return customer.contact_points.filter(valid=True, kind=kind).order_by("-is_preferred", "id").first()


def address_shown(point: ContactPoint) -> str:
    """The address under its mask."""
    return masked(point.kind.lower(), personal.unseal(point.kind.lower(), point.value_enc))


class NoAddress(CannotSend):
    """There is nowhere to send to."""

    def __init__(self, channel: str, customer: Customer) -> None:
        super().__init__(channel, customer.pk)
        self.channel, self.customer = channel, customer.pk

    def __str__(self) -> str:
        return _(
            "Customer %(customer)s has no valid address for %(channel)s. Ask for one, or choose another channel."
        ) % {
            "customer": self.customer,
            "channel": channels.label_of(self.channel),
        }
