"""Acts on one lead. Each works as a plain form and as a dialog; what a gate misses is listed, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kajing.customers.services.reveals import Revealed
from kajing.customers.views.revealing import reveal_page
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.org.later import noted_at
from kajing.records.states import MoveRefused
from kajing.sales.forms import leads as forms
from kajing.sales.models import Lead
from kajing.sales.selectors import leads as selectors
from kajing.sales.selectors.leads.reading import FIELDS
from kajing.sales.services import leads as services
from kajing.sales.stages import BY_HAND
from kajing.sales.views.leads import detail_data, fault, lead_of
from kajing.ui.answers import conflict, done, fresh_page, is_partial, stands_on, toast, trigger
from kajing.workflow.gate_panels import own_standing
from kajing.workflow.selectors import person, present_of

VIEW, WORK = "sales.view_leads", "sales.work_leads"
Stage = Lead.Stage


@require_http_methods(["GET", "POST"])
@needs(WORK)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """To another stage: first the question, then the act."""
    one = lead_of(request, pk)
    if request.method == "POST":
        return moved(request, one, forms.MoveForm(request.POST))
    following = [code for code in BY_HAND if code != one.stage]
    ahead = [code for code in following if BY_HAND.index(code) > _place(one)]
    form = forms.MoveForm(initial={"version": one.version, "to": next(iter(ahead), "")}, offered=following)
    return _dialog(request, "sales/lead_move.html", {"one": one, "form": form})


def _place(one: Lead) -> int:
    return BY_HAND.index(one.stage) if one.stage in BY_HAND else -1


def moved(request: HttpRequest, one: Lead, form: forms.MoveForm) -> HttpResponse:
    """A lead goes where a form or a dropped card says, or the dialog tells what is missing."""
    if not form.is_valid():
        return _dialog(request, "sales/lead_move.html", {"one": one, "form": form}, status=422)
    data = form.cleaned_data
    if data["to"] == Stage.LOST and one.stage != Stage.LOST:
        return _ask_loss(request, one)
    try:
        found = services.move_card(actor=request.user, lead=one, at=timezone.now(), **data)
    except services.StaleLead as stale:
        return _stale(request, stale, str(Stage(data["to"]).label))
    except MoveRefused as refused:
        return _refused(request, one, data["to"], refused)
    except services.CannotKeepLead as error:
        fault(form, error)
        return _dialog(request, "sales/lead_move.html", {"one": one, "form": form}, status=422)
    except DomainError as error:
        return _no(request, one, error)
    return after(request, found.lead, _("Now: %(state)s") % {"state": found.lead.get_stage_display()}, found.undo)


def _refused(request: HttpRequest, one: Lead, to: str, refused: MoveRefused) -> HttpResponse:
    """What the gate misses, in red, and the dialog that takes it where it can be filled in at once."""
    gated = own_standing(request.user, "lead", str(one.pk))
    open_ways = [way.to for way in gated.ways] if gated else []
    data = {
        "one": one, "missing": refused.missing, "to": to, "label": Stage(to).label, "fill": to in open_ways,
    }  # fmt: skip
    return _dialog(request, "sales/lead_refused.html", data, status=422)


@require_http_methods(["GET", "POST"])
@needs(WORK)
def lose(request: HttpRequest, pk: int) -> HttpResponse:
    """Lost, with the reason and the rival."""
    one = lead_of(request, pk)
    if request.method == "GET":
        return _ask_loss(request, one, status=200)
    form = forms.LoseForm(request.POST, rules=_rules(request))
    if form.is_valid():
        try:
            found = services.lose_card(actor=request.user, lead=one, at=timezone.now(), **form.cleaned_data)
        except services.StaleLead as stale:
            return _stale(request, stale, str(Stage.LOST.label))
        except MoveRefused as refused:
            return _refused(request, one, Stage.LOST, refused)
        except DomainError as error:
            fault(form, error)
        else:
            return after(request, found.lead, _("The lead is lost"), found.undo)
    return _dialog(request, "sales/lead_lose.html", {"one": one, "form": form}, status=422)


def _rules(request: HttpRequest) -> selectors.Policy:
    return selectors.policy(present_of(request.user).today)


def _ask_loss(request: HttpRequest, one: Lead, status: int = 422) -> HttpResponse:
    form = forms.LoseForm(initial={"version": one.version}, rules=_rules(request))
    return _dialog(request, "sales/lead_lose.html", {"one": one, "form": form}, status=status)


@require_http_methods(["GET", "POST"])
@needs(WORK)
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """A lost lead goes on."""
    one = lead_of(request, pk)
    form = forms.ReopenForm(request.POST or None, initial={"version": one.version})

    def act(data: dict[str, Any]) -> Lead:
        return services.reopen(actor=request.user, lead=one, at=timezone.now(), **data)

    title, said = _("Open the lead again"), _("The lead is open again")
    return _asked(request, one, form, act, title, "leads:reopen", said, whole=True)


@require_http_methods(["GET", "POST"])
@needs("sales.assign_leads")
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """To somebody of one's place."""
    one = lead_of(request, pk)
    form = forms.OwnerForm(request.POST or None, owners=selectors.owners_here(request.user))

    def act(data: dict[str, Any]) -> Lead:
        owner = person(request.user, data["owner"])
        return services.assign(actor=request.user, lead=one, owner=owner, reason=data["reason"], at=timezone.now())

    return _asked(request, one, form, act, _("Assign the lead"), "leads:assign", _("Lead assigned"))


