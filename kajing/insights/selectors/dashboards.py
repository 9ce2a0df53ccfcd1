"""A person's dashboard: their tiles, what each shows, and what could be added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from kajing.insights.models import Dashboard, Report
from kajing.insights.pivot import Definition, ReportRefused, Table
from kajing.insights.pivot.drawing import chart
from kajing.insights.selectors import metrics
from kajing.insights.selectors.reports import context_of, lists_for, may_ask, reports, table
from kajing.insights.tiles import DEFAULTS, FIGURES
from kajing.records.lists import LISTS, capped_count
from kajing.records.lists.paging import CAP
from kajing.records.models import SavedView
from kajing.records.selectors import saved_views
from kajing.ui import charts

MONTHS = 12
Tile = Mapping[str, Any]


@dataclass(frozen=True)
class Placed:
    """A tile at its place on the page, before its figures are there."""

    place: int
    kind: str
    ref: str
    shown: str
    size: int

    @property
    def url(self) -> str:
        """Where its figures come from."""
        return reverse("reports:tile", args=[self.place])


@dataclass(frozen=True)
class Told:
    """What a tile shows: a number with its trend, or a report's chart or table; `problem` where it cannot."""

    title: str
    url: str = ""
    value: str = ""
    note: str = ""
    trend: tuple[float | None, ...] = ()
    drawn: charts.Chart | None = None
    table: Table | None = None
    problem: str = ""
    size: int = 1


def own_dashboard(user: Any) -> Dashboard | None:
    """The person's own copy, if they made one."""
    return Dashboard.objects.filter(person=user).first()


def tiles_of(user: Any) -> list[dict[str, Any]]:
    """The person's tiles: their own, or those of their role that they may see."""
    own = own_dashboard(user)
    if own is not None:
        return list(own.tiles)
    # Reports and counts of the role are not looked up one by one: a tile that is not there says so itself.
    by_role = DEFAULTS.get(user.role, [])
    return [dict(t) for t in by_role if t["kind"] in {"report", "count"} or is_known(user, t["kind"], t["ref"])]


def placed(user: Any) -> list[Placed]:
    """The tiles as the page lays them out."""
    return [
        Placed(place, tile["kind"], tile["ref"], tile.get("as") or "", int(tile.get("size", 1)))
        for place, tile in enumerate(tiles_of(user))
    ]


def is_known(user: Any, kind: str, ref: str) -> bool:
    """Whether this person can have such a tile."""
    if kind == "metric":
        return user.has_perm("insights.view") and ref in metrics.names()
    if kind == "report":
        return report_of(user, ref) is not None
    if kind == "figure":
        return ref in FIGURES and user.has_perm(FIGURES[ref].right)
    return _view_of(user, ref) is not None


def report_of(user: Any, ref: str) -> Report | None:
    """A report by number or slug."""
    by = {"pk": int(ref)} if ref.isdecimal() and len(ref) < 19 else {"slug": ref}
    return reports(user).filter(**by).first() if ref else None


def _view_of(user: Any, ref: str) -> SavedView | None:
    """The saved view that a count counts: list and slug of one of the product, or its number."""
    over, _dots, name = ref.partition(":")
    spec = LISTS.get(over)
    if spec is None or not may_ask(user, spec):
        return None
    views = saved_views(user).filter(list_name=over)
    if name.isdecimal() and len(name) < 19:
        return views.filter(pk=int(name)).first()
    place = next((n for n, view in enumerate(spec.views) if view.slug == name), None)
    if place is None:
        return None
    return views.filter(audience=SavedView.Audience.SYSTEM, place=place).first()


def told(user: Any, tile: Tile) -> Told:
    """A tile with its figures, in this person's scope; what cannot be told says why."""
    kind, ref = tile["kind"], str(tile["ref"])
    tell = {"metric": _metric, "report": _report, "count": _count, "figure": _figure}[kind]
    found = tell(user, ref, tile.get("as") or "chart")
    gone = _("What this tile showed was removed, or is no longer for you.")
    return replace(found or Told(_("No longer there"), problem=gone), size=int(tile.get("size", 1)))


