"""Pages of state gates, and the dialog that takes a record to its next state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.lib.access import needs, staff
from kajing.lib.errors import DomainError
from kajing.records.forms.values import ValuesForm
from kajing.records.selectors import fields_of
from kajing.records.states import StateKind
from kajing.ui.answers import done, is_partial, toast
from kajing.workflow.forms.gates import GateForm, Moves, NextForm, initial_moves, initial_of, read, shown
from kajing.workflow.models import GateVersion
from kajing.workflow.selectors import gates as selectors
from kajing.workflow.selectors.gates import Next, Standing
from kajing.workflow.services import gates as services
from kajing.workflow.views import versions

SEE, EDIT, PUBLISH = "workflow.view_process", "workflow.edit_process", "workflow.publish_process"


@require_GET
@needs(SEE)
def gate_list(request: HttpRequest) -> HttpResponse:
    """Every kind of record with states, and the gate in force."""
    return render(request, "workflow/gates.html", {"rows": selectors.overview()})


@require_http_methods(["GET", "POST"])
@needs(SEE)
def gate(request: HttpRequest, kind: str) -> HttpResponse:
    """The gate of one kind: its picture, the next version to write, its test, all versions."""
    about = _about(kind)
    found = list(selectors.versions(kind))
    newest = found[0] if found else None
    bound = request.POST if request.method == "POST" else None
    options = {"about": about}
    form = GateForm(bound, initial=initial_of(newest.limits, newest.ends) if newest else {}, **options)
    moves = Moves(bound, initial=initial_moves(newest.moves) if newest else [], form_kwargs=options)
    if bound is not None and form.is_valid() and moves.is_valid():
        try:
            services.draft_gate(actor=request.user, kind=kind, moves=moves.moves(), at=timezone.now(), **form.data_of())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            page = reverse("workflow:gate", args=[kind])
            return versions.back(request, page, _("Draft saved. Test it on the records there are."))
    data = {"form": form, "moves": moves, **_shown(request, about, found)}
    return render(request, "workflow/gate.html", data, status=200 if bound is None else 422)


def _shown(request: HttpRequest, about: StateKind, found: list[GateVersion]) -> dict[str, Any]:
    live = next((one for one in found if one.state == "LIVE"), None)
    draft = next((one for one in found if one.state == "DRAFT"), None)
    shown = draft or live
    return {
        "about": about, "versions": found, "live": live, "draft": draft, "shown": shown,
        "states": selectors.diagram(about, shown.moves, shown.limits, shown.ends) if shown else [],
        "following": selectors.following(about), "names": selectors.named(found),
        "test": selectors.tested(request.user, draft) if draft else None,
    }  # fmt: skip


@require_POST
@needs(EDIT)
def try_gate(request: HttpRequest, kind: str, version: int) -> HttpResponse:
    """What the draft would mean for the records there are."""

    def act(found: GateVersion) -> object:
        return services.try_gate(actor=request.user, version=found, at=timezone.now())

    return _step(request, kind, version, act, _("Tested on the records there are"))


@require_POST
@needs(PUBLISH)
def publish_gate(request: HttpRequest, kind: str, version: int) -> HttpResponse:
    """Put the draft in force."""

    def act(found: GateVersion) -> object:
        reason = request.POST.get("reason", "")[:400]
        return services.publish_gate(actor=request.user, version=found, reason=reason, at=timezone.now())

    return _step(request, kind, version, act, _("The version is in force"))


@require_POST
@needs(PUBLISH)
def retire_gate(request: HttpRequest, kind: str, version: int) -> HttpResponse:
    """Close the gate."""

    def act(found: GateVersion) -> object:
        reason = request.POST.get("reason", "")[:400]
        return services.retire_gate(actor=request.user, version=found, reason=reason, at=timezone.now())

    return _step(request, kind, version, act, _("The gate is closed: every way of the product is open again"))


@require_POST
@needs(EDIT)
def restore_gate(request: HttpRequest, kind: str, version: int) -> HttpResponse:
    """A new draft that says what an earlier version said."""

    def act(found: GateVersion) -> object:
        return services.restore_gate(actor=request.user, version=found, at=timezone.now())

    return _step(request, kind, version, act, _("The earlier version is a draft again"))


def _step(
    request: HttpRequest, kind: str, number: int, act: Callable[[GateVersion], object], said: str
) -> HttpResponse:
    _about(kind)
    found = get_object_or_404(selectors.versions(kind), number=number)
    return versions.step(request, reverse("workflow:gate", args=[kind]), lambda: act(found), said)


def _about(kind: str) -> StateKind:
    found = selectors.kind(kind)
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
@staff
def move(request: HttpRequest, kind: str, object_id: str, to: str) -> HttpResponse:
    """The dialog of one next state: what is required, then the act."""
    where, way = _way(request, kind, object_id, read(to))
    bound = request.POST if request.method == "POST" else None
    form = NextForm(bound, request.FILES if bound is not None else None, way=way)
    own = _own_form(request, where, way, bound)
    if bound is not None and form.is_valid() and own.is_valid():
        try:
            made = services.make_move(
                actor=request.user, kind=kind, object_id=object_id, to=way.to, note=form.cleaned_data["note"],
                given=form.given(), own=own.typed(), files=form.uploads(), at=timezone.now(),
            )  # fmt: skip
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            said = _("Asked for approval: %(state)s") if made.approval else _("Now: %(state)s")
            return _moved(request, where, said % {"state": way.label})
    data = {"form": form, "own": own, "where": where, "way": way, "to": to}
    template = "workflow/move.html#form" if is_partial(request) else "workflow/move.html"
    return render(request, template, data, status=200 if bound is None else 422)


def ask(request: HttpRequest, where: Standing, way: Next) -> HttpResponse:
    """The dialog of a next state, opened by another page."""
    own = _own_form(request, where, way, None)
    data = {"form": NextForm(way=way), "own": own, "where": where, "way": way, "to": shown(way.to)}
    return render(request, "workflow/move.html#form" if is_partial(request) else "workflow/move.html", data)


def _way(request: HttpRequest, kind: str, object_id: str, to: str) -> tuple[Standing, Next]:
    gate = selectors.versions(kind).filter(state="LIVE").first()
    where = selectors.standing(request.user, gate, object_id) if gate else None
    way = next((one for one in where.ways if one.to == to), None) if where else None
    if where is None or way is None:
        raise Http404
    return where, way


def _own_form(request: HttpRequest, where: Standing, way: Next, bound: Any) -> ValuesForm:
    met = fields_of(where.about.carrier_kind, request.user) if way.own else []
    wanted = [one for one in met if one.definition.name in way.own]
    form = ValuesForm(wanted, {}, request.user, [], data=bound, prefix="own")
    for control in form.fields.values():
        control.required = True  # the gate wants them, whatever their definition says
    return form


def _moved(request: HttpRequest, where: Standing, said: str) -> HttpResponse:
    if is_partial(request):
        answer = done(request, said, changed="moves")
        answer.headers["HX-Refresh"] = "true"
        return toast(request, answer, said)
    url = where.about.url(where.object_id) or reverse("workflow:list")
    return toast(request, HttpResponseRedirect(url, status=303), said)
