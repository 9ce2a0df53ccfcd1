"""Saved views a person may open, and a list as one page shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from kajing.records.lists import (
    LISTS,
    Column,
    Context,
    CursorRefused,
    Filter,
    ListSpec,
    ListState,
    NotUnderstood,
    Page,
    conditions,
    page,
    read_state,
)
from kajing.records.lists.paging import CAP
from kajing.records.lists.state import PAGE_SIZES
from kajing.records.models import SavedView
from kajing.records.selectors.fields import tokens, with_token

STARRED = "starred_views"  # in Person.preferences: view id by list name


def saved_views(user: Any) -> QuerySet[SavedView]:
    """Views of the product, of units the person belongs to, and their own."""
    places = [code for code in user.unit.path.split("/") if code]
    return SavedView.objects.filter(
        Q(audience=SavedView.Audience.SYSTEM)
        | Q(audience=SavedView.Audience.TEAM, unit__in=places)
        | Q(audience=SavedView.Audience.MINE, owner=user.person_no)
    )


def views_of(user: Any, spec: ListSpec) -> list[SavedView]:
    """The tabs of a list: views whose filters all exist, system views first, then the team's, then one's own."""
    places = {"SYSTEM": 0, "TEAM": 1, "MINE": 2}
    rows = list(with_token(saved_views(user).filter(list_name=spec.name), spec.kind))
    if rows and spec.kind:
        tokens(user)[spec.kind] = rows[0].field_token or ""  # the bank's own fields cost the list no query
    found = [view for view in rows if spec.knows(view.query, user)]
    return sorted(found, key=lambda view: (places[view.audience], view.place, view.pk))


def view_counts(user: Any, spec: ListSpec, views: Iterable[SavedView], today: date) -> dict[int, str]:
    """How many rows each view has, counted to 1000, all in one statement; views nobody can read are left out."""
    context = Context(user, today)
    parts: list[str] = []
    params: list[Any] = []
    ids: list[int] = []
    known: dict[int, str] = {}
    for view in views:
        try:
            rows = spec.keyed(view.query, context).rows()
            sql, values = rows.order_by().values("pk")[: CAP + 1].query.sql_with_params()
        except NotUnderstood:
            continue
        except EmptyResultSet:  # whoever sees no customer at all
            known[view.pk] = "0"
            continue
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) AS v{view.pk})")  # noqa: S608  SQL of the ORM's own making
        params += values
        ids.append(view.pk)
    if not parts:
        return known
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        counts = cursor.fetchone()
    return known | {pk: f"{CAP}+" if number > CAP else str(number) for pk, number in zip(ids, counts, strict=True)}


def starred(user: Any, spec: ListSpec) -> int | None:
    """The view a person starred as their default of a list."""
    found = (user.preferences or {}).get(STARRED, {})
    pk = found.get(spec.name) if isinstance(found, dict) else None
    return pk if isinstance(pk, int) else None


def state_of_view(spec: ListSpec, view: SavedView) -> ListState:
    """The list a saved view stands for, from its first page."""
    return ListState(
        query={name: list(values) for name, values in view.query.items()},
        order=view.order or spec.default_order,
        columns=tuple(view.columns),
        view=view.pk,
        density=view.density,
    )


@dataclass(frozen=True)
class ToldView:
    """A saved view as programs read it: its address is what the list's page and its GET take as query."""

    id: int
    label: str
    list_name: str
    audience: str
    owner: str
    address: str
    version: int
    starred: bool


def told_view(user: Any, view: SavedView) -> ToldView:
    """One view."""
    spec = LISTS[view.list_name]
    address = replace(state_of_view(spec, view), view=None).address()
    star = starred(user, spec) == view.pk
    return ToldView(view.pk, view.label, spec.name, view.audience, view.owner, address, view.version, star)


def told_views(user: Any, spec: ListSpec) -> list[ToldView]:
    """The views of a list in the order of its tabs."""
    return [told_view(user, view) for view in views_of(user, spec)]


@dataclass
class Chip:
    """A filter in force: its name, its values in words, and the address without it."""

    name: str
    label: str
    words: str
    remove_url: str


@dataclass
class Header:
    """A column's head: how it is sorted now and the address that sorts by it."""

    column: Column
    sort: str  # ascending, descending, none, or empty when it cannot be sorted
    url: str