def tile_at(user: Any, place: int) -> Told | None:
    """The tile at a place."""
    tiles = tiles_of(user)
    return told(user, tiles[place]) if 0 <= place < len(tiles) else None


def _metric(user: Any, name: str, _shown: str) -> Told | None:
    if not is_known(user, "metric", name):
        return None
    entry = metrics.entry(user, name)
    if entry is None:
        return None
    url = reverse("insights:metric", args=[name])
    if entry.day is None or entry.cell is None:
        return Told(
            str(entry.words.label), url=url, problem=_("No figures yet") if entry.day is None else _("Told by part")
        )
    trend = metrics.trend(user, entry, MONTHS)
    return Told(str(entry.words.label), url=url, value=metrics.value_words(entry, entry.cell), trend=tuple(trend),
                note=_("as of %(day)s") % {"day": entry.day})  # fmt: skip


def _report(user: Any, ref: str, shown: str) -> Told | None:
    report = report_of(user, ref)
    if report is None:
        return None
    url = reverse("reports:report", args=[report.pk])
    try:
        found = table(user, Definition.read(report.definition))
    except ReportRefused as error:
        return Told(report.label, url=url, problem=str(error))
    drawn = chart(found, f"tile-{report.pk}", report.label) if shown == "chart" else None
    return Told(report.label, url=url, drawn=drawn, table=None if drawn else found, note=report.note_text)


def _count(user: Any, ref: str, _shown: str) -> Told | None:
    view = _view_of(user, ref)
    if view is None:
        return None
    spec = LISTS[view.list_name]
    url = f"{spec.url}?view={view.pk}"
    try:
        count = capped_count(spec.keyed(view.query, context_of(user)).rows())
    except ValueError as error:  # a filter that a room no longer knows
        return Told(view.label, url=url, problem=str(error))
    return Told(view.label, url=url, value=f"{CAP}+" if count > CAP else str(count), note=str(spec.label))


def _figure(user: Any, key: str, _shown: str) -> Told | None:
    figure = FIGURES.get(key)
    if figure is None or not user.has_perm(figure.right):
        return None
    return Told(str(figure.label), url=reverse(figure.url_name), value=str(figure.value(user)))


def offered(user: Any) -> Iterator[tuple[str, str, str]]:
    """(group, code, label) of everything that could be added, as `kind:ref`."""
    if user.has_perm("insights.view"):
        for entry in metrics.dictionary():
            yield _("Metrics"), f"metric:{entry.name}", str(entry.words.label)
    for report in reports(user):
        yield _("Reports"), f"report:{report.slug or report.pk}", report.label
    for spec in lists_for(user):
        for view in saved_views(user).filter(list_name=spec.name):
            yield str(spec.label), f"count:{spec.name}:{view.pk}", view.label
    for figure in FIGURES.values():
        if user.has_perm(figure.right):
            yield _("System"), f"figure:{figure.key}", str(figure.label)


@dataclass(frozen=True)
class Page:
    """The dashboard as its page lays it out."""

    tiles: list[Placed]
    own: bool
    editing: bool
    names: list[str]
    offers: list[tuple[str, list[tuple[str, str]]]]

    @property
    def named(self) -> list[tuple[Placed, str]]:
        """Tiles with what they are called."""
        return list(zip(self.tiles, self.names, strict=True))


def page(user: Any, *, editing: bool) -> Page:
    """Tiles in their order; while they are changed, what each is called and what could be added."""
    own = own_dashboard(user)
    tiles = placed(user)
    offers: dict[str, list[tuple[str, str]]] = {}
    known: dict[str, str] = {}
    for group, code, label in offered(user) if editing else ():
        offers.setdefault(group, []).append((code, label))
        known[code] = label
    names = [_name(user, tile, known) for tile in tiles] if editing else [""] * len(tiles)
    return Page(tiles, own is not None, editing, names, list(offers.items()))


def _name(user: Any, tile: Placed, known: Mapping[str, str]) -> str:
    code = f"{tile.kind}:{tile.ref}"
    if code in known:
        return known[code]
    view = _view_of(user, tile.ref) if tile.kind == "count" else None
    return view.label if view else _("No longer there")
