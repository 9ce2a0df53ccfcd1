"""Why a risk score is what it is: its parts as the night computed them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kajing.analytics.warehouse import NotPublished
from kajing.customers.models import Customer
from kajing.customers.selectors.warehouse import known_features
from kajing.ui import formats

MOST = 100


@dataclass(frozen=True, slots=True)
class Score:
    """A score with the parts that have points, most points first: (words, points)."""

    total: float
    parts: list[tuple[str, float]]
    numbers: list[tuple[str, float]] = field(default_factory=list)  # of a merged customer: each number's own score

    @property
    def capped(self) -> bool:
        """The parts add up to more than the scale."""
        return sum(points for _words, points in self.parts) > MOST


def score(customer: Customer) -> Score | None:
    """The customer's score of the last night; None before it or for a customer it did not know.

    Of a merged customer every number is read: the worst one counts, as in the figures, and its parts explain it.
    """
    try:
        known = known_features(customer)
    except NotPublished:
        return None
    if not known:
        return None
    _number, found = max(known, key=lambda one: one[1]["risk_score"] or 0)
    numbers = [(number, one["risk_score"] or 0.0) for number, one in known] if len(known) > 1 else []
    parts = [(words, found[name]) for name, words in _words(found).items() if found[name]]
    return Score(found["risk_score"], sorted(parts, key=lambda part: -part[1]), numbers)


def _words(found: Mapping[str, Any]) -> dict[str, str]:
    use, before = found["utilisation"] or 0.0, found["utilisation_30d_ago"] or 0.0
    return {
        "risk_arrears": _arrears(found["dpd"]),
        "risk_use": _("Use of limit %(share)s") % {"share": formats.percent(use)},
        "risk_jump": _("Use of limit up from %(before)s to %(now)s in 30 days")
        % {"before": formats.percent(before), "now": formats.percent(use)},
        "risk_streak": ngettext(
            "Minimum only for %(n)s cycle", "Minimum only for %(n)s cycles in a row", found["min_pay_streak"] or 0
        )
        % {"n": found["min_pay_streak"]},
        "risk_cash": _("Cash share of 90 days %(share)s") % {"share": formats.percent(found["cash_share_90d"] or 0.0)},
        "risk_little_paid": _("Paid %(share)s of what was billed in 3 months")
        % {"share": formats.percent(found["payment_ratio_3m"] or 0.0)},
    }


def _arrears(dpd: int) -> str:
    if dpd:
        return ngettext("%(n)s day past due", "%(n)s days past due", dpd) % {"n": dpd}
    return _("Arrears made good; their points fade")
