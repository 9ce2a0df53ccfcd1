"""The list of complaints, a new one, and the page of one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.complaints import forms, selectors, services
from kajing.complaints.complaint_list import COMPLAINTS
from kajing.complaints.models import Complaint
from kajing.complaints.rows import ComplaintRow, complaint_rows
from kajing.complaints.views.acting import offered
from kajing.customers.selectors import customers
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.lib.periods import SHANGHAI
from kajing.records.forms import ValuesForm
from kajing.records.selectors import fields_of, listing
from kajing.records.selectors import tags as known_tags
from kajing.records.services import ValuesRefused
from kajing.ui.answers import is_partial, reveal, toast
from kajing.workflow.gate_panels import own_standing
from kajing.workflow.selectors import present_of


@require_GET
@needs("complaints.view")
def complaint_list(request: HttpRequest) -> HttpResponse:
    """The list under its address; a partial request gets the rows alone."""
    template = "complaints/list.html#rows" if is_partial(request) else "complaints/list.html"
    return render(request, template, _list(request))


@require_GET
@needs("complaints.view")
def rows(request: HttpRequest) -> HttpResponse:
    """The rows of the list alone, for a refresh after an act."""
    return render(request, "complaints/list.html#rows", _list(request))


def _list(request: HttpRequest) -> dict[str, Any]:
    present = present_of(request.user)
    shown = listing(request.user, COMPLAINTS, request.GET, present.today)
    shown.page  # noqa: B018  read now: an outdated page address changes the state that links are made of
    return {"listing": shown, "page": shown.page, "query": shown.address, "present": present}


@require_GET
@needs("complaints.view")
def strip(request: HttpRequest) -> HttpResponse:
    """Those with the fewest days left, for the workbench, which asks for them once it stands."""
    found = selectors.standing(request.user, present_of(request.user).today)
    data = {"standing": found, "rows": complaint_rows(request.user, found.rows)}
    return render(request, "complaints/strip.html", data)


@require_http_methods(["GET", "POST"])
@needs("complaints.register")
def new(request: HttpRequest) -> HttpResponse:
    """A complaint that comes in, where wanted about a customer (`?customer=`)."""
    alike = _alike(request)
    form, own = _new_form(request, alike), _own_form(request)
    if request.method == "POST" and form.is_valid() and own.is_valid():
        try:
            made = _register(request, form, own)
        except ValuesRefused as refused:
            for name, said in refused.errors.items():
                own.add_error(name if name in own.fields else None, said)
        except services.SameOpen as same:
            alike = same.found
            form = _new_form(request, alike)
            form.add_error("same", str(same))
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _to(request, made, _("Complaint %(number)s registered") % {"number": made.number})
    data = {
        "form": form, "own": own, "known_tags": known_tags()[:200], "about": _about(request),
        "alike": complaint_rows(request.user, alike),
    }  # fmt: skip
    return render(request, "complaints/new.html", data, status=422 if form.is_bound else 200)


@require_GET
@needs("complaints.register")
def same(request: HttpRequest) -> HttpResponse:
    """What the customer complains of already, while the form is filled in."""
    customer, business = request.GET.get("customer", "").strip(), request.GET.get("business", "")
    found = selectors.same(request.user, customer, business, present_of(request.user).today) if customer else []
    return render(request, "complaints/new.html#same", {"alike": complaint_rows(request.user, found)})


def _alike(request: HttpRequest) -> list[Complaint]:
    """Open ones that the sent form may name."""
    customer, said = request.POST.get("customer", "").strip(), request.POST.get("same", "")
    if not customer or not said:
        return []
    found = selectors.same(request.user, customer, request.POST.get("business", ""), present_of(request.user).today)
    return [one for one in found if one.is_open]


def _about(request: HttpRequest) -> Any:
    """The customer the page was opened from."""
    number = (request.POST.get("customer") or request.GET.get("customer") or "").strip()
    return customers(request.user).filter(pk=number).first() if number else None


def _own_form(request: HttpRequest) -> ValuesForm:
    """The bank's own fields of complaints that this person may fill in."""
    may = request.user.has_perm("records.fill_fields")
    met = fields_of("complaint", request.user) if may else []
    return ValuesForm(met, {}, request.user, [], data=request.POST if request.method == "POST" else None, prefix="own")


def _new_form(request: HttpRequest, alike: list[Complaint]) -> forms.NewForm:
    codes = selectors.codes_of(request.user)
    if request.method == "POST":
        return forms.NewForm(request.POST, user=request.user, codes=codes, alike=alike)
    now = timezone.now().astimezone(SHANGHAI).replace(second=0, microsecond=0)
    initial = {"customer": request.GET.get("customer", ""), "received_at": now, "regulatory": True}
    return forms.NewForm(user=request.user, codes=codes, initial=initial)


def _register(request: HttpRequest, form: forms.NewForm, own: ValuesForm) -> Complaint:
    about = _about(request)
    if about is None:
        raise DomainError(_("There is no customer of yours with this number. Look them up by name."))
    tags = form.cleaned_data["tags"] if request.user.has_perm("records.tag") else ()
    return services.register(
        actor=request.user, customer=about, at=timezone.now(), join=form.join, despite=form.despite,
        values=own.typed(), tags=tags, **form.about(),
    )  # fmt: skip


def _to(request: HttpRequest, made: Complaint, said: str) -> HttpResponse:
    shown = made.merged_into or made
    return toast(request, HttpResponseRedirect(f"/complaints/{shown.pk}/", status=303), said)


@require_GET
@needs("complaints.view")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One complaint: what it is about, both clocks, acts, activity; or the side panel of a list."""
    found = complaint_of(request, pk)
    if is_partial(request):
        return render(request, "complaints/detail.html#peek", {"row": row_of(request, found)})
    data = {
        "row": row_of(request, found), "acts": offered(request.user, found),
        "gated": own_standing(request.user, "complaint", str(found.pk)),
        "events": list(selectors.events(found)[:100]), "extensions": list(selectors.extensions(found)),
        "may_reveal": request.user.has_perm("customers.reveal"),
    }  # fmt: skip
    return render(request, "complaints/detail.html", data)


def complaint_of(request: HttpRequest, pk: int) -> Complaint:
    """The complaint of an address; not mine is not there."""
    return get_object_or_404(selectors.with_all(selectors.complaints(request.user)), pk=pk)


def row_of(request: HttpRequest, found: Complaint) -> ComplaintRow:
    """Its row."""
    return complaint_rows(request.user, [found])[0]


@require_POST
@needs("customers.reveal")
def reveal_phone(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason, then show the complainant's number in clear for 30 seconds."""
    found = complaint_of(request, pk)
    form = forms.RevealForm(request.POST if "reason" in request.POST else None)
    error = ""
    label = _("the complainant's number")
    if form.is_bound and form.is_valid():
        try:
            shown = services.reveal_phone(
                actor=request.user, complaint=found, reason=form.cleaned_data["reason"], at=timezone.now()
            )
        except DomainError as refused:
            error = str(refused)
        else:
            return reveal(request, clear=shown.value, shown=found.phone_masked, url=request.path, field="phone",
                          icon="phone", label=label)  # fmt: skip
    data = {"url": request.path, "error": error, "form": form, "label": label, "shown": found.phone_masked}
    return render(request, "complaints/reveal.html", data, status=422 if form.is_bound else 200)
