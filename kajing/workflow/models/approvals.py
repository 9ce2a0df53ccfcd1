"""Approvals: a request waits on its stages, each stage on its seats; what happened is only ever added to.

Who sees a request is not a matter of customers but of the request itself: who asked, who sits or sat on it, and who
oversees (`selectors.approvals.requests`).
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import pgettext_lazy

from kajing.audit.models import AppendOnly
from kajing.org.models import Person, Unit


class ApprovalChain(models.Model):
    """One version of who must say yes to an act. One version is live; a running request keeps the one it began with."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", pgettext_lazy("version", "draft")
        LIVE = "LIVE", pgettext_lazy("version", "in force")
        RETIRED = "RETIRED", pgettext_lazy("version", "retired")

    act = models.CharField(max_length=64)  # the name of a registered act
    version = models.IntegerField()
    steps: models.JSONField[Any, Any] = models.JSONField(default=list)  # see kajing/workflow/chains.py
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    note = models.CharField(max_length=400, blank=True)
    author = models.CharField(max_length=64)  # person_no, or "system" for what is delivered
    made_at = models.DateTimeField()
    published_by = models.CharField(max_length=64, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["act", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["act", "version"], name="one_chain_per_version"),
            models.UniqueConstraint(fields=["act"], condition=models.Q(state="LIVE"), name="one_live_chain_per_act"),
            models.UniqueConstraint(fields=["act"], condition=models.Q(state="DRAFT"), name="one_draft_chain_per_act"),
        ]

    def __str__(self) -> str:
        return f"{self.act} v{self.version}"


class ApprovalRequest(models.Model):
    """Somebody wants an act done that needs others' consent. `payload` holds ids and figures, no personal data."""

    class State(models.TextChoices):
        OPEN = "OPEN", pgettext_lazy("approval", "waiting")
        APPROVED = "APPROVED", pgettext_lazy("approval", "approved")
        RETURNED = "RETURNED", pgettext_lazy("approval", "returned")
        TAKEN_BACK = "TAKEN_BACK", pgettext_lazy("approval", "taken back")

    act = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)  # the record of the room that asked
    chain = models.ForeignKey(ApprovalChain, on_delete=models.PROTECT, related_name="+")
    asker = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="approvals_asked")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")  # where the asker worked then
    customer_id = models.CharField(max_length=64, blank=True)  # text: the history stays when a customer is removed
    payload: models.JSONField[Any, Any] = models.JSONField(default=dict)
    amount = models.BigIntegerField(null=True, blank=True)  # what conditions compare: fen, or a count, as the act says
    reason = models.CharField(max_length=400)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    round = models.IntegerField(default=1)  # goes up when a returned request is sent again
    problem = models.CharField(max_length=400, blank=True)  # why the act could not be carried out at the last vote
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        ordering = ["-asked_at", "-id"]
        indexes = [models.Index(fields=["act", "state", "-asked_at"]), models.Index(fields=["asker", "-asked_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["act", "object_id"], condition=models.Q(state="OPEN"), name="one_open_request_per_object"
            )
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.object_id}"


class ApprovalStage(models.Model):
    """One step of one round. Seats are given out when the stage opens, so that they name people of that day."""

    class State(models.TextChoices):
        WAITING = "WAITING", pgettext_lazy("stage", "to come")
        OPEN = "OPEN", pgettext_lazy("stage", "waiting for votes")
        PASSED = "PASSED", pgettext_lazy("stage", "passed")
        ENDED = "ENDED", pgettext_lazy("stage", "ended")  # returned, taken back

    class Way(models.TextChoices):
        ANY = "ANY", pgettext_lazy("stage", "one of them")
        ALL = "ALL", pgettext_lazy("stage", "all of them")

    request = models.ForeignKey(ApprovalRequest, on_delete=models.CASCADE, related_name="stages")
    round = models.IntegerField()
    place = models.IntegerField()
    name = models.CharField(max_length=80)
    way = models.CharField(max_length=3, choices=Way.choices)
    who: models.JSONField[Any, Any] = models.JSONField(default=list)
    hours = models.IntegerField()  # working time until it is late
    on_timeout = models.CharField(max_length=8)  # ESCALATE, RETURN
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    opened_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    escalated = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["request", "round", "place"]
        indexes = [models.Index(fields=["state", "due_at"])]
        constraints = [
            models.UniqueConstraint(fields=["request", "round", "place"], name="one_stage_per_place"),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.name}"


class ApprovalSeat(models.Model):
    """One person's vote that a stage waits for. A seat that was handed on stays as history."""

    class State(models.TextChoices):
        OPEN = "OPEN", pgettext_lazy("seat", "to vote")
        APPROVED = "APPROVED", pgettext_lazy("seat", "agreed")
        RETURNED = "RETURNED", pgettext_lazy("seat", "returned it")
        MERGED = "MERGED", pgettext_lazy("seat", "had agreed already")
        HANDED_ON = "HANDED_ON", pgettext_lazy("seat", "handed on")
        NOT_NEEDED = "NOT_NEEDED", pgettext_lazy("seat", "not needed any more")

    stage = models.ForeignKey(ApprovalStage, on_delete=models.CASCADE, related_name="seats")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="seats")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    voted_by = models.CharField(max_length=64, blank=True)  # person_no; a substitute's when the seat's own is away
    voted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["stage", "person"], name="one_seat_per_person")]

    def __str__(self) -> str:
        return f"seat {self.pk}"


class ApprovalEvent(AppendOnly):
    """What happened to a request: written once, never changed."""

    class Kind(models.TextChoices):
        ASKED = "ASKED", pgettext_lazy("event", "asked")
        SENT_AGAIN = "SENT_AGAIN", pgettext_lazy("event", "sent again")
        APPROVED = "APPROVED", pgettext_lazy("event", "agreed")
        MERGED = "MERGED", pgettext_lazy("event", "agreed by the signature before")
        RETURNED = "RETURNED", pgettext_lazy("event", "returned")
        TAKEN_BACK = "TAKEN_BACK", pgettext_lazy("event", "taken back")
        HANDED_ON = "HANDED_ON", pgettext_lazy("event", "handed on")
        ESCALATED = "ESCALATED", pgettext_lazy("event", "went one level up, no vote in time")
        TIMED_OUT = "TIMED_OUT", pgettext_lazy("event", "returned, no vote in time")
        FAILED = "FAILED", pgettext_lazy("event", "could not be carried out")
        APPLIED = "APPLIED", pgettext_lazy("event", "carried out")

    request = models.ForeignKey(ApprovalRequest, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    round = models.IntegerField()
    stage = models.CharField(max_length=80, blank=True)
    actor = models.CharField(max_length=64)  # person_no, or "system"
    for_person = models.CharField(max_length=64, blank=True)  # whose seat, when a substitute or receiver acts
    reason = models.CharField(max_length=400, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.request_id}"
