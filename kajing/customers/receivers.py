"""News this room acts on: what a customer's record carries stands in the timeline.

Which fields changed, and what they hold, stands in the record's history only: roles that may not see every field read
the timeline too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext_noop

from kajing.customers.models import TimelineMark
from kajing.customers.services.marks import mark_many
from kajing.records.signals import fields_written, tagged
from kajing.records.undo import surrounding

WRITTEN = gettext_noop("Own fields changed: %(count)s")
PUT_ON = gettext_noop("Tagged “%(tag)s”")
TAKEN_OFF = gettext_noop("Tag “%(tag)s” taken off")


@receiver(fields_written)
def own_fields_are_in_the_timeline(
    sender: object, kind: str, counts: Mapping[str, int], actor: str, at: datetime, **news: Any
) -> None:
    """One line for each customer whose fields changed."""
    if kind == "customer":
        _mark([_line(pk, WRITTEN, {"count": count}, "forms", actor, at) for pk, count in counts.items()])


@receiver(tagged)
def tags_are_in_the_timeline(
    sender: object, kind: str, ids: Sequence[str], tag: str, actor: str, at: datetime, **news: Any
) -> None:
    """One line for each customer that got a tag or lost it."""
    if kind == "customer":
        title = PUT_ON if news["on"] else TAKEN_OFF
        _mark([_line(pk, title, {"tag": tag}, "tag", actor, at) for pk in ids])


def _line(pk: str, title: str, params: dict[str, Any], icon: str, actor: str, at: datetime) -> TimelineMark:
    return TimelineMark(
        customer_id=pk, at=at, kind="field", title=title, params=params, source=f"fields:{pk}", actor=actor, icon=icon
    )


def _mark(marks: list[TimelineMark]) -> None:
    """Written at once, and told to the act around: what undo takes back leaves the timeline too."""
    mark_many(marks=marks)
    if log := surrounding():
        log.added(marks)
