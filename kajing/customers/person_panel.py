"""What this room adds to a person's page: their book, and for who may do so the way to hand it over."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from kajing.customers.models import Customer
from kajing.customers.selectors import customers
from kajing.org.models import Role


def of_person(user: Any, person: Any) -> dict[str, Any] | None:
    """How many customers the person holds in sight of the reader; nothing for who holds none by role."""
    if person.role not in {Role.MANAGER, Role.LEADER}:
        return None
    count = customers(user).filter(manager=person, status=Customer.Status.ACTIVE).count()
    return {"count": count, "list_url": book_url(person.person_no), "give_url": give_url(person.person_no)}


def book_url(person_no: str) -> str:
    """The list of a person's customers."""
    return f"{reverse('customers:list')}?{_book(person_no)}"


def give_url(person_no: str) -> str:
    """The question to whom the whole book goes."""
    return f"{reverse('customers:assign')}?{urlencode({'all': '1', 'query': _book(person_no)})}"


def _book(person_no: str) -> str:
    return urlencode({"status": "ACTIVE", "manager": person_no})
