"""Dialogs of lists: filters, columns, saved views. They end on the list's page under its new address."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.audit.selectors import today_for
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.records import selectors, services
from kajing.records.forms import ColumnForm, FilterForm, ViewForm
from kajing.records.lists import BOARD, LISTS, Context, ListSpec, ListState, NotUnderstood, conditions, read_state
from kajing.ui.answers import is_partial

RIGHT = "records.save_view"


@require_GET
@needs(RIGHT)
def tabs(request: HttpRequest, name: str) -> HttpResponse:
    """The tabs again, now with their counts."""
    spec = _spec(request, name)
    today = today_for(request.user)
    layout = BOARD if spec.board and request.GET.get("layout") == BOARD else ""
    listing = selectors.listing(request.user, spec, request.GET, today, layout)
    counts = selectors.view_counts(request.user, spec, listing.views, today)
    data = {"listing": listing, "counts": counts.items(), "lazy": False}
    return render(request, "records/parts/tabs.html", data)


@require_http_methods(["GET", "POST"])
@needs(RIGHT)
def filters(request: HttpRequest, name: str) -> HttpResponse:
    """Choose filters; the answer is the list under them."""
    spec, context = _spec(request, name), Context(request.user, today_for(request.user))
    state = _state(request, spec, context)
    form = FilterForm(spec, context, state.query, data=request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        kept = {key: values for key, values in state.query.items() if not _choosable(spec, key, request.user)}
        return _leave(request, spec, state.address(query={**kept, **form.chosen()}, cursor=""), state.layout)
    return _dialog(request, "records/filters.html", {"form": form, "spec": spec, "query": state.address()})


@require_http_methods(["GET", "POST"])
@needs(RIGHT)
def where(request: HttpRequest, name: str) -> HttpResponse:
    """Build a condition; the answer is the list under it."""
    spec, context = _spec(request, name), Context(request.user, today_for(request.user))
    state = _state(request, spec, context)
    text, error = request.POST.get("where", "").strip(), ""
    if request.method == "POST":
        try:
            kept = {key: values for key, values in state.query.items() if key != "where"}
            found = {"where": [conditions.to_text(conditions.read(spec, text, context))]} if text else {}
            return _leave(request, spec, state.address(query={**kept, **found}, cursor=""), state.layout)
        except NotUnderstood as refused:
            error = str(refused)
    else:
        text = state.query.get("where", [""])[0]
    data = {
        "spec": spec, "query": state.address(), "where": text, "error": error,
        "builder": selectors.builder(spec, text, context),
    }  # fmt: skip
    template = "records/where.html#dialog" if is_partial(request) else "records/where.html"
    return render(request, template, data, status=422 if error else 200)


@require_http_methods(["GET", "POST"])
@needs(RIGHT)
def columns(request: HttpRequest, name: str) -> HttpResponse:
    """Choose columns and their order."""
    spec, context = _spec(request, name), Context(request.user, today_for(request.user))
    state = _state(request, spec, context)
    form = ColumnForm(spec, request.user, state.columns, data=request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        return _leave(request, spec, state.address(columns=form.chosen(), cursor=""))
    return _dialog(request, "records/columns.html", {"form": form, "spec": spec, "query": state.address()})


@require_http_methods(["GET", "POST"])
@needs(RIGHT)
def manage(request: HttpRequest, name: str) -> HttpResponse:
    """Save the list as a view; rename, star or delete the views there are."""
    spec, context = _spec(request, name), Context(request.user, today_for(request.user))
    state = _state(request, spec, context)
    form = ViewForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            view = services.save_view(
                actor=request.user,
                spec=spec,
                name=form.cleaned_data["name"],
                audience=form.cleaned_data["audience"],
                at=timezone.now(),
                **_content(state),
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _leave(request, spec, f"view={view.pk}", state.layout, said=_("View saved"))
    views = selectors.views_of(request.user, spec)
    data = {
        "form": form,
        "spec": spec,
        "query": state.address(),
        "layout": state.layout,
        "views": views,
        "starred": selectors.starred(request.user, spec),
    }
    return _dialog(request, "records/manage.html", data)


@require_POST
@needs(RIGHT)
def overwrite(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the changed filters into the view they came from."""
    view, spec = _view(request, pk)
    state = _state(request, spec, Context(request.user, today_for(request.user)))
    version = request.POST.get("version", "")
    try:
        services.overwrite_view(
            actor=request.user,
            view=view,
            version=int(version) if version.isdecimal() else 0,
            at=timezone.now(),
            **_content(state),
        )
    except DomainError as error:
        return _leave(request, spec, state.address(), state.layout, said=str(error), tone="bad")
    return _leave(request, spec, f"view={view.pk}", state.layout, said=_("View saved"))


