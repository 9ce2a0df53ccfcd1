"""Putting tags on records and taking them off; shaping the tags themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from kajing.audit.services import record
from kajing.lib.errors import DomainError, NotAllowed
from kajing.records.kinds import Kind, kind_of
from kajing.records.models import Reversal, Tag, Tagging
from kajing.records.selectors.tags import key_of, tag_named
from kajing.records.signals import tagged
from kajing.records.undo import surrounding

if TYPE_CHECKING:
    from kajing.org.models import Person

RIGHT = "records.tag"
SHAPE_RIGHT = "records.manage_tags"
MOST_TAGS = 1000
MOST_ON_ONE = 20
SET = "records.tag"
UNSET = "records.untag"
# What an undo of those writes: words of their own, so that no rule takes the way back for a new act.
SET_UNDONE = "records.tag_undone"
UNSET_UNDONE = "records.untag_undone"


class CannotTag(DomainError):
    """The tag's name or the number of tags does not fit."""

    status = 422


@transaction.atomic
def tag(*, actor: Person | None, kind: str, ids: Sequence[str], name: str, at: datetime) -> int:
    """Put a tag on records, made if there is none of the name; returns how many did not carry it before.

    `actor` None is the system at work, such as a rule. Raises NotAllowed (no right, or a record out of reach),
    CannotTag.
    """
    on = _checked(actor, kind, ids)
    word = _tag_for(actor, name, at)
    have = set(Tagging.objects.filter(tag=word, kind=kind, object_id__in=ids).values_list("object_id", flat=True))
    new = [pk for pk in ids if pk not in have]
    _check_room(kind, new)
    made = Tagging.objects.bulk_create(
        [Tagging(tag=word, kind=kind, object_id=pk, by=_no(actor), at=at) for pk in new], batch_size=500
    )
    if log := surrounding():
        log.added(made)
    for pk in new:
        _tell(actor, on, pk, SET, word, at)
    if new:
        tagged.send(sender=Tagging, kind=kind, ids=new, tag=word.name, on=True, actor=_no(actor), at=at)
    return len(new)


@transaction.atomic
def untag(*, actor: Person | None, kind: str, ids: Sequence[str], name: str, at: datetime) -> int:
    """Take a tag off records; returns how many carried it. Raises NotAllowed."""
    on = _checked(actor, kind, ids)
    word = tag_named(name)
    rows = Tagging.objects.filter(tag=word, kind=kind, object_id__in=ids)
    had = list(rows.values_list("object_id", flat=True)) if word else []
    if word:
        if log := surrounding():
            log.before(rows)
        rows.delete()
        for pk in had:
            _tell(actor, on, pk, UNSET, word, at)
    if word and had:
        tagged.send(sender=Tagging, kind=kind, ids=had, tag=word.name, on=False, actor=_no(actor), at=at)
    return len(had)


def witness(left: Sequence[Mapping[str, Any]], back: Sequence[Mapping[str, Any]], undo: Reversal) -> None:
    """The history of an undo: a line for each record that lost a tag again or has one back."""
    words = Tag.objects.in_bulk({row["tag_id"] for row in (*left, *back)})
    for rows, action in ((left, SET_UNDONE), (back, UNSET_UNDONE)):
        for row in rows:
            on, word = kind_of(row["kind"]), words.get(row["tag_id"])
            if on is not None and word is not None:
                record(
                    actor=undo.actor, action=action, object_kind=on.name, object_id=row["object_id"],
                    customer_id=on.customer_of(row["object_id"]), at=undo.at, changes={"tag": word.name},
                )  # fmt: skip


def tag_many(kind: str) -> Callable[[Person, Sequence[Any], Mapping[str, Any], datetime], dict[Any, str]]:
    """The act on many of a kind: put `tag` on or take it off (`off`); refused rows with the reason, by key."""

    def do(actor: Person, ids: Sequence[Any], params: Mapping[str, Any], at: datetime) -> dict[Any, str]:
        name, off, on = str(params["tag"]), bool(params.get("off")), kind_of(kind)
        seen = on.seen(actor, [str(pk) for pk in ids]) if on else set()
        failed = {pk: _("This record is no longer in your area.") for pk in ids if str(pk) not in seen}
        crowded = set() if off else full(kind, list(seen)) - _carrying(kind, name, seen)
        failed |= {pk: str(too_many()) for pk in ids if str(pk) in crowded}
        act = untag if off else tag
        act(actor=actor, kind=kind, ids=[str(pk) for pk in ids if pk not in failed], name=name, at=at)
        return {pk: str(said) for pk, said in failed.items()}

    return do


def _carrying(kind: str, name: str, ids: set[str]) -> set[str]:
    rows = Tagging.objects.filter(kind=kind, tag=tag_named(name), object_id__in=ids)
    return set(rows.values_list("object_id", flat=True))


