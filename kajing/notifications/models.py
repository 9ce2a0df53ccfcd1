"""What to tell staff, by which channel, when."""

from __future__ import annotations

from typing import Any

from django.db import models

from kajing.notifications import kinds
from kajing.notifications.wording import worded
from kajing.org.models import Person

SHARED_TABLES = ("Notification", "NotificationChoice", "DigestRow")


class Notification(models.Model):
    """One piece of news for one person; texts are message ids with parameters, so each reader sees their language."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=40)  # task.assigned, alert.raised, import.finished, …
    title = models.CharField(max_length=200)
    body = models.CharField(max_length=400, blank=True)
    params: models.JSONField[Any, Any] = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    group = models.CharField(max_length=100)  # one open item per person, kind and record
    count = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_index=True)
    read_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["person", "done_at", "-created_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "group"], condition=models.Q(done_at=None), name="one_open_item_per_group"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.person_id}"

    @property
    def text(self) -> str:
        """Title and body in the reader's language."""
        return " ".join(filter(None, [self.title_text, self.body_text]))

    @property
    def icon(self) -> str:
        """The icon of the kind."""
        return kinds.kind_of(self.kind).icon

    @property
    def kind_label(self) -> Any:
        """The kind in words."""
        return kinds.kind_of(self.kind).label

    @property
    def title_text(self) -> str:
        """The title in the reader's language."""
        return worded(self.title, self.params)

    @property
    def body_text(self) -> str:
        """The body in the reader's language."""
        return worded(self.body, self.params)


class NotificationChoice(models.Model):
    """Per person and kind: in the app, by e-mail, or not at all."""

    Channel = kinds.Channel

    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=10, choices=kinds.Channel.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind"], name="one_choice_per_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.channel}"


class DigestRow(models.Model):
    """The morning digest already written for a person and a night: never twice."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    as_of = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "as_of"], name="one_digest_a_night")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.as_of}"
