"""Messages to and from customers, their threads, and what came in that nobody can place yet.

Texts are personal data and encrypted (platform R20). The address a message goes to is not kept here at all: it is read
from the customer's contact points at the moment of sending, and only its mask stays.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext, pgettext_lazy

from kajing.contact.choices import Direction, Purpose
from kajing.contact.models.wordings import TemplateVersion
from kajing.customers.models import ContactPoint, Customer, CustomerOwned
from kajing.notifications.wording import worded
from kajing.org.models import Person, Unit
from kajing.org.scoping import ScopedManager
from kajing.queue.models import OutboxMessage

SUBJECT, BODY = "contact.message.subject", "contact.message.body"


def seal(column: str, text: str) -> bytes:
    """The encrypted value of a text column."""
    return settings.KAJING_KEYS.encrypt(column, text)


def unseal(column: str, value: bytes | memoryview | None) -> str:
    """The clear text of an encrypted column, empty when there is none."""
    return settings.KAJING_KEYS.decrypt(column, bytes(value)) if value else ""


class MessageThread(CustomerOwned):
    """One conversation with a customer over one channel; `token` stands in the reply address of its mails."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="threads")
    channel = models.CharField(max_length=10)
    token = models.CharField(max_length=32, unique=True)
    subject_enc = models.BinaryField(null=True)
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True, blank=True)  # the customer wrote last and waits for an answer

    class Meta:
        ordering = ["-last_at", "-id"]
        indexes = [models.Index(fields=["customer", "channel", "-last_at"]), models.Index(fields=["waiting_since"])]

    def __str__(self) -> str:
        return f"{self.channel} thread {self.pk}"

    @property
    def subject(self) -> str:
        """What it is about, in clear."""
        return unseal(SUBJECT, self.subject_enc)


class Sending(models.Model):
    """One message to many: what was sent to whom is told by its messages."""

    class Scope:
        unit = "unit_id"
        manager = "sender_id"
        customer = "sender_id"  # grants of single customers show no sending: no customer has a person's number
        owner = "sender_id"

    sender = models.ForeignKey(Person, to_field="person_no", on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, related_name="sendings")
    created_at = models.DateTimeField()
    asked = models.IntegerField()  # how many customers were chosen
    job_id = models.UUIDField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ScopedManager] = ScopedManager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"sending {self.pk}"


class Message(CustomerOwned):
    """One message to or from a customer, over one channel, with everything that happened to it."""

    class State(models.TextChoices):
        PLANNED = "PLANNED", pgettext_lazy("message", "planned")
        WAITING = "WAITING", pgettext_lazy("message", "waiting")
        SENT = "SENT", pgettext_lazy("message", "sent")
        DELIVERED = "DELIVERED", pgettext_lazy("message", "delivered")
        FAILED = "FAILED", pgettext_lazy("message", "failed")
        BLOCKED = "BLOCKED", pgettext_lazy("message", "blocked")
        CANCELLED = "CANCELLED", pgettext_lazy("message", "called off")
        RECEIVED = "RECEIVED", pgettext_lazy("message", "received")

    TONES: ClassVar[Mapping[str, str]] = {
        "DELIVERED": "ok", "SENT": "pri", "RECEIVED": "pri", "FAILED": "bad", "BLOCKED": "warn",
    }  # fmt: skip

    message_id = models.UUIDField(unique=True, default=uuid.uuid4)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="messages")
    thread = models.ForeignKey(MessageThread, on_delete=models.CASCADE, related_name="messages")
    sending = models.ForeignKey(Sending, null=True, blank=True, on_delete=models.PROTECT, related_name="messages")
    direction = models.CharField(max_length=3, choices=Direction.choices, default=Direction.OUT)
    channel = models.CharField(max_length=10)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    version = models.ForeignKey(
        TemplateVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="messages"
    )
    sender = models.ForeignKey(
        Person, to_field="person_no", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    subject_enc = models.BinaryField(null=True)
    body_enc = models.BinaryField(null=True)
    point = models.ForeignKey(ContactPoint, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    address_shown = models.CharField(max_length=100, blank=True)  # masked
    state = models.CharField(max_length=10, choices=State.choices)
    rule = models.CharField(max_length=60, blank=True)  # why it is blocked or failed: a code …
    reason = models.CharField(max_length=400, blank=True)  # … and a message id filled with `params`
    params: models.JSONField[Any, Any] = models.JSONField(default=dict)
    outbox = models.OneToOneField(OutboxMessage, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    provider_id = models.CharField(max_length=120, blank=True)
    mail_id = models.CharField(max_length=250, blank=True, db_index=True)  # of a mail that came in
    sensitive = models.JSONField(default=list)  # words in it that somebody must look at
    from_elsewhere = models.BooleanField(default=False)  # came from an address that is not the customer's
    planned_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True, blank=True)
    handed_at = models.DateTimeField(null=True, blank=True)  # a sender holds it since
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)  # failed, blocked or called off

    class Meta:
        ordering = ["-planned_at", "-id"]
        indexes = [
            models.Index(fields=["customer", "-planned_at"]),
            models.Index(fields=["state", "-planned_at"]),
            models.Index(fields=["sending", "state"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["sending", "customer"],
                condition=models.Q(sending__isnull=False),
                name="one_message_per_sending_and_customer",
            )
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"

    @property
    def subject(self) -> str:
        """The subject in clear."""
        return unseal(SUBJECT, self.subject_enc)

    @property
    def body(self) -> str:
        """The text in clear."""
        return unseal(BODY, self.body_enc)

    @property
    def tone(self) -> str:
        """The tone of the state's badge."""
        return self.TONES.get(self.state, "")

    @property
    def reason_text(self) -> str:
        """Why it did not go, in the reader's language."""
        return worded(self.reason, self.params) if self.params else gettext(self.reason) if self.reason else ""

    @property
    def is_waiting(self) -> bool:
        """Whether it can still be called off."""
        return self.state in {self.State.PLANNED, self.State.WAITING}


class MessageFile(CustomerOwned):
    """A file that came with a message, kept once by its hash; the bytes lie encrypted outside the database."""

    class Scope:
        unit = "message__customer__unit_id"
        manager = "message__customer__manager_id"
        customer = "message__customer_id"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.IntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    refused = models.CharField(max_length=100, blank=True)  # why its bytes are not kept: a message id

    class Meta:
        ordering = ["id"]

    @property
    def refused_text(self) -> str:
        """Why its bytes are not kept, in the reader's language."""
        return gettext(self.refused) if self.refused else ""

    def __str__(self) -> str:
        return f"file {self.pk} of message {self.message_id}"
