"""The words a complaint is described with, and the ways it may go."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    """Only a complaint has a deadline by law and stops other contacts; all three have the service clock."""

    COMPLAINT = "COMPLAINT", pgettext_lazy("complaint", "complaint")
    QUERY = "QUERY", pgettext_lazy("complaint", "query")
    SUGGESTION = "SUGGESTION", pgettext_lazy("complaint", "suggestion")


class State(models.TextChoices):
    """Where it stands."""

    REGISTERED = "REGISTERED", pgettext_lazy("complaint", "registered")
    ACCEPTED = "ACCEPTED", pgettext_lazy("complaint", "accepted")
    HANDLING = "HANDLING", pgettext_lazy("complaint", "being handled")
    ANSWERED = "ANSWERED", pgettext_lazy("complaint", "answered")
    CLOSED = "CLOSED", pgettext_lazy("complaint", "closed")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("complaint", "withdrawn")
    REFUSED = "REFUSED", pgettext_lazy("complaint", "not accepted")


class Who(models.TextChoices):
    """Who complains (2020 No. 3 Arts. 12 and 14)."""

    SELF = "SELF", _("the customer")
    AGENT = "AGENT", _("somebody with the customer's signed authority")
    HEIR = "HEIR", _("an heir")
    GROUP = "GROUP", _("representatives of a group")


class Source(models.TextChoices):
    """How it came in."""

    BRANCH = "BRANCH", pgettext_lazy("complaint source", "branch")
    PHONE = "PHONE", pgettext_lazy("complaint source", "phone")
    LETTER = "LETTER", pgettext_lazy("complaint source", "letter")
    WECOM = "WECOM", pgettext_lazy("complaint source", "WeCom")
    WEB = "WEB", pgettext_lazy("complaint source", "web")
    REGULATOR = "REGULATOR", pgettext_lazy("complaint source", "passed on by the regulator")


class Priority(models.TextChoices):
    """Begins as the severity of the business code."""

    LOW = "LOW", pgettext_lazy("complaint priority", "low")
    MEDIUM = "MEDIUM", pgettext_lazy("complaint priority", "medium")
    HIGH = "HIGH", pgettext_lazy("complaint priority", "high")
    CRITICAL = "CRITICAL", pgettext_lazy("complaint priority", "critical")


class Stage(models.TextChoices):
    """Which period of the law runs; each has a dated row."""

    SIMPLE = "SIMPLE", pgettext_lazy("complaint deadline", "simple")
    COMPLEX = "COMPLEX", pgettext_lazy("complaint deadline", "complex")
    EXTENDED = "EXTENDED", pgettext_lazy("complaint deadline", "extended")
    REVIEW = "REVIEW", pgettext_lazy("complaint deadline", "review")


class Fault(models.TextChoices):
    """Whether the bank was at fault; figures about people count only what is at least partly so."""

    FULL = "FULL", pgettext_lazy("complaint", "the bank is at fault")
    PART = "PART", pgettext_lazy("complaint", "the bank is partly at fault")
    NONE = "NONE", pgettext_lazy("complaint", "the bank is not at fault")


class Ground(models.TextChoices):
    """Why a complaint is not accepted."""

    NOT_PARTY = "NOT_PARTY", _("not filed by the customer or somebody with authority")
    DECIDED = "DECIDED", _("decided before, nothing new")
    ELSEWHERE = "ELSEWHERE", _("a court, arbitration or the police has it")
    NOT_OURS = "NOT_OURS", _("not about our bank")


class Way(models.TextChoices):
    """How somebody was told; the proof is kept with the complaint."""

    LETTER = "LETTER", pgettext_lazy("told by", "letter")
    PHONE = "PHONE", pgettext_lazy("told by", "phone")
    SMS = "SMS", pgettext_lazy("told by", "SMS")
    EMAIL = "EMAIL", pgettext_lazy("told by", "e-mail")
    WECOM = "WECOM", pgettext_lazy("told by", "WeCom")
    PERSON = "PERSON", pgettext_lazy("told by", "in person")


OPEN = (State.REGISTERED, State.ACCEPTED, State.HANDLING, State.ANSWERED)
RUNNING = (State.REGISTERED, State.ACCEPTED, State.HANDLING)  # the clocks run: nobody has answered yet
ENDED = (State.CLOSED, State.WITHDRAWN, State.REFUSED)
MOVES = (
    (State.REGISTERED, State.ACCEPTED),
    (State.REGISTERED, State.REFUSED),
    (State.REGISTERED, State.WITHDRAWN),
    (State.ACCEPTED, State.HANDLING),
    (State.ACCEPTED, State.ANSWERED),
    (State.ACCEPTED, State.REFUSED),
    (State.ACCEPTED, State.WITHDRAWN),
    (State.HANDLING, State.ANSWERED),
    (State.HANDLING, State.WITHDRAWN),
    (State.ANSWERED, State.CLOSED),
    (State.ANSWERED, State.WITHDRAWN),
    (State.ANSWERED, State.HANDLING),
    (State.CLOSED, State.HANDLING),
    (State.WITHDRAWN, State.HANDLING),
    (State.REFUSED, State.HANDLING),
)
