"""Every test here lives in the morning after a finished night."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from kajing.audit.models import Night
from kajing.reference.services import load_reference


@pytest.fixture(autouse=True)
def night(db: None, as_of: date, at: datetime) -> Night:
    return Night.objects.create(as_of=as_of, state=Night.State.DONE, started_at=at, finished_at=at)


@pytest.fixture
def rules(db: None, at: datetime) -> None:
    """The packaged parameters: tasks that mean a contact ask the gate."""
    load_reference(actor="system", at=at)
