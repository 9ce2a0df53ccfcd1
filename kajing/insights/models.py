"""Reports people saved, when they are sent and to whom, and dashboards of one's own.

A report holds a question, no figures: whoever opens it sees those of the records they see anyway.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from kajing.org.models import Person

SHARED_TABLES = ("Report", "ReportVersion", "ReportSchedule", "ReportRun", "ReportDelivery", "Dashboard")


class Report(models.Model):
    """A question over a list, under a name. `definition` is `pivot.Definition` as JSON."""

    class Audience(models.TextChoices):
        MINE = "MINE", pgettext_lazy("report", "only me")
        UNIT = "UNIT", pgettext_lazy("report", "my unit and below")
        SYSTEM = "SYSTEM", pgettext_lazy("report", "comes with the product")

    slug = models.CharField(max_length=40, blank=True)  # of those that come with the product
    name = models.CharField(max_length=80)
    note = models.CharField(max_length=300, blank=True)
    list_name = models.CharField(max_length=40)
    definition: models.JSONField[Any, Any] = models.JSONField()
    owner_no = models.CharField(max_length=64, blank=True)
    audience = models.CharField(max_length=6, choices=Audience.choices, default=Audience.MINE)
    unit = models.CharField(max_length=64, blank=True)
    roles = models.CharField(max_length=200, blank=True)  # ",LEADER,RISK,"; empty: all of the audience
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["slug"], condition=~models.Q(slug=""), name="one_report_of_a_slug"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name; those of the product are named by message ids."""
        return gettext(self.name) if self.audience == self.Audience.SYSTEM else self.name

    @property
    def note_text(self) -> str:
        """What it is for."""
        return gettext(self.note) if self.note and self.audience == self.Audience.SYSTEM else self.note


class ReportVersion(models.Model):
    """What a report was before each change, and after its last."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    name = models.CharField(max_length=80)
    definition: models.JSONField[Any, Any] = models.JSONField()
    by = models.CharField(max_length=64)  # person_no
    at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["report", "number"], name="one_report_version")]

    def __str__(self) -> str:
        return f"{self.report_id} v{self.number}"


class ReportSchedule(models.Model):
    """When a report is sent, to whom, as what; or what a figure must cross for people to be told.

    Every recipient gets the figures of their own scope. `next_due_at` is when it is due next; empty once stopped.
    """

    class Every(models.TextChoices):
        DAY = "DAY", _("every day")
        WEEK = "WEEK", _("every week")
        MONTH = "MONTH", _("every month")

    class Form(models.TextChoices):
        NONE = "", _("no file")
        XLSX = "xlsx", "XLSX"
        CSV = "csv", "CSV"

    class Side(models.TextChoices):
        OVER = ">", pgettext_lazy("threshold", "over")
        UNDER = "<", pgettext_lazy("threshold", "under")

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="schedules")
    owner = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    every = models.CharField(max_length=5, choices=Every.choices)
    weekday = models.IntegerField(default=0)  # 0 is Monday
    month_day = models.IntegerField(default=1)  # past the month's end: its last day
    at_time = models.TimeField()
    form = models.CharField(max_length=4, choices=Form.choices, default=Form.XLSX, blank=True)
    people: models.JSONField[Any, Any] = models.JSONField(default=list)  # person numbers
    roles = models.CharField(max_length=200, blank=True)  # ",LEADER,": everybody of these roles in the owner's unit
    measure = models.IntegerField(null=True)  # the measure that is watched; empty: sent every time
    side = models.CharField(max_length=1, choices=Side.choices, default=Side.OVER)
    value = models.DecimalField(max_digits=20, decimal_places=6, null=True)  # yuan, percent or a number, as shown
    every_line = models.BooleanField(default=False)  # any line may cross, not the total only
    next_due_at = models.DateTimeField(null=True, db_index=True)
    stopped_why = models.CharField(max_length=40, blank=True)  # a message id
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"schedule {self.pk} of {self.report_id}"

    @property
    def is_alert(self) -> bool:
        """Whether people are told of a crossing only."""
        return self.measure is not None

    @property
    def why_text(self) -> str:
        """Why it stopped."""
        return gettext(self.stopped_why) if self.stopped_why else ""


class ReportRun(models.Model):
    """One due time of a schedule: the row makes it happen once, however many workers look."""

    schedule = models.ForeignKey(ReportSchedule, on_delete=models.CASCADE, related_name="runs")
    due_at = models.DateTimeField()

    class Meta:
        ordering = ["-due_at"]
        constraints = [models.UniqueConstraint(fields=["schedule", "due_at"], name="one_run_a_due_time")]

    def __str__(self) -> str:
        return f"{self.schedule_id} at {self.due_at}"


class ReportDelivery(models.Model):
    """What one person got of one run: the file in their own scope, and whether a watched figure was past its mark."""

    run = models.ForeignKey(ReportRun, on_delete=models.CASCADE, related_name="deliveries")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    past = models.BooleanField(null=True)
    told = models.BooleanField(default=False)
    file_name = models.CharField(max_length=120, blank=True)
    content_enc = models.BinaryField(null=True)
    rows = models.IntegerField(default=0)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["run", "person"], name="one_delivery_a_person")]

    def __str__(self) -> str:
        return f"{self.run_id} to {self.person_id}"


class Dashboard(models.Model):
    """A person's own copy of their role's dashboard: tiles in their order."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="dashboard")
    tiles: models.JSONField[Any, Any] = models.JSONField(default=list)
    version = models.IntegerField(default=1)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"dashboard of {self.person_id}"
