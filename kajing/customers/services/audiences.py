"""Acts on audiences: define, change, count, freeze, fill, delete; and asking the warehouse for tables of ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from kajing.audit.services import record
from kajing.customers.models import AnsweredCustomer, Audience, AudienceMember, Customer, WarehouseAnswer
from kajing.customers.selectors.audiences import audiences, figures_of, preview, questions, rows_of
from kajing.customers.selectors.warehouse import buyers
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org.models import Person, Role
from kajing.queue.services import enqueue
from kajing.records.lists import Context, ListSpec, NotUnderstood, conditions

if TYPE_CHECKING:
    from kajing.customers.selectors import Selection

RIGHT = "customers.audience"
SHARES = frozenset({Role.LEADER.value, Role.BRANCH_HEAD.value, Role.RISK.value})
MOST_OWN = 60
AT_ONCE = 5000  # members written in one transaction; more go as a job
MOST_MEMBERS = 200_000
CHUNK = 1000
FILL_JOB = "customers.fill_audience"
FILL_TITLE = gettext_noop("Fill an audience")


class CannotDefine(DomainError):
    """The audience has no name, nothing in it, or may not be shared."""

    status = 422


class AudienceChanged(DomainError):
    """Somebody changed the audience since it was opened."""

    def __str__(self) -> str:
        return str(gettext_lazy("This audience was changed in the meantime. Open it again and repeat your change."))


@transaction.atomic
def define_audience(
    *, actor: Person, spec: ListSpec, name: str, where: Any, today: date, at: datetime, note: str = "",
    share: bool = False, roles: Sequence[str] = (),
) -> Audience:  # fmt: skip
    """An audience by condition (text or tree), counted at once. Raises NotAllowed, CannotDefine, ConditionError."""
    fields = _fields(actor, name, note, share=share, roles=roles)
    node = prepared(actor=actor, spec=spec, where=where, today=today)
    row = Audience.objects.create(
        kind=Audience.Kind.RULE, owner_no=actor.person_no, condition=conditions.to_json(node), created_at=at, **fields
    )
    _count(actor, spec, row, today, at)
    _tell(actor, row, "customers.define_audience", at, {"condition": row.condition, "count": row.count})
    return row


@transaction.atomic
def change_audience(
    *, actor: Person, spec: ListSpec, audience: Audience, version: int, name: str, where: Any, today: date,
    at: datetime, note: str = "", share: bool = False, roles: Sequence[str] = (),
) -> Audience:  # fmt: skip
    """Another name, circle or condition. Raises NotAllowed (only the owner may), AudienceChanged, ConditionError."""
    _check_owner(actor, audience)
    fields = _fields(actor, name, note, share=share, roles=roles, new=False)
    if audience.is_rule:
        node = prepared(actor=actor, spec=spec, where=where, today=today)
        fields["condition"] = conditions.to_json(node)
    if not Audience.objects.filter(pk=audience.pk, version=version).update(**fields, version=version + 1):
        raise AudienceChanged
    before = audience.condition
    audience.refresh_from_db()
    _count(actor, spec, audience, today, at)
    _tell(actor, audience, "customers.change_audience", at, {"condition": [before, audience.condition]})
    return audience


def change_some(
    *, actor: Person, spec: ListSpec, audience: Audience, version: int, given: Mapping[str, Any], today: date,
    at: datetime,
) -> Audience:  # fmt: skip
    """`change_audience` for what is given; the rest stays as it is. Raises what it raises."""
    if "where" in given and not audience.is_rule:
        raise CannotDefine(_("A fixed list has no condition."))
    kept = {
        "name": audience.name, "note": audience.note, "where": audience.condition, "share": bool(audience.unit),
        "roles": audience.role_codes,
    }  # fmt: skip
    return change_audience(
        actor=actor, spec=spec, audience=audience, version=version, today=today, at=at, **(kept | dict(given))
    )


@transaction.atomic
def count_audience(*, actor: Person, spec: ListSpec, audience: Audience, today: date, at: datetime) -> Audience:
    """Count an audience again, over the figures of now. Raises NotAllowed, NotUnderstood."""
    _check_owner(actor, audience)
    _count(actor, spec, audience, today, at)
    return audience


@transaction.atomic
def delete_audience(*, actor: Person, audience: Audience, at: datetime) -> None:
    """Take an audience away; its customers stay as they are. Raises NotAllowed."""
    _check_owner(actor, audience)
    _tell(actor, audience, "customers.delete_audience", at, {"kind": audience.kind, "count": audience.count})
    audience.delete()


@transaction.atomic
def freeze_selection(
    *, actor: Person, chosen: Selection, name: str, at: datetime, into: Audience | None = None, note: str = ""
) -> Audience:
    """Keep the chosen customers as a fixed list: a new one, or added to one of the actor's. Many go as a job.

    Raises NotAllowed, CannotDefine.
    """
    count = chosen.count
    if not count:
        raise CannotDefine(_("Select at least one customer."))
    if count > MOST_MEMBERS:
        raise CannotDefine(_("A fixed list holds %(most)s customers at most.") % {"most": MOST_MEMBERS})
    row = _target(actor, into, name, note, at)
    if count <= AT_ONCE:
        fill(audience=row, ids=chosen.keys(AT_ONCE), by=actor.person_no, at=at)
    else:
        Audience.objects.filter(pk=row.pk).update(filling=True)
        kwargs = {"actor": actor.person_no, "audience": row.pk, "query": chosen.address, "ids": []}
        if not chosen.everything:
            kwargs["ids"] = chosen.keys(MOST_MEMBERS)
        enqueue(FILL_JOB, at=at, kwargs=kwargs, owner=actor.person_no, title=str(_(FILL_TITLE)))
    _tell(actor, row, "customers.freeze_audience", at, {"chosen": count, "new": into is None})
    return row


def _target(actor: Person, into: Audience | None, name: str, note: str, at: datetime) -> Audience:
    if into is not None:
        _check_owner(actor, into)
        if into.is_rule:
            raise CannotDefine(_("Customers can be added to a fixed list only."))
        return into
    fields = _fields(actor, name, note, share=False, roles=())
    return Audience.objects.create(kind=Audience.Kind.LIST, owner_no=actor.person_no, created_at=at, **fields)


@transaction.atomic
def fill(*, audience: Audience, ids: Iterable[str], by: str, at: datetime) -> int:
    """Add customers to a fixed list; those who are in it stay in it once. Returns how many it holds."""
    rows = [AudienceMember(audience=audience, customer_id=pk, added_by=by, added_at=at) for pk in ids]
    AudienceMember.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    audience.count, audience.counted_at = AudienceMember.objects.filter(audience=audience).count(), at
    audience.save(update_fields=["count", "counted_at"])
    return int(audience.count)


@transaction.atomic
def remove_members(*, actor: Person, audience: Audience, ids: Sequence[str], at: datetime) -> int:
    """Take customers out of a fixed list, as far as the actor sees them. Raises NotAllowed, CannotDefine."""
    _check_owner(actor, audience)
    if audience.is_rule:
        raise CannotDefine(_("Customers can be taken out of a fixed list only; change the condition instead."))
    if Audience.objects.select_for_update().get(pk=audience.pk).filling:  # its job would bring them back
        raise CannotDefine(_("This list is still being filled. Take customers out of it when that is done."))
    gone, _by_model = AudienceMember.objects.visible_to(actor).filter(audience=audience, customer__in=ids).delete()
    fill(audience=audience, ids=[], by=actor.person_no, at=at)
    _tell(actor, audience, "customers.remove_from_audience", at, {"removed": gone})
    return int(gone)


def remove_selection(*, actor: Person, chosen: Selection, audience: Audience, at: datetime) -> int:
    """Take the chosen customers out of a fixed list. Raises what `remove_members` raises, and for too many at once."""
    if chosen.count > AT_ONCE:
        raise CannotDefine(_("At most %(most)s customers leave a list at once.") % {"most": AT_ONCE})
    return remove_members(actor=actor, audience=audience, ids=chosen.keys(AT_ONCE), at=at)


# -- tables of ids from the warehouse --------------------------------------------------------------------------------
def prepared(*, actor: Person, spec: ListSpec, where: Any, today: date) -> conditions.Node:
    """A condition whose questions to the warehouse have been answered. Raises ConditionError."""
    reading = Context(actor, today, {"preparing": True})
    node = conditions.read(spec, where, reading)
    as_of = figures_of()
    for feature, value in sorted(questions(spec, node, actor)):
        if as_of is not None:
            answer(feature=feature, value=value, as_of=as_of)
    return conditions.read(spec, node, Context(actor, today))


def look(*, actor: Person, spec: ListSpec, where: Any, today: date) -> Any:
    """`preview`, after its questions to the warehouse have been answered. Raises NotAllowed, ConditionError."""
    if not actor.has_perm(RIGHT):
        raise NotAllowed
    return preview(actor, spec, prepared(actor=actor, spec=spec, where=where, today=today), today)


@transaction.atomic
def answer(*, feature: str, value: str, as_of: date) -> WarehouseAnswer:
    """The table of ids for one key as of a night; made once, and again when the figures are newer."""
    known = WarehouseAnswer.objects.filter(feature=feature, value=value).first()
    if known is not None and known.as_of == as_of:
        return known
    found = dict(buyers(feature, value))
    row, _new = WarehouseAnswer.objects.update_or_create(
        feature=feature, value=value, defaults={"as_of": as_of, "rows": len(found)}
    )
    AnsweredCustomer.objects.filter(answer=row).delete()
    ids = list(found)
    for start in range(0, len(ids), CHUNK):
        here = Customer.objects.filter(pk__in=ids[start : start + CHUNK]).values_list("pk", flat=True)
        AnsweredCustomer.objects.bulk_create(
            [AnsweredCustomer(answer=row, customer_id=pk, amount=found[pk]) for pk in here], batch_size=500
        )
    return row


def refresh_audiences(*, spec: ListSpec, as_of: date, at: datetime) -> dict[str, int]:
    """After a night: answer the questions again and count every audience by condition with its owner's eyes."""
    for old in WarehouseAnswer.objects.exclude(as_of=as_of):
        answer(feature=old.feature, value=old.value, as_of=as_of)
    counted = problems = 0
    owners = {one.person_no: one for one in Person.objects.filter(is_active=True).select_related("unit")}
    for row in Audience.objects.filter(kind=Audience.Kind.RULE):
        owner = owners.get(row.owner_no)
        try:
            if owner is not None:
                _count(owner, spec, row, as_of, at)
                counted += 1
        except NotUnderstood:
            problems += 1
    return {"counted": counted, "problems": problems}