@require_POST
@needs(RIGHT)
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a view another name."""
    view, spec = _view(request, pk)
    try:
        services.rename_view(
            actor=request.user,
            view=view,
            name=request.POST.get("name", ""),
            audience=request.POST.get("audience", view.audience),
            at=timezone.now(),
        )
    except DomainError as error:
        return _leave(request, spec, f"view={view.pk}", _layout(request, spec), said=str(error), tone="bad")
    return _leave(request, spec, f"view={view.pk}", _layout(request, spec), said=_("View renamed"))


@require_POST
@needs(RIGHT)
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a view away."""
    view, spec = _view(request, pk)
    try:
        services.delete_view(actor=request.user, view=view, at=timezone.now())
    except DomainError as error:
        return _leave(request, spec, f"view={pk}", _layout(request, spec), said=str(error), tone="bad")
    return _leave(request, spec, "", _layout(request, spec), said=_("View deleted"))


@require_POST
@needs(RIGHT)
def star(request: HttpRequest, pk: int) -> HttpResponse:
    """Open this view first from now on, or no longer."""
    view, spec = _view(request, pk)
    on = services.star_view(actor=request.user, view=view)
    said = _("This view opens first from now on") if on else _("This view no longer opens first")
    return _leave(request, spec, f"view={pk}", _layout(request, spec), said=said)


def _spec(request: HttpRequest, name: str) -> ListSpec:
    """The list of a name; one the person may not open is missing."""
    spec = LISTS.get(name)
    if spec is None or not spec.sees(request.user):
        raise Http404
    return spec


def _view(request: HttpRequest, pk: int) -> tuple[Any, ListSpec]:
    view = get_object_or_404(selectors.saved_views(request.user), pk=pk)
    return view, _spec(request, view.list_name)


def _state(request: HttpRequest, spec: ListSpec, context: Context) -> ListState:
    """The list a dialog was opened from: the address itself, or the one its form carries."""
    carried = request.POST.get("query")
    params = QueryDict(carried) if carried is not None else request.GET
    return read_state(spec, params, context)


def _layout(request: HttpRequest, spec: ListSpec) -> str:
    """How the list stood that the dialog was opened from."""
    return _state(request, spec, Context(request.user, today_for(request.user))).layout


def _content(state: ListState) -> dict[str, Any]:
    return {"query": state.query, "order": state.order, "columns": state.columns, "density": state.density}


def _choosable(spec: ListSpec, name: str, user: Any) -> bool:
    found = spec.filter_of(name, user)
    return found is not None and found.choosable


def _dialog(request: HttpRequest, template: str, data: dict[str, Any]) -> HttpResponse:
    """The dialog alone for a partial request, on a page of its own without script."""
    form = data["form"]
    status = 422 if form.is_bound and form.errors else 200
    return render(request, f"{template}#dialog" if is_partial(request) else template, data, status=status)


def _leave(
    request: HttpRequest, spec: ListSpec, query: str, layout: str = "", *, said: str = "", tone: str = ""
) -> HttpResponse:
    """To the list's page in the layout one came from; a partial request is told to go there."""
    home = spec.home(layout)
    url = f"{home}?{query}" if query else home
    response = HttpResponse(status=204, headers={"HX-Redirect": url}) if is_partial(request) else redirect(url)
    if said:
        messages.add_message(request, messages.ERROR if tone == "bad" else messages.SUCCESS, said)
    return response
