"""The record of a night: steps with counts and times, so that a page can show progress and a person the cause."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from kajing.audit.models import Night, NightStep
from kajing.audit.services.recording import record


@transaction.atomic
def start_night(*, as_of: date, at: datetime, steps: list[str] | None = None) -> Night:
    """Begin or repeat the night of a business date; `steps` are all that are to come, for the progress bar.

    A repeated night keeps `finished_at` of the run before, because its results stay published until it ends.
    """
    night, _made = Night.objects.update_or_create(
        as_of=as_of, defaults={"state": Night.State.RUNNING, "started_at": at, "error": "", "planned": len(steps or [])}
    )
    night.steps.all().delete()
    record(actor="system", action="audit.start_night", object_kind="night", object_id=as_of.isoformat(), at=at)
    return night


def start_step(*, night: Night, name: str) -> NightStep:
    """Begin the next step."""
    return NightStep.objects.create(night=night, place=night.steps.count() + 1, name=name)


def note_progress(*, step: NightStep, name: str, number: int, of: int) -> None:
    """Where a running step is: the part it is at, its number and how many there are."""
    step.counts = {"at": name, "number": number, "of": of}
    step.save(update_fields=["counts"])


def end_step(
    *,
    step: NightStep,
    seconds: float,
    rows: int = 0,
    counts: dict[str, Any] | None = None,
    parts: list[tuple[str, float]] | None = None,
) -> NightStep:
    """End a step with its main count, all its counts, its time in seconds, and that of its parts in their order."""
    step.rows, step.seconds, step.state = rows, seconds, Night.State.DONE
    step.counts = {**(counts or {}), **({"parts": parts} if parts else {})}
    step.save(update_fields=["rows", "counts", "seconds", "state"])
    return step


@transaction.atomic
def end_night(*, night: Night, at: datetime) -> Night:
    """The night is done: from now on pages count from its business date."""
    night.state, night.finished_at = Night.State.DONE, at
    night.save(update_fields=["state", "finished_at"])
    counts = {step.name: step.rows for step in night.steps.all()}
    record(
        actor="system", action="audit.end_night", object_kind="night", object_id=night.as_of.isoformat(), at=at,
        changes=counts,
    )  # fmt: skip
    return night


@transaction.atomic
def fail_night(*, night: Night, at: datetime, error: str) -> Night:
    """The night stopped: the running step and the cause are kept; `error` holds no personal data."""
    night.state, night.error = Night.State.FAILED, error[:2000]
    night.save(update_fields=["state", "error"])
    night.steps.filter(state=Night.State.RUNNING).update(state=Night.State.FAILED)
    record(
        actor="system", action="audit.fail_night", object_kind="night", object_id=night.as_of.isoformat(), at=at,
        reason=error[:400],
    )  # fmt: skip
    return night
