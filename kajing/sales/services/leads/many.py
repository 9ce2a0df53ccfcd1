"""Acts on many leads of the list: assigned, lost, tagged. Tried row by row, undone as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.notifications.services import notify
from kajing.org.models import Person
from kajing.records import services as records
from kajing.records.services.bulk import BulkKind, each, register
from kajing.reference.selectors import undo_until
from kajing.sales.selectors.leads import leads
from kajing.sales.selectors.leads.reading import ASSIGN, WORK
from kajing.sales.services.leads import moving, owning
from kajing.sales.services.leads.common import words

if TYPE_CHECKING:
    from kajing.records.models import BulkAct
    from kajing.sales.models import Lead

Params = Mapping[str, Any]
GIVE, LOSE = "sales.assign_many_leads", "sales.lose_many_leads"
TAG, UNTAG = "sales.tag_many_leads", "sales.untag_many_leads"


def _each(actor: Person, ids: Sequence[int], act: Callable[[Lead], object]) -> dict[Any, str]:
    """The act on every lead the person sees; one out of reach by now is told like every other refusal."""
    found = {one.pk: one for one in leads(actor).filter(pk__in=list(ids))}
    missing = {pk: _("This lead is no longer in your area.") for pk in ids if pk not in found}
    return missing | each([pk for pk in ids if pk in found], lambda pk: act(found[pk]))


def _assign(actor: Person, ids: Sequence[int], params: Params, at: datetime) -> dict[Any, str]:
    owner = Person.objects.select_related("unit").get(person_no=params["owner"])
    do = partial(owning.assign, actor=actor, owner=owner, reason=params.get("reason", ""), at=at, news=False)
    return _each(actor, ids, lambda one: do(lead=one))


def _told(actor: Person, act: BulkAct, at: datetime) -> None:
    """One piece of news for all leads assigned; it stays when the act is undone."""
    owner = Person.objects.filter(person_no=act.params["owner"]).exclude(pk=actor.pk).first()
    if owner is not None and act.done:
        notify(
            person=owner, kind="lead.assigned", title=gettext_noop("%(count)s leads given to you"),
            params={"count": act.done}, url="/leads/", group=f"bulk:{act.pk}", at=at,
        )  # fmt: skip


def _lose(actor: Person, ids: Sequence[int], params: Params, at: datetime) -> dict[Any, str]:
    told: dict[str, Any] = {name: str(params.get(name, "")) for name in ("reason", "rival", "rival_card", "note")}
    return _each(actor, ids, lambda one: moving.lose(actor=actor, lead=one, at=at, **told))


KINDS = (
    BulkKind(
        name=GIVE, title=gettext_noop("Leads assigned: %(count)s"), list="leads", right=ASSIGN, do=_assign, after=_told
    ),
    BulkKind(name=LOSE, title=gettext_noop("Leads lost: %(count)s"), list="leads", right=WORK, do=_lose),
    BulkKind(
        name=TAG, title=gettext_noop("Leads tagged “%(tag)s”: %(count)s"), list="leads", right="records.tag",
        do=records.tag_many("lead"),
    ),
    BulkKind(
        name=UNTAG, title=gettext_noop("Tag “%(tag)s” taken off leads: %(count)s"), list="leads", right="records.tag",
        do=records.tag_many("lead"),
    ),
)  # fmt: skip
BY_NAME = {kind.name: kind for kind in KINDS}


def register_many() -> None:
    """Make the acts known to the worker and to the pages of acts on many."""
    for kind in KINDS:
        register(kind)


def look_at_many(*, actor: Person, kind: str, ids: Sequence[int], params: Params, at: datetime) -> dict[Any, str]:
    """Which of the first hundred leads would be refused, and why. Raises NotAllowed, CannotActOnMany, CannotTag."""
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
    return {name: words(value) if isinstance(value, str) else value for name, value in params.items()}
