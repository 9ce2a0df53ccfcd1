"""Templates of messages: what the bank lets its people say, approved by somebody else, with the days it is valid."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.utils.translation import pgettext_lazy

from kajing.contact.choices import Channel, Purpose

SHARED_TABLES = ("MessageTemplate", "TemplateVersion")
TONES = {"APPROVED": "ok", "ASKED": "pri", "RETURNED": "warn"}


class MessageTemplate(models.Model):
    """One text for one channel, purpose and language; what it says is in its versions."""

    class Kind(models.TextChoices):
        CARE = "CARE", pgettext_lazy("template", "care")
        NOTICE = "NOTICE", pgettext_lazy("template", "notice")
        REMINDER = "REMINDER", pgettext_lazy("template", "reminder")
        OFFER = "OFFER", pgettext_lazy("template", "offer")
        REPLY = "REPLY", pgettext_lazy("template", "reply")

    class Language(models.TextChoices):
        CHINESE = "zh-hans", "简体中文"
        ENGLISH = "en", "English"

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    channel = models.CharField(max_length=10)  # a name of contact.channels
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    language = models.CharField(max_length=10, choices=Language.choices, default=Language.CHINESE)
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def channel_words(self) -> str:
        """The channel in words."""
        return str(Channel(self.channel).label) if self.channel in Channel.values else self.channel

    @property
    def newest_state_words(self) -> str:
        """Where the newest version stands, in words; only on rows of `selectors.wordings.templates`."""
        state = getattr(self, "newest_state", None)
        return str(TemplateVersion.State(state).label) if state else ""

    @property
    def newest_tone(self) -> str:
        """The tone of that badge."""
        return TONES.get(getattr(self, "newest_state", ""), "")

    @property
    def sells(self) -> bool:
        """Whether it is marketing: then it needs the review of consumer protection (领域参考 §2.7) and a way out."""
        return self.purpose == Purpose.MARKETING


class TemplateVersion(models.Model):
    """One wording of a template. Once asked about it is never edited: a change is the next version."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", pgettext_lazy("template", "draft")
        ASKED = "ASKED", pgettext_lazy("template", "waits for approval")
        APPROVED = "APPROVED", pgettext_lazy("template", "approved")
        RETURNED = "RETURNED", pgettext_lazy("template", "returned")
        RETIRED = "RETIRED", pgettext_lazy("template", "withdrawn")

    template = models.ForeignKey(MessageTemplate, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    review_id = models.CharField(max_length=60, blank=True)  # 消保审查编号, asked for marketing
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)  # the last day
    written_by = models.CharField(max_length=64)
    written_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["template", "-number"]
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="one_version_number_per_template")]

    def __str__(self) -> str:
        return f"{self.template_id} v{self.number}"

    def in_force(self, on: date) -> bool:
        """Whether it may be sent on a day."""
        return (
            self.state == self.State.APPROVED
            and self.valid_from <= on
            and (self.valid_to is None or on <= self.valid_to)
        )

    @property
    def tone(self) -> str:
        """The tone of the state's badge."""
        return TONES.get(self.state, "")


def in_force_q(on: date) -> Any:
    """`in_force` as a condition on versions."""
    alive = models.Q(valid_to=None) | models.Q(valid_to__gte=on)
    return alive & models.Q(state=TemplateVersion.State.APPROVED, valid_from__lte=on)
