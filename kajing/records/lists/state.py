"""The state of a list is its address: filters, order, columns and page, read from and written to the URL query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from kajing.records.lists.board import BOARD
from kajing.records.lists.filters import Context, NotUnderstood
from kajing.records.lists.spec import ListSpec

PAGE_SIZES = (25, 50, 100)
PAGE_SIZE = PAGE_SIZES[0]


@dataclass(frozen=True)
class ListState:
    """One reading of an address. `errors` are sentences for people about what was not understood."""

    query: Mapping[str, list[str]] = field(default_factory=dict)
    order: str = ""
    columns: tuple[str, ...] = ()
    limit: int = PAGE_SIZE
    cursor: str = ""
    view: int | None = None
    density: str = ""
    layout: str = ""  # empty for the list itself
    errors: tuple[str, ...] = ()
    explicit: bool = False  # the address says its own filters, order or columns, not only a view's number

    def without(self, name: str) -> ListState:
        """The same list without one filter, from its first page."""
        return replace(self, query={k: v for k, v in self.query.items() if k != name}, cursor="")

    def with_filter(self, name: str, values: list[str]) -> ListState:
        """The same list with one filter set, from its first page."""
        return replace(self, query={**self.query, name: values}, cursor="")

    def address(self, **changes: object) -> str:
        """The URL query of this state; the order is always said, so that an emptied filter set stays empty."""
        state = replace(self, **changes) if changes else self  # type: ignore[arg-type]
        pairs = [("view", str(state.view))] if state.view else []
        pairs += [(name, value) for name, values in state.query.items() for value in values]
        pairs += [("order", state.order)] if state.order else []
        pairs += [("columns", ",".join(state.columns))] if state.columns else []
        pairs += [("density", state.density)] if state.density else []
        pairs += [("layout", state.layout)] if state.layout else []
        pairs += [("limit", str(state.limit))] if state.limit != PAGE_SIZE else []
        pairs += [("cursor", state.cursor)] if state.cursor else []
        return urlencode(pairs)


def read_state(spec: ListSpec, params: QueryDict, context: Context) -> ListState:
    """Read an address; what cannot be read is left out and told in `errors`."""
    errors: list[str] = []
    query = _filters(spec, params, context, errors)
    order = _order(spec, params.get("order", ""), context, errors)
    view = params.get("view", "")
    return ListState(
        query=query,
        order=order or spec.default_order,
        columns=tuple(name for name in params.get("columns", "").split(",") if name),
        limit=_limit(params.get("limit", ""), errors),
        cursor=params.get("cursor", ""),
        view=int(view) if view.isdecimal() and len(view) < 10 else None,
        density=params.get("density", "") if params.get("density") in {"compact", "cozy"} else "",
        layout=BOARD if spec.board and params.get("layout") == BOARD else "",
        errors=tuple(errors),
        explicit=bool(query or order or params.get("columns") or params.get("density")),
    )


def _filters(spec: ListSpec, params: QueryDict, context: Context, errors: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for allowed in spec.filters_for(context.user):
        values = [part for value in params.getlist(allowed.name) for part in _parts(allowed.kind, value) if part]
        if not values:
            continue
        try:
            allowed.q(values, context)
        except NotUnderstood as error:
            errors.append(str(error))
        else:
            found[allowed.name] = values
    return found


def _parts(kind: str, value: str) -> list[str]:
    return value.split(",") if kind == "choice" else [value.strip()]


def _order(spec: ListSpec, text: str, context: Context, errors: list[str]) -> str:
    if not text:
        return ""
    try:
        spec.order_of(text, context.user)
    except NotUnderstood:
        errors.append(_("The list cannot be sorted by %(order)s.") % {"order": text[:40]})
        return ""
    return text


def _limit(text: str, errors: list[str]) -> int:
    if not text:
        return PAGE_SIZE
    if not text.isdecimal() or not 1 <= int(text[:6]) <= 200:
        errors.append(_("A page has 1 to 200 rows."))
        return PAGE_SIZE
    return int(text)
