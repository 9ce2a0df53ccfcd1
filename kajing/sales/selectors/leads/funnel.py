"""The funnel: of the leads that came in within a span, how many reached each stage, and how long each took (2.8)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from statistics import median
from typing import Any

from kajing.lib.money import ratio
from kajing.lib.periods import SHANGHAI, add_months
from kajing.sales.models import Lead, LeadStay
from kajing.sales.selectors.leads.reading import leads
from kajing.sales.stages import WAY, place
from kajing.workflow.selectors import day_bounds

MONTHS = (3, 6, 12)
DAY = 24 * 3600


@dataclass(frozen=True)
class Step:
    """One stage of a cohort: who reached it (or went past it), of those who reached the stage before, how long it took.

    `share` is reached ÷ reached the stage before; `of_all` is reached ÷ came in. `days` is the median of finished
    stays, None where nobody has left the stage.
    """

    stage: str
    reached: int
    share: Decimal | None
    of_all: Decimal | None
    days: float | None
    stayed: int  # stays the median is of

    @property
    def label(self) -> str:
        """The stage in words."""
        return str(Lead.Stage(self.stage).label)


@dataclass(frozen=True)
class Funnel:
    """A cohort by the month in which leads came in."""

    first: date
    entered: int
    lost: int
    steps: list[Step]
    months: list[tuple[str, list[int]]]  # "2026-09" → reached by stage, in the order of the way


def funnel(user: Any, today: date, months: int) -> Funnel:
    """Leads this person sees that came in since the first day of the month `months` - 1 months ago."""
    first = add_months(today.replace(day=1), 1 - months)
    cohort = leads(user).filter(created_at__gte=day_bounds(first)[0], created_at__lt=day_bounds(today)[1])
    far, month_of, lost = _cohort(cohort)
    dwell: defaultdict[str, list[float]] = defaultdict(list)
    stays = LeadStay.objects.filter(lead__in=cohort.order_by().values("pk")).order_by()
    for pk, stage, entered, left in stays.values_list("lead_id", "stage", "entered_at", "left_at").iterator():
        far[pk] = max(far.get(pk, 0), place(stage))
        if left is not None:
            dwell[stage].append((left - entered).total_seconds() / DAY)
    reached = [sum(1 for best in far.values() if best >= number) for number in range(len(WAY))]
    steps = [_step(number, reached, dwell[stage]) for number, stage in enumerate(WAY)]
    return Funnel(first, len(far), lost, steps, _by_month(far, month_of))


def _cohort(cohort: Any) -> tuple[dict[int, int], dict[int, str], int]:
    far: dict[int, int] = {}
    month_of: dict[int, str] = {}
    lost = 0
    for pk, created, stage in cohort.order_by().values_list("pk", "created_at", "stage"):
        far[pk], month_of[pk] = max(place(stage), 0), _month(created)
        lost += stage == Lead.Stage.LOST
    return far, month_of, lost


def _month(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m}"


def _step(number: int, reached: list[int], stays: list[float]) -> Step:
    before = reached[number - 1] if number else reached[0]
    days = round(median(stays), 1) if stays else None
    return Step(
        WAY[number], reached[number], ratio(reached[number], before), ratio(reached[number], reached[0]), days,
        len(stays),
    )  # fmt: skip


def _by_month(far: dict[int, int], month_of: dict[int, str]) -> list[tuple[str, list[int]]]:
    found: defaultdict[str, list[int]] = defaultdict(lambda: [0] * len(WAY))
    for pk, best in far.items():
        row = found[month_of[pk]]
        for number in range(best + 1):
            row[number] += 1
    return sorted(found.items(), reverse=True)
