"""Every test here lives in the morning after a finished night, with the packaged rows and codes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from kajing.audit.models import Night
from kajing.complaints import services
from kajing.complaints.models import Complaint
from kajing.customers.models import Customer
from kajing.org.models import Person
from kajing.reference.services import load_reference
from tests.factories.customers import customer


@pytest.fixture(autouse=True)
def night(db: None, as_of: date, at: datetime) -> Night:
    load_reference(actor="system", at=at)
    return Night.objects.create(as_of=as_of, state=Night.State.DONE, started_at=at, finished_at=at)


@pytest.fixture
def wang(ana: Person) -> Customer:
    """A customer of Ana's."""
    return customer(ana)


@pytest.fixture
def told() -> dict[str, Any]:
    """What a person fills in."""
    return {
        "kind": "COMPLAINT", "channel": "A13", "business": "B21", "source": "PHONE",
        "description": "说好免年费，仍被收取", "demand": "退还年费",
    }  # fmt: skip


@pytest.fixture
def filed(service: Person, wang: Customer, told: dict[str, Any], at: datetime) -> Callable[..., Complaint]:
    """`filed()` registers a complaint by the service agent; what is named differs."""

    def make(**about: Any) -> Complaint:
        given = {"actor": service, "customer": wang, "at": at, **told, **about}
        return services.register(**given)

    return make