@transaction.atomic
def shape_tag(*, actor: Person, tag: Tag, name: str, colour: str, at: datetime) -> Tag:
    """Give a tag another name or colour; conditions find it by the old one too. Raises NotAllowed, CannotTag."""
    _check_shape(actor)
    if colour not in Tag.Colour.values:
        raise CannotTag(_("Choose a colour."))
    fresh = _name(name)
    other = Tag.objects.filter(key=key_of(fresh)).exclude(pk=tag.pk).first()
    if other is not None and other.merged_into_id != tag.pk:
        raise CannotTag(_("There is a tag of this name; merge the two instead."))
    old = (tag.name, tag.colour, tag.key)
    if other is not None:  # the tag gets back a name that it once had
        other.delete()
    tag.name, tag.key, tag.colour = fresh, key_of(fresh), colour
    tag.save(update_fields=["name", "key", "colour"])
    if old[2] != tag.key:
        Tag.objects.create(name=old[0], key=old[2], merged_into=tag, created_by=actor.person_no, created_at=at)
    changes = {"name": [old[0], tag.name], "colour": [old[1], tag.colour]}
    record(
        actor=actor.person_no,
        action="records.shape_tag",
        object_kind="tag",
        object_id=str(tag.pk),
        at=at,
        changes=changes,
    )
    return tag


@transaction.atomic
def merge_tags(*, actor: Person, tag: Tag, into: Tag, at: datetime) -> int:
    """Let a tag go into another, with everything it hangs on; returns how many records changed.

    Its name stays known, so that saved conditions find what it became. Raises NotAllowed, CannotTag.
    """
    _check_shape(actor)
    if tag.pk == into.pk or into.merged_into_id or tag.merged_into_id:
        raise CannotTag(_("Choose another tag to merge into."))
    have = set(Tagging.objects.filter(tag=into).values_list("kind", "object_id"))
    moved = [row.pk for row in Tagging.objects.filter(tag=tag) if (row.kind, row.object_id) not in have]
    for start in range(0, len(moved), 500):
        Tagging.objects.filter(pk__in=moved[start : start + 500]).update(tag=into)
    Tagging.objects.filter(tag=tag).delete()
    Tag.objects.filter(merged_into=tag).update(merged_into=into)
    Tag.objects.filter(pk=tag.pk).update(merged_into=into)
    changes = {"name": tag.name, "into": into.name, "moved": len(moved)}
    record(
        actor=actor.person_no,
        action="records.merge_tags",
        object_kind="tag",
        object_id=str(tag.pk),
        at=at,
        changes=changes,
    )
    return len(moved)


@transaction.atomic
def delete_tag(*, actor: Person, tag: Tag, at: datetime) -> None:
    """Delete a tag that nothing carries, and the old names that lead to it. Raises NotAllowed, CannotTag.

    What is in use is merged or taken off first, so that no record loses a word by somebody's tidying.
    """
    _check_shape(actor)
    used = Tagging.objects.filter(tag=tag).count()
    if used:
        said = ngettext_lazy(
            "%(count)s record carries this tag. Merge the tag into another, or take it off first.",
            "%(count)s records carry this tag. Merge the tag into another, or take it off first.",
            used,
        )
        raise CannotTag(said % {"count": used})
    record(
        actor=actor.person_no, action="records.delete_tag", object_kind="tag", object_id=str(tag.pk), at=at,
        changes={"name": tag.name},
    )  # fmt: skip
    tag.delete()


def _checked(actor: Person | None, kind: str, ids: Sequence[str]) -> Kind:
    on = kind_of(kind)
    if on is None or (actor is not None and not _may_tag(actor, on, list(ids))):
        raise NotAllowed
    return on


def _may_tag(actor: Person, on: Kind, ids: list[str]) -> bool:
    return actor.has_perm(RIGHT) and actor.has_perm(on.view) and not set(ids) - on.seen(actor, ids)


def _no(actor: Person | None) -> str:
    return actor.person_no if actor else "system"


def _check_shape(actor: Person) -> None:
    if not actor.has_perm(SHAPE_RIGHT):
        raise NotAllowed


def check_tag(name: str) -> str:
    """The name as it is kept. Raises CannotTag."""
    return _name(name)


def _name(name: str) -> str:
    text = " ".join(name.split())
    if not 1 <= len(text) <= 30 or any(char in text for char in ",;!|\0") or text.startswith(("!", "(")):
        raise CannotTag(_("A tag has 1 to 30 characters, without commas, semicolons and exclamation marks."))
    return text


def _tag_for(actor: Person | None, name: str, at: datetime) -> Tag:
    text = _name(name)
    found = tag_named(text)
    if found is not None:
        return found
    if Tag.objects.count() >= MOST_TAGS:
        raise CannotTag(_("There are %(most)s tags already; use one of them or merge some.") % {"most": MOST_TAGS})
    return Tag.objects.create(name=text, key=key_of(text), created_by=_no(actor), created_at=at)


def full(kind: str, ids: Sequence[str]) -> set[str]:
    """Which of these records carry as many tags as one may: more, and nobody reads them."""
    rows = Tagging.objects.filter(kind=kind, object_id__in=ids).order_by().values("object_id")
    crowded = rows.annotate(count=Count("pk")).filter(count__gte=MOST_ON_ONE)
    return set(crowded.values_list("object_id", flat=True))


def too_many() -> CannotTag:
    """What is said of a record that is full."""
    return CannotTag(_("%(most)s tags are the most for one record.") % {"most": MOST_ON_ONE})


def _check_room(kind: str, ids: Sequence[str]) -> None:
    if full(kind, ids):
        raise too_many()


def _tell(actor: Person | None, on: Kind, pk: str, action: str, word: Tag, at: datetime) -> None:
    record(
        actor=_no(actor), action=action, object_kind=on.name, object_id=pk, customer_id=on.customer_of(pk), at=at,
        changes={"tag": word.name},
    )  # fmt: skip
