"""Work of the room that no page waits for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from kajing.contact import mailbox
from kajing.contact.models import Sending
from kajing.contact.services import expire_recordings, mail, miss_plans, remind, sendings
from kajing.queue.models import Job
from kajing.queue.services import enqueue

if TYPE_CHECKING:
    from kajing.queue.context import JobContext

READ_MAIL = "contact.read_mail"


def send(job: JobContext, *, sending: int, ids: list[str]) -> dict[str, Any]:
    """Write a message for each customer of a sending, in chunks; a restart goes on after the last one."""
    about = Sending.objects.select_related("sender__unit", "version__template").get(pk=sending)
    done = int(job.state.get("done", 0))
    while done < len(ids):
        chunk = ids[done : done + sendings.CHUNK]
        with job.step():
            done += sendings.plan_chunk(sending=about, ids=chunk, at=timezone.now())
            job.checkpoint({"done": done}, done=done, total=len(ids))
    with job.step():
        sendings.finish(sending=about, at=timezone.now())
    return {"asked": len(ids)}


def read_mail(job: JobContext) -> dict[str, Any]:
    """Take new mails out of the mailbox, each with its position in one transaction; a restart goes on behind it."""
    taken = 0
    told = mailbox.name_of()
    try:
        with mailbox.open_mailbox() as box:
            for uid, raw in box.newer_than(mail.position(box)):
                prepared = mail.prepare(raw)
                with job.step():
                    mail.take_mail(prepared=prepared, at=timezone.now())
                    mail.note_position(box=box, uid=uid, at=timezone.now())
                    taken += 1
                    job.checkpoint({"taken": taken})
                box.mark_seen(uid)
    except mailbox.Problems as error:  # the server is away or refuses: the next round asks again
        mail.note_read(name=told, at=timezone.now(), problem=f"{type(error).__name__}: {error}")
        return {"taken": taken, "problem": type(error).__name__}
    mail.note_read(name=told, at=timezone.now())
    return {"taken": taken}


def look_for_mail(now: datetime) -> None:
    """A chore: queue the reading of the mailbox, unless one is queued or there is no mailbox."""
    over = (Job.State.DONE, Job.State.DEAD, Job.State.CANCELLED)
    if mailbox.is_set_up() and not Job.objects.filter(task=READ_MAIL).exclude(state__in=over).exists():
        enqueue(READ_MAIL, at=now)


def keep_house(at: datetime) -> None:
    """A chore: plans nobody kept are missed, recordings whose time is over are let go."""
    miss_plans(at=at)
    expire_recordings(at=at)


def remind_of_plans(at: datetime) -> None:
    """A chore: who has a call or visit soon hears of it."""
    remind(at=at)
