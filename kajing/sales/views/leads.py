"""Pages of leads: the list, one lead, a new one, a changed one."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kajing.lib.access import needs
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org.selectors import names
from kajing.records.forms import ValuesForm
from kajing.records.selectors import fields_of, listing
from kajing.records.selectors import tags as known_tags
from kajing.records.services import ValuesRefused
from kajing.sales.forms import leads as forms
from kajing.sales.lead_list import LEADS
from kajing.sales.lead_rows import lead_row
from kajing.sales.models import Lead
from kajing.sales.selectors import leads as selectors
from kajing.sales.services import leads as services
from kajing.ui.answers import conflict, is_partial, toast
from kajing.workflow.selectors import person, present_of

VIEW, WORK = "sales.view_leads", "sales.work_leads"


@require_GET
@needs(VIEW)
def lead_list(request: HttpRequest) -> HttpResponse:
    """The list under its address; a partial request gets the rows alone."""
    template = "sales/leads.html#rows" if is_partial(request) else "sales/leads.html"
    return render(request, template, shown_list(request))


@require_GET
@needs(VIEW)
def rows(request: HttpRequest) -> HttpResponse:
    """The rows of the list alone, for a refresh after an act."""
    return render(request, "sales/leads.html#rows", shown_list(request))


def shown_list(request: HttpRequest) -> dict[str, Any]:
    """The list as its templates take it."""
    present = present_of(request.user)
    shown = listing(request.user, LEADS, request.GET, present.today)
    shown.page  # noqa: B018  read now: an outdated page address changes the state that links are made of
    return {"listing": shown, "page": shown.page, "query": shown.address, "present": present}


@require_http_methods(["GET", "POST"])
@needs(WORK)
def new(request: HttpRequest) -> HttpResponse:
    """A new lead; who is on file already is shown, with what to do about it."""
    form, own = _new_form(request), _own_form(request)
    matches: list[selectors.Match] = []
    if request.method == "POST" and form.is_valid() and own.is_valid():
        try:
            one = services.register(
                actor=request.user, facts=form.facts, at=timezone.now(), values=own.typed(),
                owner=_owner(request, form), claim=request.POST.get("claim") == "1",
            )  # fmt: skip
        except services.LeadExists as error:
            matches = error.matches
        except ValuesRefused as error:
            for name, said in error.errors.items():
                own.add_error(name if name in own.fields else None, said)
        except DomainError as error:
            fault(form, error)
        else:
            return _to(request, one, _("Lead registered"))
    return _form(request, form, own=own, matches=matches, url=reverse("leads:new"))


def _new_form(request: HttpRequest) -> forms.LeadForm:
    owners = [(one.person_no, f"{one.name} {one.person_no}") for one in selectors.new_owners(request.user)]
    if request.method == "POST":
        return forms.LeadForm(request.POST, owners=owners)
    version = selectors.policy(present_of(request.user).today).consent_text
    about = request.GET.get("customer", "")
    initial = {
        "consent_version": version, "consent_at": forms.now(), "owner": request.user.person_no, "customer_id": about,
        "source": Lead.Source.CROSS_SELL if about else Lead.Source.BRANCH,
    }  # fmt: skip
    return forms.LeadForm(initial=initial, owners=owners)


def _owner(request: HttpRequest, form: forms.LeadForm) -> Any:
    """Who was chosen; nobody where the personal code says whose the lead is."""
    number = form.cleaned_data.get("owner", "")
    by_code = form.cleaned_data["source"] == Lead.Source.STAFF_CODE and number in ("", request.user.person_no)
    return None if by_code or not number else person(request.user, number)


def _own_form(request: HttpRequest) -> ValuesForm:
    may = request.user.has_perm("records.fill_fields")
    met = fields_of("lead", request.user) if may else []
    data = request.POST if request.method == "POST" else None
    return ValuesForm(met, {}, request.user, [], data=data, prefix="own")


def _form(
    request: HttpRequest,
    form: forms.LeadForm,
    *,
    url: str,
    own: ValuesForm | None = None,
    one: Lead | None = None,
    matches: list[selectors.Match] | None = None,
) -> HttpResponse:
    found = [{"match": match, "said": services.said_of(match)} for match in matches or ()]
    data = {
        "form": form, "own": own, "url": url, "one": one, "matches": found, "known_tags": known_tags()[:200],
        "claimable": bool(found) and one is None and all(match.claimable for match in matches or ()),
    }  # fmt: skip
    template = "sales/lead_form.html#form" if is_partial(request) else "sales/lead_form.html"
    return render(request, template, data, status=422 if form.is_bound else 200)


def fault(form: Any, error: DomainError) -> None:
    """Put a refusal where it belongs: each fault of the facts at its field, anything else on top."""
    if isinstance(error, services.CannotKeepLead):
        for name, said in error.errors.items():
            form.add_error(name if name in form.fields else None, said)
        return
    form.add_error(None, str(error) or _("Your role may not do this."))


@require_http_methods(["GET", "POST"])
@needs(WORK)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """What is known of a lead, for who works it."""
    one = lead_of(request, pk)
    if not selectors.knows_lead(request.user, one) or not selectors.can_work(request.user, one):
        raise NotAllowed(_("This lead belongs to somebody else."))
    url = reverse("leads:edit", args=[pk])
    form = forms.LeadForm(request.POST or None, initial=forms.initial_of(services.facts_of(one), one.version))
    if form.is_bound and form.is_valid():
        try:
            changed = services.change(
                actor=request.user, lead=one, facts=form.facts, version=form.cleaned_data["version"], at=timezone.now()
            )
        except services.StaleLead as stale:
            return conflict(request, mine=form.facts.name, theirs=stale.current.name)
        except services.LeadExists as error:
            return _form(request, form, url=url, one=one, matches=error.matches)
        except DomainError as error:
            fault(form, error)
        else:
            return _to(request, changed, _("Lead changed"))
    return _form(request, form, url=url, one=one)


@require_GET
@needs(VIEW)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One lead: its way, what was done, what can be done."""
    return render(request, "sales/lead.html", detail_data(request, lead_of(request, pk)))


def detail_data(request: HttpRequest, one: Lead, **bound: Any) -> dict[str, Any]:
    """The page of a lead as its template takes it; `bound` are forms that were refused."""
    user: Any = request.user
    held = selectors.ownerships(one)
    row, knows = lead_row(user, one), selectors.knows_lead(user, one)
    found = selectors.activities(user, one)
    people = {*(each.by for each in found), *_owners(held), one.code_owner_no}
    return {
        "row": row, "knows": knows, "way": selectors.way(one, present_of(user).today),
        "personal": selectors.shown_personal(user, one), "activities": found,
        "names": names(people),
        "may_claim": row.is_open and selectors.may_claim(user, one, row.today),
        "may_reveal": knows and user.has_perm("customers.reveal"), "may_assign": user.has_perm("sales.assign_leads"),
        "activity_form": forms.ActivityForm(), "history": held,
        **bound,
    }  # fmt: skip


def _owners(held: list[Any]) -> set[str]:
    return {each.owner_no for each in held}


def lead_of(request: HttpRequest, pk: int) -> Lead:
    """One lead the person sees. Raises Http404."""
    found = selectors.lead(request.user, pk)
    if found is None:
        raise Http404
    return found


def _to(request: HttpRequest, one: Lead, said: str) -> HttpResponse:
    """To the lead's page."""
    url = reverse("leads:detail", args=[one.pk])
    if is_partial(request):
        return toast(request, HttpResponse(headers={"HX-Redirect": url}), said)
    return toast(request, HttpResponseRedirect(url, status=303), said)
