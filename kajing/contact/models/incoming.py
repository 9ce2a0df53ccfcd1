"""What came in from outside: taken once, placed later where a machine could not place it."""

from __future__ import annotations

from django.db import models

from kajing.contact.models.messages import BODY, SUBJECT, Message, unseal

SHARED_TABLES = ("ChannelEvent", "Mailbox", "StrayMessage")

SENDER = "contact.stray.sender"


class ChannelEvent(models.Model):
    """A call of a channel that was taken: the same call again changes nothing."""

    channel = models.CharField(max_length=10)
    event_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    taken_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "event_id"], name="one_event_per_channel_and_id")]

    def __str__(self) -> str:
        return f"{self.channel} {self.event_id}"


class Mailbox(models.Model):
    """How far a mailbox has been read: the newest UID under the server's UIDVALIDITY."""

    name = models.CharField(max_length=200, primary_key=True)  # user@host/folder
    validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "mailboxes"

    def __str__(self) -> str:
        return self.name


class StrayMessage(models.Model):
    """A message from outside that belongs to no customer yet: somebody reads it and says whose it is."""

    channel = models.CharField(max_length=10)
    sender_enc = models.BinaryField()
    subject_enc = models.BinaryField(null=True)
    body_enc = models.BinaryField(null=True)
    mail_id = models.CharField(max_length=250, blank=True, db_index=True)
    raw_sha256 = models.CharField(max_length=64, blank=True)  # the whole mail in the file store, until it is placed
    came_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=64, blank=True)
    became = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-came_at", "-id"]
        indexes = [models.Index(fields=["done_at", "-came_at"])]

    def __str__(self) -> str:
        return f"stray {self.channel} {self.pk}"

    @property
    def sender(self) -> str:
        """The address it came from, in clear."""
        return unseal(SENDER, self.sender_enc)

    @property
    def subject(self) -> str:
        """The subject in clear."""
        return unseal(SUBJECT, self.subject_enc)

    @property
    def body(self) -> str:
        """The text in clear."""
        return unseal(BODY, self.body_enc)
