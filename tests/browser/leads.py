"""A manager's leads for browser tests: every stage has some."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kajing.org.models import Person
from kajing.sales.models import Lead
from kajing.sales.stages import WAY
from tests.browser.desk import GIVEN, SURNAMES
from tests.factories.sales import facts, lead


@pytest.fixture
def leads(ana: Person) -> list[Lead]:
    """Three leads of Ana's in each stage, and three that are lost."""
    now = timezone.now()
    made = []
    for place, stage in enumerate([*WAY, "LOST"] * 3):
        name = SURNAMES[place % len(SURNAMES)] + GIVEN[place % len(GIVEN)]
        begun = now - timedelta(days=place)
        made.append(
            lead(
                ana, said=facts(name=name, expected_limit=1_000_000 * (place % 7 + 1)), stage=stage,
                stage_since=begun, created_at=begun, expected_limit=1_000_000 * (place % 7 + 1),
                loss_reason="PRICE" if stage == "LOST" else "",
            )
        )  # fmt: skip
    return made