class Listing:
    """A list as one page shows it: its state, its rows, its tabs, and the addresses that lead on."""

    def __init__(self, spec: ListSpec, state: ListState, context: Context, views: list[SavedView]) -> None:
        self.spec, self.state, self.context, self.views = spec, state, context, views
        self.errors = list(state.errors)

    @cached_property
    def page(self) -> Page:
        """The rows; an outdated page address starts again from the first page and says so."""
        try:
            return page(self.spec, self.state, self.context)
        except CursorRefused as error:
            self.errors.append(str(error))
            self.state = replace(self.state, cursor="")
            return page(self.spec, self.state, self.context)

    @cached_property
    def view(self) -> SavedView | None:
        """The saved view this list came from."""
        return next((view for view in self.views if view.pk == self.state.view), None)

    @cached_property
    def changed(self) -> bool:
        """Whether filters, order, columns or density differ from the saved view."""
        if self.view is None:
            return False
        saved = state_of_view(self.spec, self.view)
        return any(getattr(saved, part) != getattr(self.state, part) for part in ("order", "columns", "density")) or (
            dict(saved.query) != dict(self.state.query)
        )

    @cached_property
    def may_overwrite(self) -> bool:
        """Whether "Save" may change the view: only its owner does."""
        return self.view is not None and self.view.owner == self.context.user.person_no

    @cached_property
    def columns(self) -> list[Column]:
        """The columns shown."""
        return self.spec.columns_for(self.context.user, self.state.columns)

    @property
    def headers(self) -> list[Header]:
        """The columns' heads."""
        return [self._header(column) for column in self.columns]

    def _header(self, column: Column) -> Header:
        if not column.order:
            return Header(column, "", "")
        now = {column.order: "ascending", f"-{column.order}": "descending"}.get(self.state.order, "none")
        following = column.order if now == "descending" else f"-{column.order}"
        return Header(column, now, self.url(self.state.address(order=following, cursor="")))

    @property
    def chips(self) -> list[Chip]:
        """The filters in force."""
        return [
            chip
            for name, values in self.state.query.items()
            if (found := self.spec.filter_of(name, self.context.user))
            for chip in (self._conditions(values[0]) if found.kind == "where" else [self._chip(found, values)])
        ]

    def _chip(self, found: Filter, values: list[str]) -> Chip:
        said = found.words(values, self.context)
        return Chip(found.name, str(found.label), said, self.url(self.state.without(found.name).address()))

    def _conditions(self, text: str) -> list[Chip]:
        """A chip for every part of the condition that must hold, to be taken away one by one."""
        node = conditions.read(self.spec, text, self.context)
        chips = []
        for place, part in enumerate(conditions.parts(node)):
            rest = conditions.without(node, place)
            state = self.state.with_filter("where", [conditions.to_text(rest)]) if rest else self.state.without("where")
            said = conditions.words(self.spec, part, self.context)
            chips.append(Chip("where", _("Condition"), said, self.url(state.address())))
        return chips

    def url(self, query: str) -> str:
        """The list's page under another query."""
        return f"{self.home}?{query}"

    @property
    def home(self) -> str:
        """The page of this layout."""
        return self.spec.home(self.state.layout)

    @property
    def clear_url(self) -> str:
        """The same list without filters."""
        return self.url(self.state.address(query={}, cursor=""))

    @property
    def reset_url(self) -> str:
        """The saved view as it was saved."""
        return self.url(f"view={self.state.view}")

    @property
    def address(self) -> str:
        """The URL query of this state, for dialogs and links that come back here."""
        return self.state.address()

    @property
    def next_query(self) -> str:
        """The query of the next page, empty on the last."""
        return self.state.address(cursor=self.page.next) if self.page.next else ""

    @property
    def previous_query(self) -> str:
        """The query of the page before, empty on the first."""
        return self.state.address(cursor=self.page.previous) if self.page.previous else ""

    @property
    def sizes(self) -> list[tuple[int, str]]:
        """Page sizes and the addresses that show them from the first page."""
        return [(size, self.url(self.state.address(limit=size, cursor=""))) for size in PAGE_SIZES]

    @property
    def filtered_empty(self) -> bool:
        """Whether filters are what empties the list, not a first day on which there is nothing yet."""
        return not self.page.rows and bool(self.state.query) and self.spec.base(self.context.user).exists()


def listing(user: Any, spec: ListSpec, params: QueryDict, today: date, layout: str = "") -> Listing:
    """The list an address stands for: its own filters, else the saved view it names, else the starred one."""
    context = Context(user, today)
    views = views_of(user, spec)
    state = read_state(spec, params, context)
    if not state.explicit and not state.errors:
        wanted = state.view or starred(user, spec) or next((view.pk for view in views if view.is_default), None)
        view = next((one for one in views if one.pk == wanted), None)
        if view:
            state = _opened(spec, state, view, context)
    return Listing(spec, replace(state, layout=layout), context, views)


def _opened(spec: ListSpec, state: ListState, view: SavedView, context: Context) -> ListState:
    saved = state_of_view(spec, view)
    try:
        spec.narrowed(saved.query, context)
    except NotUnderstood as error:
        return replace(
            state, errors=(_("The view %(name)s cannot be read: %(error)s") % {"name": view, "error": error},)
        )
    return replace(saved, limit=state.limit, cursor=state.cursor)