def _count(actor: Person, spec: ListSpec, row: Audience, today: date, at: datetime) -> None:
    row.count = rows_of(actor, spec, row, today).order_by().count() if row.is_rule else row.members.count()
    row.counted_at, row.as_of = at, figures_of()
    row.save(update_fields=["count", "counted_at", "as_of"])


def _fields(
    actor: Person, name: str, note: str, *, share: bool, roles: Sequence[str], new: bool = True
) -> dict[str, Any]:
    if not actor.has_perm(RIGHT):
        raise NotAllowed
    text = name.strip()
    if not text or "\0" in text or len(text) > 60:
        raise CannotDefine(_("Give the audience a name of at most 60 characters."))
    if new and Audience.objects.filter(owner_no=actor.person_no).count() >= MOST_OWN:
        raise CannotDefine(_("You have %(most)s audiences; delete one first.") % {"most": MOST_OWN})
    if share and actor.role not in SHARES:
        raise CannotDefine(_("Only leaders share audiences with their unit."))
    chosen = [role for role in roles if role in Role.values]
    return {
        "name": text,
        "note": note.strip()[:200],
        "unit": actor.unit_id if share else "",
        "roles": f",{','.join(chosen)}," if share and chosen else "",
    }


def _check_owner(actor: Person, audience: Audience) -> None:
    if not actor.has_perm(RIGHT) or audience.owner_no != actor.person_no:
        raise NotAllowed(_("Only the owner of an audience may change it."))
    if not audiences(actor).filter(pk=audience.pk).exists():
        raise NotAllowed


def _tell(actor: Person, row: Audience, action: str, at: datetime, changes: dict[str, Any]) -> None:
    record(
        actor=actor.person_no, action=action, object_kind="audience", object_id=str(row.pk), at=at,
        changes={"name": row.name, **changes},
    )  # fmt: skip
