"""The words of contact: by which channel, what for, and how it stands."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from kajing.customers.words import HOLDS


class Channel(models.TextChoices):
    """By which way a customer is met. A consent is given for the same names; nobody is disturbed at a branch."""

    PHONE = "PHONE", _("phone")
    VISIT = "VISIT", _("visit")
    EMAIL = "EMAIL", pgettext_lazy("channel", "e-mail")
    SMS = "SMS", _("SMS")
    WECOM = "WECOM", _("WeCom")
    APP = "APP", _("app")
    BRANCH = "BRANCH", pgettext_lazy("channel", "at a branch")


class Purpose(models.TextChoices):
    """What a contact is for; the gate's rules differ by it."""

    MARKETING = "MARKETING", pgettext_lazy("purpose", "marketing")
    SURVEY = "SURVEY", pgettext_lazy("purpose", "survey")
    CARE = "CARE", pgettext_lazy("purpose", "care")
    SERVICE = "SERVICE", pgettext_lazy("purpose", "service")
    COLLECTION = "COLLECTION", pgettext_lazy("purpose", "collection")


class Direction(models.TextChoices):
    """Who began."""

    OUT = "OUT", _("to the customer")
    IN = "IN", _("from the customer")


class State(models.TextChoices):
    """How a contact stands."""

    PLANNED = "PLANNED", pgettext_lazy("contact", "planned")
    STARTED = "STARTED", pgettext_lazy("contact", "running")
    DONE = "DONE", pgettext_lazy("contact", "done")
    MISSED = "MISSED", pgettext_lazy("contact", "missed")
    CANCELLED = "CANCELLED", pgettext_lazy("contact", "called off")


class Outcome(models.TextChoices):
    """How it ended."""

    REACHED = "REACHED", _("reached")
    LATER = "LATER", _("call later")
    REFUSED = "REFUSED", _("refused")
    NEVER = "NEVER", _("never again")
    NO_ANSWER = "NO_ANSWER", _("no answer")
    WRONG_NUMBER = "WRONG_NUMBER", _("wrong number")
    PROMISED = "PROMISED", _("promised to pay")
    MISSED = "MISSED", _("missed call")


# Attempts that met nobody: they count as unanswered, and a wrong number disturbed somebody else.
UNANSWERED = frozenset({Outcome.NO_ANSWER})


# What the gate's blocks are called, as message ids: contacts, overrides and messages keep their codes.
BLOCKS = {
    **HOLDS,
    "CONSENT": gettext_noop("no consent"),
    "LICENCE": gettext_noop("no valid licence"),
    "IN_COLLECTION": gettext_noop("account in collection"),
    "COLLECTION_UNIT": gettext_noop("the debt is the collection unit's"),
    "HOURS": gettext_noop("outside contact hours"),
    "FESTIVAL": gettext_noop("quiet days of Spring Festival"),
    "COLLECTION_HOURS": gettext_noop("night rest of debtors"),
    "COLLECTION_CALLS": gettext_noop("unanswered calls of the day"),
    "CAP_DAY": gettext_noop("contacts of the day"),
    "CAP_7_DAYS": gettext_noop("contacts in 7 days"),
    "CAP_30_DAYS": gettext_noop("contacts in 30 days"),
    "RULES": gettext_noop("contact rules not loaded"),
}


def names_of_blocks(codes: Iterable[str]) -> list[str]:
    """Message ids of blocks, each once; a hold without words of its own keeps its code."""
    return [BLOCKS.get(code, code) for code in dict.fromkeys(codes)]
