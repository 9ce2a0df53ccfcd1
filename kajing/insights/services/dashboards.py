"""Acts on one's own dashboard. The first one copies the role's; going back to the role's drops the copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kajing.audit.services import record
from kajing.insights.models import Dashboard
from kajing.insights.selectors.dashboards import is_known, tiles_of
from kajing.insights.selectors.reports import RIGHT
from kajing.insights.tiles import KINDS, MOST_TILES, SHOWN_AS, SIZES
from kajing.lib.errors import DomainError, NotAllowed

if TYPE_CHECKING:
    from kajing.org.models import Person

Tile = dict[str, Any]


class CannotPlace(DomainError):
    """No such tile, or no room for it."""

    status = 422


class DashboardChanged(DomainError):
    """The dashboard was changed in another window."""

    def __str__(self) -> str:
        return str(gettext_lazy("The dashboard was changed in the meantime. Open it again and repeat your change."))


@transaction.atomic
def place_tiles(
    *, actor: Person, tiles: Sequence[Mapping[str, Any]], at: datetime, version: int | None = None
) -> Dashboard:
    """All tiles at once, in their order. Raises NotAllowed, CannotPlace, DashboardChanged."""
    if not actor.has_perm(RIGHT):
        raise NotAllowed
    if len(tiles) > MOST_TILES:
        raise CannotPlace(_("A dashboard holds at most %(most)s tiles.") % {"most": MOST_TILES})
    checked = [_checked(actor, tile) for tile in tiles]
    row = Dashboard.objects.select_for_update().filter(person=actor).first()
    if version is not None and version != (row.version if row else 0):
        raise DashboardChanged
    row = row or Dashboard(person=actor, version=0)
    row.tiles, row.version, row.changed_at = checked, row.version + 1, at
    row.save()
    record(
        actor=actor.person_no, action="insights.place_tiles", object_kind="dashboard", object_id=str(row.pk), at=at,
        changes={"tiles": [f"{tile['kind']}:{tile['ref']}" for tile in checked]},
    )  # fmt: skip
    return row


@transaction.atomic
def add_tile(*, actor: Person, kind: str, ref: str, at: datetime, shown: str = "", size: int = 1) -> Dashboard:
    """One more at the end. Raises NotAllowed, CannotPlace."""
    new = {"kind": kind, "ref": ref, "as": shown, "size": size}
    return place_tiles(actor=actor, tiles=[*tiles_of(actor), new], at=at)


@transaction.atomic
def change_tile(*, actor: Person, place: int, act: str, at: datetime) -> Dashboard:
    """`act` is up, down, wide, narrow, chart, table or remove. Raises NotAllowed, CannotPlace."""
    tiles = [dict(tile) for tile in tiles_of(actor)]
    if not 0 <= place < len(tiles):
        raise CannotPlace(_("There is no such tile. Open the dashboard again."))
    if act in {"up", "down"}:
        other = place + (-1 if act == "up" else 1)
        if 0 <= other < len(tiles):
            tiles[place], tiles[other] = tiles[other], tiles[place]
    elif act in {"wide", "narrow"}:
        tiles[place]["size"] = 2 if act == "wide" else 1
    elif act in SHOWN_AS:
        tiles[place]["as"] = act
    elif act == "remove":
        del tiles[place]
    else:
        raise CannotPlace(_("A tile can be moved, made wide or narrow, or removed."))
    return place_tiles(actor=actor, tiles=tiles, at=at)


@transaction.atomic
def order_tiles(*, actor: Person, order: Sequence[int], at: datetime) -> Dashboard:
    """Bring the tiles into another order: their present places, each once. Raises CannotPlace."""
    tiles = tiles_of(actor)
    if sorted(order) != list(range(len(tiles))):
        raise CannotPlace(_("There is no such tile. Open the dashboard again."))
    return place_tiles(actor=actor, tiles=[tiles[place] for place in order], at=at)


@transaction.atomic
def reset_dashboard(*, actor: Person, at: datetime) -> None:
    """Back to the dashboard of one's role."""
    gone, _rows = Dashboard.objects.filter(person=actor).delete()
    if gone:
        record(actor=actor.person_no, action="insights.reset_dashboard", object_kind="dashboard",
               object_id=actor.person_no, at=at)  # fmt: skip


def _checked(actor: Person, tile: Mapping[str, Any]) -> Tile:
    kind, ref = tile.get("kind"), tile.get("ref")
    size, shown = tile.get("size", 1), tile.get("as") or ""
    if kind not in KINDS or not isinstance(ref, str) or size not in SIZES or shown not in {"", *SHOWN_AS}:
        raise CannotPlace(_("A tile is a metric, a report, a count or a figure, one or two columns wide."))
    if not is_known(actor, kind, ref):
        raise CannotPlace(_("There is no tile %(name)s for you.") % {"name": f"{kind}:{ref}"[:80]})
    return {"kind": kind, "ref": ref, "as": shown, "size": size}
