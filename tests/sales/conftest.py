"""Every test here lives in the morning after a finished night, with the packaged rules and actions."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from kajing.audit.models import Night
from kajing.reference.services import load_reference
from kajing.sales.services import install_actions


@pytest.fixture(autouse=True)
def night(db: None, as_of: date, at: datetime) -> Night:
    load_reference(actor="system", at=at)
    install_actions(at=at)
    return Night.objects.create(as_of=as_of, state=Night.State.DONE, started_at=at, finished_at=at)
