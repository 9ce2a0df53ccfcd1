"""A customer's page, its side panel, its sections and its place in the list it was opened from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from kajing.audit.selectors import today_for
from kajing.customers import extensions
from kajing.customers.forms import ConsentForm, RelationForm
from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import Customer
from kajing.customers.selectors import (
    GROUPS,
    access_log,
    accounts,
    assignments,
    consent_entries,
    consent_words,
    contact_rules,
    customer,
    place_in_list,
    record_of,
    relations,
    score,
    search,
    spending,
    timeline,
    transactions,
)
from kajing.customers.selectors.household import household
from kajing.lib.access import needs
from kajing.org.why import why

RIGHT = "customers.view"
OFFERED = 6  # customers to choose from under a field of a form


@require_GET
@needs(RIGHT)
def customer_page(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Everything of a customer on one screen (capability 1.1)."""
    record = record_of(request.user, customer_id)
    if record is None:
        raise Http404
    if record.customer.pk != customer_id:  # an old link to a number that was merged
        return redirect("customers:page", record.customer.pk)
    data = {
        "record": record,
        "customer": record.customer,
        "figures": record.figures,
        "list_query": request.GET.urlencode(),
        "marks": extensions.marks(request.user, record.customer),
    }
    return render(request, "customers/page.html", data)


@require_GET
@needs(RIGHT)
def find(request: HttpRequest) -> HttpResponse:
    """The customers that match what is being typed into a form, to choose one by a click."""
    text = request.GET.get(request.GET.get("field", ""), "").strip()
    data = {"text": text, "found": search(request.user, text, OFFERED), "into": request.GET.get("into", "")[:64]}
    return render(request, "customers/parts/found.html", data)


def _counts(user: Any, customer_id: str) -> list[dict[str, Any]]:
    found = extensions.counts(user, customer_id)
    known = extensions.counters
    return [
        {"label": known[name].label, "count": count, "url": url(customer_id) if (url := known[name].url) else ""}
        for name, count in found.items()
    ]


@require_GET
@needs(RIGHT)
def peek(request: HttpRequest, customer_id: str) -> HttpResponse:
    """The side panel of a list: who, how risky, what next."""
    record = record_of(request.user, customer_id)
    if record is None:
        raise Http404
    data = {
        "record": record,
        "customer": record.customer,
        "figures": record.figures,
        "counts": _counts(request.user, customer_id),
        "events": timeline(record.customer, limit=3).events,
        "list_query": request.GET.urlencode(),
    }
    return render(request, "customers/peek.html", data)


@require_GET
@needs(RIGHT)
def neighbours(request: HttpRequest, customer_id: str) -> HttpResponse:
    """The customers before and after this one in the list it was opened from, and its place: 3 / 22."""
    place = place_in_list(request.user, CUSTOMERS, request.GET, customer_id, today_for(request.user))
    if place is None:
        _customer(request, customer_id)  # a foreign customer is missing, one that left the list is not
    return render(request, "customers/neighbours.html", {"place": place, "list_query": request.GET.urlencode()})


@require_GET
@needs(RIGHT)
def customer_timeline(request: HttpRequest, customer_id: str) -> HttpResponse:
    """A stretch of the timeline: of one group, before a moment."""
    found = _customer(request, customer_id)
    group = request.GET.get("group", "")
    before = _moment(request.GET.get("before", ""))
    stretch = timeline(found, group=group if group in GROUPS else "", before=before)
    words = [(name, gettext(label)) for name, (label, _kinds) in GROUPS.items()]
    data = {"customer": found, "stretch": stretch, "group_words": words, "group": group}
    return render(request, f"customers/timeline.html#{'more' if before else 'box'}", data)


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text) if text else None
    except ValueError:
        found = None
    return found if found and found.tzinfo else None


@require_GET
@needs(RIGHT)
def section(request: HttpRequest, customer_id: str, name: str) -> HttpResponse:
    """One part of the page, fetched when it scrolls into view."""
    if name not in SECTIONS:
        raise Http404
    found = _customer(request, customer_id)
    data = {"customer": found, **SECTIONS[name](request, found)}
    return render(request, f"customers/sections/{name}.html", data)


def _customer(request: HttpRequest, customer_id: str) -> Customer:
    found = customer(request.user, customer_id)
    if found is None:
        raise Http404
    return found


def _rules(request: HttpRequest, found: Customer) -> dict[str, Any]:
    return {"rules": contact_rules(found, today_for(request.user))}


def _consents(request: HttpRequest, found: Customer) -> dict[str, Any]:
    entries = consent_entries(found)
    return {
        "entries": entries,
        "words": consent_words(entries),
        "form": ConsentForm() if request.user.has_perm("customers.record_consent") else None,
    }


def _relations(request: HttpRequest, found: Customer) -> dict[str, Any]:
    may = request.user.has_perm("customers.relate")
    data = {"ties": relations(request.user, found), "form": RelationForm() if may else None}
    return data | {"household": household(request.user, found)}


def _history(request: HttpRequest, found: Customer) -> dict[str, Any]:
    reason = why(request.user, found.unit_id, found.manager_id, found.pk, today_for(request.user))
    own = found.manager_id == request.user.person_no and request.user.has_perm("customers.take")
    return {"stays": assignments(found), "why": reason, "may_return": own}


def _spending(request: HttpRequest, found: Customer) -> dict[str, Any]:
    months = 12 if request.GET.get("months") == "12" else 6
    return spending(found, months=months) | {"months": months}


SECTIONS: dict[str, Callable[[HttpRequest, Customer], dict[str, Any]]] = {
    "access": lambda request, found: {
        "rows": access_log(request.user, found),
        "everybody": request.user.has_perm("audit.view"),
    },
    "cards": lambda request, found: {"accounts": accounts(found)},
    "consents": _consents,
    "history": _history,
    "relations": _relations,
    "rules": _rules,
    "score": lambda request, found: {"score": score(found)},
    "spending": _spending,
    "transactions": lambda request, found: {"rows": transactions(found)},
}
