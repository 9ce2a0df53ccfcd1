"""Acts on saved views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from kajing.audit.selectors import today_for
from kajing.audit.services import record
from kajing.lib.errors import DomainError, NotAllowed
from kajing.records.lists import LISTS, Context, ListSpec, read_state
from kajing.records.models import SavedView
from kajing.records.selectors import STARRED, saved_views

if TYPE_CHECKING:
    from kajing.org.models import Person

MOST_VIEWS = 40  # of one person and list: more tabs than that are a list of their own
STATE_WORDS = frozenset({"order", "columns", "density", "limit", "cursor", "view"})  # of an address, beside filters
SHARES = frozenset({"LEADER", "BRANCH_HEAD", "RISK", "COMPLIANCE"})


class CannotSave(DomainError):
    """The view has no name, there are too many, or the person may not share it."""

    status = 422


class ChangedMeanwhile(DomainError):
    """Somebody saved the view since it was opened."""

    def __str__(self) -> str:
        return str(_("This view was changed in the meantime. Open it again and repeat your change."))


@transaction.atomic
def save_view(
    *,
    actor: Person,
    spec: ListSpec,
    name: str,
    audience: str,
    query: Mapping[str, Sequence[str]],
    order: str,
    columns: Sequence[str],
    density: str = "",
    at: datetime,
) -> SavedView:
    """Save a list as a new view of one's own or of one's team. Raises NotAllowed, CannotSave."""
    _check(actor, name, audience)
    if SavedView.objects.filter(owner=actor.person_no, list_name=spec.name).count() >= MOST_VIEWS:
        raise CannotSave(_("You have %(most)s views of this list; delete one first.") % {"most": MOST_VIEWS})
    view = SavedView.objects.create(
        list_name=spec.name,
        name=name.strip()[:60],
        owner=actor.person_no,
        unit=actor.unit_id if audience == SavedView.Audience.TEAM else "",
        audience=audience,
        query={key: list(values) for key, values in query.items()},
        order=order,
        columns=list(columns),
        density=density,
        place=100,
    )
    _tell(actor, view, "records.save_view", at)
    return view


def save_view_of_address(
    *, actor: Person, spec: ListSpec, name: str, audience: str, query: QueryDict, at: datetime
) -> SavedView:
    """Save what an address of the list stands for. Raises NotAllowed, CannotSave (also for what cannot be read)."""
    return save_view(actor=actor, spec=spec, name=name, audience=audience, at=at, **_content(actor, spec, query))


def overwrite_view_by_address(
    *, actor: Person, view: SavedView, query: QueryDict, version: int, at: datetime
) -> SavedView:
    """Let a view stand for another address. Raises NotAllowed, CannotSave, ChangedMeanwhile."""
    content = _content(actor, LISTS[view.list_name], query)
    return overwrite_view(actor=actor, view=view, version=version, at=at, **content)


def _content(actor: Person, spec: ListSpec, query: QueryDict) -> dict[str, Any]:
    state = read_state(spec, query, Context(actor, today_for(actor)))
    unknown = sorted(set(query) - {one.name for one in spec.filters_for(actor)} - STATE_WORDS)
    said = [*state.errors, *(_("This list has no filter %(name)s.") % {"name": name[:40]} for name in unknown)]
    if said:
        raise CannotSave(" ".join(map(str, said)))
    return {"query": state.query, "order": state.order, "columns": state.columns, "density": state.density}


@transaction.atomic
def overwrite_view(
    *,
    actor: Person,
    view: SavedView,
    query: Mapping[str, Sequence[str]],
    order: str,
    columns: Sequence[str],
    density: str = "",
    version: int,
    at: datetime,
) -> SavedView:
    """Let a view stand for another filter set. Raises NotAllowed (only the owner may), ChangedMeanwhile."""
    _check_owner(actor, view)
    changed = SavedView.objects.filter(pk=view.pk, version=version).update(
        query={key: list(values) for key, values in query.items()},
        order=order,
        columns=list(columns),
        density=density,
        version=version + 1,
    )
    if not changed:
        raise ChangedMeanwhile
    _tell(actor, view, "records.overwrite_view", at)
    view.refresh_from_db()
    return view


@transaction.atomic
def rename_view(*, actor: Person, view: SavedView, name: str, audience: str, at: datetime) -> SavedView:
    """Give a view another name or audience. Raises NotAllowed, CannotSave."""
    _check_owner(actor, view)
    _check(actor, name, audience)
    view.name, view.audience = name.strip()[:60], audience
    view.unit = actor.unit_id if audience == SavedView.Audience.TEAM else ""
    view.version += 1
    view.save(update_fields=["name", "audience", "unit", "version"])
    _tell(actor, view, "records.rename_view", at)
    return view


@transaction.atomic
def delete_view(*, actor: Person, view: SavedView, at: datetime) -> None:
    """Take a view away. Raises NotAllowed."""
    _check_owner(actor, view)
    _tell(actor, view, "records.delete_view", at)
    view.delete()


@transaction.atomic
def star_view(*, actor: Person, view: SavedView) -> bool:
    """Make a view the one that opens first, or no longer; returns whether it is now starred."""
    preferences: dict[str, Any] = dict(actor.preferences or {})
    chosen = dict(preferences.get(STARRED, {}))
    on = chosen.get(view.list_name) != view.pk
    if on:
        chosen[view.list_name] = view.pk
    else:
        chosen.pop(view.list_name, None)
    actor.preferences = {**preferences, STARRED: chosen}
    actor.save(update_fields=["preferences"])
    return on


@transaction.atomic
def seed_views() -> int:
    """Bring the product's own views of every registered list up to date; repeatable."""
    kept = []
    for spec in LISTS.values():
        for place, view in enumerate(spec.views):
            values = {
                "name": view.name,
                "query": {name: list(found) for name, found in view.query.items()},
                "order": view.order,
                "columns": list(view.columns),
                "is_default": place == 0,
            }
            row, _made = SavedView.objects.update_or_create(
                list_name=spec.name, audience=SavedView.Audience.SYSTEM, place=place, defaults=values
            )
            kept.append(row.pk)
    SavedView.objects.filter(audience=SavedView.Audience.SYSTEM).exclude(pk__in=kept).delete()
    return len(kept)


def _check(actor: Person, name: str, audience: str) -> None:
    if not actor.has_perm("records.save_view"):
        raise NotAllowed
    if not name.strip() or "\0" in name:
        raise CannotSave(_("Give the view a name."))
    if audience == SavedView.Audience.TEAM and actor.role not in SHARES:
        raise CannotSave(_("Only leaders share views with their unit."))
    if audience not in {SavedView.Audience.MINE, SavedView.Audience.TEAM}:
        raise CannotSave(_("Choose who sees the view."))


def _check_owner(actor: Person, view: SavedView) -> None:
    if view.owner != actor.person_no or not saved_views(actor).filter(pk=view.pk).exists():
        raise NotAllowed(_("Only the owner of a view may change it."))


def _tell(actor: Person, view: SavedView, action: str, at: datetime) -> None:
    record(
        actor=actor.person_no,
        action=action,
        object_kind="saved_view",
        object_id=str(view.pk),
        at=at,
        changes={"list": view.list_name, "audience": view.audience},
    )
