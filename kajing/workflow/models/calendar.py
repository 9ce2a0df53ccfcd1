"""The secret address under which a person's own calendar program reads their tasks."""

from __future__ import annotations

from django.db import models

from kajing.org.models import Person


class CalendarFeed(models.Model):
    """One address; only the digest of its secret is kept. It ends when it is taken back or the person leaves."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="calendar_feeds")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(ended_at=None), name="one_calendar_feed_a_person"
            )
        ]

    def __str__(self) -> str:
        return f"calendar of {self.person_id}"
