"""Every test here has the packaged rules; `licensed` gives a person what selling asks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest

from kajing.customers.models import Customer
from kajing.customers.services import record_consent
from kajing.org.models import Licence, Person
from kajing.reference.services import load_reference
from tests.factories.customers import customer


@pytest.fixture
def rules(db: None, at: datetime) -> None:
    """The packaged parameters."""
    load_reference(actor="system", at=at)


@pytest.fixture
def licensed() -> Callable[[Person], Person]:
    """Somebody who may sell by every channel, and collect."""

    def grant(person: Person) -> Person:
        for code in ("T01", "T03", "T07", "T09"):
            Licence.objects.create(person=person, code=code, granted_on=date(2026, 1, 1))
        return person

    return grant


@pytest.fixture
def willing(rules: None, at: datetime) -> Callable[[Person], Customer]:
    """A customer of a manager who agreed to marketing and surveys by any channel."""

    def make(manager: Person) -> Customer:
        made = customer(manager)
        for purpose in ("MARKETING", "SURVEY"):
            record_consent(
                actor=manager, customer=made, purpose=purpose, channel="ANY", text_version="2026-01",
                at=at.replace(day=1),
            )  # fmt: skip
        return made

    return make
