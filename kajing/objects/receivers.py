"""News this room acts on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from kajing.objects.models import PREFIX
from kajing.objects.services.records import touch
from kajing.records.signals import fields_written


@receiver(fields_written)
def records_are_newer(sender: object, kind: str, counts: Mapping[str, int], at: datetime, **news: Any) -> None:
    """A record whose fields were written, by whatever door, has changed."""
    if kind.startswith(PREFIX):
        touch(ids=list(counts), at=at)
