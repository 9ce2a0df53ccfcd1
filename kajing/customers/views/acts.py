"""Acts on one customer: show a field in clear, record consent, relate."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kajing.customers import services
from kajing.customers.forms import ConsentForm, RelationForm
from kajing.customers.models import Customer
from kajing.customers.selectors import (
    consent_entries,
    consent_words,
    customer,
    masked_fields,
    relation_of,
    relations,
    shown_name,
)
from kajing.customers.selectors.household import household
from kajing.customers.services.reveals import FIELDS, Revealed
from kajing.customers.views.revealing import reveal_page
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.ui.answers import is_partial, toast


@require_POST
@needs("customers.reveal")
def reveal_field(request: HttpRequest, customer_id: str, field: str) -> HttpResponse:
    """Ask for the reason, then show the field in clear for 30 seconds."""
    found = _customer(request, customer_id)
    if field not in FIELDS:
        raise Http404

    def act(reason: str) -> Revealed:
        address = request.META.get("REMOTE_ADDR", "")
        return services.reveal(
            actor=request.user, customer=found, field=field, reason=reason, at=timezone.now(), address=address
        )

    return reveal_page(request, field=field, shown=_masked(request, found, field), act=act)


def _masked(request: HttpRequest, found: Customer, field: str) -> str:
    return shown_name(request.user, found) if field == "name" else masked_fields(found).get(field, "")


@require_POST
@needs("customers.record_consent")
def consent(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Add an entry to the consent ledger."""
    found = _customer(request, customer_id)
    form = ConsentForm(request.POST)
    if form.is_valid():
        data = dict(form.cleaned_data)
        given, reason, version = data.pop("given") == "1", data.pop("reason"), data.pop("text_version")
        common = {"actor": request.user, "customer": found, "at": timezone.now(), "source": "page", **data}
        try:
            if given:
                services.record_consent(text_version=version, **common)
            else:
                services.withdraw_consent(reason=reason, **common)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            said = _("Consent recorded") if given else _("Withdrawal recorded")
            return _section(request, found, "consents", _consents(found, ConsentForm()), said)
    return _section(request, found, "consents", _consents(found, form))


def _consents(found: Customer, form: ConsentForm) -> dict[str, Any]:
    entries = consent_entries(found)
    return {"entries": entries, "words": consent_words(entries), "form": form}


@require_POST
@needs("customers.relate")
def relate(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Add a tie to another customer one may see."""
    found = _customer(request, customer_id)
    form = RelationForm(request.POST)
    if form.is_valid():
        other = customer(request.user, form.cleaned_data["other"])
        if other is None:
            form.add_error("other", _("There is no such customer in your area."))
        else:
            try:
                services.add_relation(
                    actor=request.user,
                    customer=found,
                    other=other,
                    role=form.cleaned_data["role"],
                    note=form.cleaned_data["note"],
                    at=timezone.now(),
                )
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                data = _relations(request, found, RelationForm())
                return _section(request, found, "relations", data, _("Relation added"))
    return _section(request, found, "relations", _relations(request, found, form))


@require_POST
@needs("customers.relate")
def unrelate(request: HttpRequest, customer_id: str, relation_id: int) -> HttpResponse:
    """Take a tie away."""
    found = _customer(request, customer_id)
    tie = get_object_or_404(relation_of(found), pk=relation_id)
    services.remove_relation(actor=request.user, relation=tie, at=timezone.now())
    data = _relations(request, found, RelationForm())
    return _section(request, found, "relations", data, _("Relation removed"))


def _relations(request: HttpRequest, found: Customer, form: RelationForm) -> dict[str, Any]:
    return {"ties": relations(request.user, found), "form": form, "household": household(request.user, found)}


def _customer(request: HttpRequest, customer_id: str) -> Customer:
    found = customer(request.user, customer_id)
    if found is None:
        raise Http404
    return found


def _section(request: HttpRequest, found: Customer, name: str, data: dict[str, Any], said: str = "") -> HttpResponse:
    """The section again; without script, the page at that section."""
    form = data.get("form")
    failed = bool(form is not None and form.is_bound and form.errors)
    if not is_partial(request) and not failed:
        return toast(request, redirect(reverse("customers:page", args=[found.pk]) + f"#{name}"), said)
    response = render(
        request, f"customers/sections/{name}.html", {"customer": found, **data}, status=422 if failed else 200
    )
    return toast(request, response, said) if said else response