@require_POST
@needs(WORK)
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Out of the pool into one's own leads."""
    one = lead_of(request, pk)
    try:
        found = services.claim(actor=request.user, lead=one, at=timezone.now())
    except DomainError as error:
        return _no(request, one, error)
    return after(request, found, _("The lead is yours"), whole=True)


@require_http_methods(["GET", "POST"])
@needs(WORK)
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Into the pool."""
    one = lead_of(request, pk)
    form = forms.ReleaseForm(request.POST or None)

    def act(data: dict[str, Any]) -> Lead:
        return services.release(actor=request.user, lead=one, at=timezone.now(), **data)

    return _asked(request, one, form, act, _("Release to the pool"), "leads:release", _("The lead is in the pool"))


@require_http_methods(["GET", "POST"])
@needs(WORK)
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom the lead became."""
    one = lead_of(request, pk)
    form = forms.LinkForm(request.POST or None)

    def act(data: dict[str, Any]) -> Lead:
        return services.link(actor=request.user, lead=one, customer_id=data["customer_id"].strip(), at=timezone.now())

    return _asked(request, one, form, act, _("Link to a customer"), "leads:link", _("Linked"))


@require_POST
@needs(WORK)
def activity(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what was done, and the next step."""
    one = lead_of(request, pk)
    form, now = forms.ActivityForm(request.POST), timezone.now()
    if form.is_valid():
        try:
            services.log_activity(
                actor=request.user, lead=one, at=now, happened_at=noted_at(request, now), **form.said()
            )  # fmt: skip
        except DomainError as error:
            fault(form, error)
        else:
            return after(request, one, _("Written down"))
    template = "sales/lead.html#lead" if is_partial(request) else "sales/lead.html"
    return render(request, template, detail_data(request, one, activity_form=form), status=422)


@require_POST
@needs("customers.reveal")
def reveal_field(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    """First the reason, then the field in clear for 30 seconds."""
    one = lead_of(request, pk)
    if field not in FIELDS:
        raise Http404

    def act(reason: str) -> Revealed:
        address = request.META.get("REMOTE_ADDR", "")
        return services.reveal_lead(
            actor=request.user, lead=one, field=field, reason=reason, at=timezone.now(), address=address
        )

    return reveal_page(request, field=field, shown=services.masked_value(one, field), act=act)


# -- answers ---------------------------------------------------------------------------------------------------------
def after(
    request: HttpRequest, one: Lead, said: str, undo: int | None = None, *, whole: bool = False
) -> HttpResponse:  # fmt: skip
    """Done: lists, boards and the lead's page draw themselves anew; as a `whole` where it has more panels now."""
    back = reverse("undo:act", args=[undo]) if undo and request.user.has_perm("records.undo") else ""
    url = reverse("leads:detail", args=[one.pk])
    if is_partial(request) and whole and stands_on(request, url):
        return fresh_page(request, said, undo=back)
    if is_partial(request):
        return done(request, said, undo=back, changed="leads")
    return toast(request, HttpResponseRedirect(url, status=303), said, undo=back)


def _asked(
    request: HttpRequest,
    one: Lead,
    form: Any,
    act: Callable[[dict[str, Any]], Lead],
    title: str,
    name: str,
    said: str,
    *,
    whole: bool = False,
) -> HttpResponse:
    """The question of an act in a dialog, then the act."""
    if form.is_bound and form.is_valid():
        try:
            found = act(form.cleaned_data)
        except services.StaleLead as stale:
            return _stale(request, stale, title)
        except MoveRefused as refused:
            return _refused(request, one, form.cleaned_data["to"], refused)
        except DomainError as error:
            fault(form, error)
        else:
            return after(request, found, said, whole=whole)
    data = {"one": one, "form": form, "title": title, "url": reverse(name, args=[one.pk])}
    return _dialog(request, "sales/lead_act.html", data, status=422 if form.is_bound else 200)


def _dialog(request: HttpRequest, template: str, data: dict[str, Any], status: int = 200) -> HttpResponse:
    name = f"{template}#dialog" if is_partial(request) else template
    shown = selectors.shown_name(request.user, data["one"])
    return render(request, name, {**data, "name": shown}, status=status)


def _no(request: HttpRequest, one: Lead, error: DomainError) -> HttpResponse:
    said = str(error) or _("Your role may not do this.")
    if is_partial(request):
        answer = trigger(HttpResponse(status=204), dialog_close=True, leads_changed=True)
        return trigger(answer, toast={"text": said, "tone": "bad"})
    url = reverse("leads:detail", args=[one.pk])
    return toast(request, HttpResponseRedirect(url, status=303), said, tone="bad")


def _stale(request: HttpRequest, stale: services.StaleLead, mine: str) -> HttpResponse:
    return conflict(request, mine=mine, theirs=stale.current.get_stage_display())
