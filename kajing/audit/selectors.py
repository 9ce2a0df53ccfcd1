"""Reads: nights, and the business day every page counts from."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from kajing.audit.models import Night


def last_night() -> date | None:
    """The business date of the last finished night, or None before the first."""
    return Night.objects.filter(state=Night.State.DONE).values_list("as_of", flat=True).first()


def business_today() -> date:
    """The day pages call today: the last night's date + 1 (feed contract), else the calendar day."""
    night = last_night()
    return night + timedelta(days=1) if night else timezone.localdate()
