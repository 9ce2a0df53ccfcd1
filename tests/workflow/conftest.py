"""Every test here lives in the morning after a finished night."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from kajing.audit.models import Night
from kajing.org.models import Person, Role
from kajing.reference.services import load_reference
from tests.factories.org import person


@pytest.fixture(autouse=True)
def night(db: None, as_of: date, at: datetime) -> Night:
    return Night.objects.create(as_of=as_of, state=Night.State.DONE, started_at=at, finished_at=at)


@pytest.fixture
def carl(ana: Person) -> Person:
    """A colleague of Ana's."""
    return person("carl", Role.MANAGER, ana.unit, name="卡尔")


@pytest.fixture
def rules(db: None, at: datetime) -> None:
    """The packaged parameters: tasks that mean a contact ask the gate."""
    load_reference(actor="system", at=at)
