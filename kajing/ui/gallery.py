"""Made-up figures and people for the gallery page: every component in the states it can have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kajing.ui import charts, formats

TONES = ("", "pri", "ok", "warn", "bad")
BANDS = ("LOW", "WATCH", "HIGH", "SEVERE")
TASK_ICONS = ("phone-call", "percentage", "message-report", "credit-card", "gift")


class SampleForm(forms.Form):
    """A form with every kind of control; bound empty, to show its errors."""

    customer = forms.CharField(label=gettext_lazy("Customer"), help_text=gettext_lazy("Name, phone tail or card tail"))
    amount = forms.DecimalField(label=gettext_lazy("Amount (¥)"), min_value=1)
    due_on = forms.DateField(
        label=gettext_lazy("Due on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    product = forms.ChoiceField(
        label=gettext_lazy("Product"),
        choices=[("12", gettext_lazy("12 instalments")), ("24", gettext_lazy("24 instalments"))],
    )
    note = forms.CharField(label=gettext_lazy("Note"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    agreed = forms.BooleanField(label=gettext_lazy("The customer has agreed to be called"))


@dataclass(frozen=True)
class Page:
    """What a pager needs."""

    first: int = 1
    last: int = 5
    total: int = 1284
    previous_query: str = ""
    next_query: str = "after=5"


def context() -> dict[str, Any]:
    """Everything the gallery template shows."""
    now = timezone.now()
    return {
        "tones": TONES,
        "bands": BANDS,
        "customers": _customers(),
        "tasks": _tasks(),
        "clocks": [(now + timedelta(hours=hours), now - timedelta(days=12)) for hours in (-5, 4, 20, 60, 400)],
        "moments": [now, now - timedelta(days=1), now - timedelta(days=9), now - timedelta(days=420)],
        "categories": _categories(),
        "charts": _charts(),
        "form": SampleForm(data={}),
        "blank": SampleForm(),
        "page": Page(),
        "trend": [40, 52, 48, 61, 58, 70, 74, 82],
        "fen": 3_268_000,
        "big": 164_000_000,
        "ratio": Decimal("0.124"),
    }


def _customers() -> list[dict[str, Any]]:
    names = ("徐远", "李涵", "吴燕", "郭华", "刘英")
    return [
        {
            "no": f"C{10231 + place * 37}",
            "name": name,
            "last4": f"{1614 + place * 811}",
            "band": BANDS[place % 4],
            "limit": 2_000_000 * (place + 1),
            "use": Decimal("0.88") - Decimal("0.14") * place,
            "spend": 121_000 + place * 53_300,
            "change": Decimal("0.14") - Decimal("0.07") * place,
            "trend": [(place * 7 + step * step * 3) % 31 + 5 for step in range(8)],
            "seen": timezone.now() - timedelta(days=place * 4),
        }
        for place, name in enumerate(names)
    ]


def _tasks() -> list[dict[str, Any]]:
    rows = (
        ("10:00", "bad", "徐远", _("First reminder: 6 days past due, minimum ¥1,284.50 unpaid"), True),
        ("10:30", "pri", "李涵", _("Instalment follow-up: statement ¥32,680.00, offer viewed 3 days ago"), False),
        ("11:00", "warn", "吴燕", _("Complaint needs its first contact, 2 working hours left"), True),
        ("14:00", "", "郭华", _("New card not activated, delivered 5 days ago"), False),
    )
    return [
        {"time": time, "tone": tone, "name": name, "reason": reason, "must": must, "icon": TASK_ICONS[place]}
        for place, (time, tone, name, reason, must) in enumerate(rows)
    ]


def _categories() -> list[dict[str, Any]]:
    words = (_("Online"), _("Travel"), _("Dining"), _("Grocery"), _("Electronics"), _("Fuel"))
    return [
        {"label": word, "value": value}
        for word, value in zip(words, (1_248_000, 931_000, 862_000, 523_000, 429_900, 188_000), strict=True)
    ]


def _charts() -> dict[str, charts.Chart]:
    today = timezone.localdate()
    months = [date(2026, number, 1) for number in range(6, 12)]
    spend = [
        {"month": formats.month(month, today), "online": a, "travel": b, "dining": c, "grocery": d}
        for month, a, b, c, d in zip(
            months, (0.9, 1.1, 0.8, 1.2, 1.6, 1.25), (0.3, 0.9, 1.4, 0.4, 1.2, 0.93), (0.6, 0.7, 0.8, 0.7, 0.9, 0.86),
            (0.5, 0.4, 0.5, 0.5, 0.6, 0.52), strict=True,
        )
    ]  # fmt: skip
    names = {"online": _("Online"), "travel": _("Travel"), "dining": _("Dining"), "grocery": _("Grocery")}
    days = [{"day": today - timedelta(days=back), "calls": (back * 7) % 13} for back in range(90)]
    stages = [
        {"stage": _("Leads"), "count": 120},
        {"stage": _("Contacted"), "count": 84},
        {"stage": _("Offered"), "count": 41},
        {"stage": _("Signed"), "count": 19},
    ]
    unit = formats.money_unit()
    return {
        "stacked": charts.stacked(
            "spend", _("Spend, last 6 months"), spend, "month", names, unit=unit, unfinished=True
        ),
        "line": charts.line(
            "online", _("Online spend"), spend, "month", {"online": names["online"]}, unit=unit, goal=1.4
        ),
        "ranked": charts.ranked("stages", _("Leads by stage"), stages, "stage", "count"),
        "funnel": charts.funnel("funnel", _("From lead to signature"), stages, "stage", "count"),
        "donut": charts.donut("donut", _("Share by stage"), stages, "stage", "count"),
        "calendar": charts.calendar("calls", _("Calls by day"), days, "day", "calls"),
        "none": charts.line("none", _("Overdue rate"), [], "month", {"rate": _("Rate")}),
    }
