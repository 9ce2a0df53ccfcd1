"""What an alert says on a page: whose, which rule, how bad, since when, and its evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kajing.customers.selectors import shown_name
from kajing.risk.models import Alert
from kajing.workflow.reasons import Evidence, evidence

TONES = {"L1": "pri", "L2": "warn", "L3": "bad", "L4": "bad", "L5": "bad"}
SEVERITY_WORDS = {
    "L1": _("L1 watch"),
    "L2": _("L2 call and proof"),
    "L3": _("L3 stop raising the limit"),
    "L4": _("L4 stop payment, case"),
    "L5": _("L5 fraud unit"),
}


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert as a list shows it; the name is masked for who may not know it."""

    alert: Alert
    name: str

    @property
    def tone(self) -> str:
        """The tone of the severity."""
        return TONES.get(self.alert.severity, "")

    @property
    def severity_words(self) -> Any:
        """What the severity asks for."""
        return SEVERITY_WORDS.get(self.alert.severity, self.alert.severity)

    @property
    def url(self) -> str:
        """The alert's page."""
        return reverse("risk:detail", args=[self.alert.pk])

    @property
    def customer_url(self) -> str:
        """The customer's page."""
        return reverse("customers:page", args=[self.alert.customer_id])

    @property
    def reason(self) -> str:
        """The first reason in words."""
        return next(iter(self.alert.reason_texts), "")

    @property
    def evidence(self) -> list[Evidence]:
        """Each reason as value, usual value and window."""
        return [evidence(reason) for reason in self.alert.reasons]

    @property
    def close_words(self) -> str:
        """Why it was closed: a person's own words, or the night's in the reader's language."""
        return gettext(self.alert.close_reason) if self.alert.closed_by == "system" else self.alert.close_reason

    @property
    def is_open(self) -> bool:
        """Whether it waits for somebody."""
        return self.alert.state == Alert.State.OPEN


def alert_rows(user: Any, alerts: Iterable[Alert]) -> list[AlertRow]:
    """Rows of alerts that carry their customer."""
    return [AlertRow(alert, shown_name(user, alert.customer)) for alert in alerts]
