"""Acts on many complaints of the list: given out, tagged, a task about each. Tried row by row, undone as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.complaints import selectors
from kajing.complaints.services import acts
from kajing.lib.masks import scrub_card_numbers
from kajing.org.models import Person
from kajing.records import services as records
from kajing.records.services.bulk import BulkKind, each, register
from kajing.reference.selectors import undo_until
from kajing.workflow.services import open_task

if TYPE_CHECKING:
    from kajing.complaints.models import Complaint
    from kajing.records.models import BulkAct

Params = Mapping[str, Any]
ASSIGN, TAG, UNTAG, TASK = (
    "complaints.assign_many", "complaints.tag_many", "complaints.untag_many", "complaints.task_many",
)  # fmt: skip


def _each(actor: Person, ids: Sequence[int], act: Callable[[Complaint], object]) -> dict[Any, str]:
    """The act on every complaint the person sees; one out of reach by now is told like every other refusal."""
    found = {one.pk: one for one in selectors.with_all(selectors.complaints(actor)).filter(pk__in=list(ids))}
    missing = {pk: _("This complaint is no longer in your area.") for pk in ids if pk not in found}
    return missing | each([pk for pk in ids if pk in found], lambda pk: act(found[pk]))


def _assign(actor: Person, ids: Sequence[int], params: Params, at: datetime) -> dict[Any, str]:
    handler = Person.objects.select_related("unit").get(person_no=params["handler"])
    reason = params.get("reason", "")
    return _each(actor, ids, lambda one: acts.assign(actor=actor, complaint=one, handler=handler, reason=reason, at=at))


def _task(actor: Person, ids: Sequence[int], params: Params, at: datetime) -> dict[Any, str]:
    """For the handler, or for oneself where there is none or one may give work to nobody else."""
    due_at = parse_datetime(params["due_at"])
    if due_at is None:
        raise ValueError(params["due_at"])

    def act(one: Complaint) -> object:
        owner = one.handler if one.handler and actor.has_perm("workflow.reassign_task") else actor
        return open_task(
            actor=actor, owner=owner, customer=one.customer, title=params["title"], due_at=due_at, at=at,
            source=f"complaint:{one.pk}",
        )  # fmt: skip

    return _each(actor, ids, act)


KINDS = (
    BulkKind(
        name=ASSIGN, title=gettext_noop("Complaints given out: %(count)s"), list="complaints", right=selectors.ASSIGN,
        do=_assign,
    ),
    BulkKind(
        name=TASK, title=gettext_noop("Tasks about complaints: %(count)s"), list="complaints",
        right="workflow.open_task", do=_task,
    ),
    BulkKind(
        name=TAG, title=gettext_noop("Complaints tagged “%(tag)s”: %(count)s"), list="complaints", right="records.tag",
        do=records.tag_many("complaint"),
    ),
    BulkKind(
        name=UNTAG, title=gettext_noop("Tag “%(tag)s” taken off complaints: %(count)s"), list="complaints",
        right="records.tag", do=records.tag_many("complaint"),
    ),
)  # fmt: skip
BY_NAME = {kind.name: kind for kind in KINDS}


def register_many() -> None:
    """Make the acts known to the worker and to the pages of acts on many."""
    for kind in KINDS:
        register(kind)


def look_at_many(
    *, actor: Person, kind: str, ids: Sequence[int], params: Params, at: datetime
) -> dict[Any, str]:  # fmt: skip
    """Which of the first hundred would be refused, and why. Raises NotAllowed, CannotActOnMany, CannotTag."""
    return records.look(actor=actor, kind=BY_NAME[kind], ids=ids, params=_clean(kind, params), at=at)


def act_on_many(*, actor: Person, kind: str, ids: Sequence[int], params: Params, at: datetime) -> BulkAct:
    """Do it, at once or as a job. Raises NotAllowed, CannotActOnMany, CannotTag."""
    return records.start(
        actor=actor, kind=BY_NAME[kind], ids=ids, params=_clean(kind, params), at=at, until=undo_until(at)
    )


def _clean(kind: str, params: Params) -> dict[str, Any]:
    """What is kept of the act: no card numbers in words, and a tag by its own name."""
    if kind in {TAG, UNTAG}:
        return {"tag": records.check_tag(params["tag"]), "off": kind == UNTAG}
    words = {name: scrub_card_numbers(params[name]) for name in ("title", "reason") if params.get(name)}
    return {**params, **words}
