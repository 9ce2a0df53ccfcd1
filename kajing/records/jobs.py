"""Work on many records that no page waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone, translation

from kajing.org.models import Person
from kajing.records.models import BulkAct
from kajing.records.services import bulk

if TYPE_CHECKING:
    from kajing.queue.context import JobContext


def act_on_many(context: JobContext, *, number: int, ids: list[Any]) -> dict[str, int]:
    """Chunk by chunk, each with its progress in one transaction; a restart goes on after the last one."""
    act = BulkAct.objects.select_related("reversal").get(pk=number)
    actor = Person.objects.select_related("unit").get(person_no=act.actor)
    place = int(context.state.get("next", 0))
    with translation.override(actor.language or "zh-hans"):
        while place < len(ids):
            chunk = ids[place : place + bulk.CHUNK]
            with context.step():
                bulk.do_chunk(act=act, actor=actor, ids=chunk, at=timezone.now())
                place += len(chunk)
                context.checkpoint({"next": place}, done=place, total=len(ids))
        with context.step():
            act = bulk.end(act=act, actor=actor, at=timezone.now())
    return {"done": act.done, "failed": act.failed}
