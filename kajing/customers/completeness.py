"""Which facts a customer's record should hold, and how one sees that one is missing (capability G6.3).

Each part is a condition for "missing" and what that stops. The weights are a policy row of the bank; they add up to the
whole, 100, so that a score is what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from kajing.customers.models import Consent, ContactPoint


@dataclass(frozen=True, slots=True)
class Part:
    """One fact: its name, what its absence stops, and the condition for "missing"."""

    name: str
    label: Any
    stops: Any
    missing: Callable[[], Q]


def _no_point(kind: str) -> Q:
    return ~Q(Exists(ContactPoint.objects.filter(customer=OuterRef("pk"), kind=kind, valid=True)))


def _never_asked() -> Q:
    return ~Q(Exists(Consent.objects.filter(customer=OuterRef("pk"), purpose=Consent.Purpose.MARKETING)))


PARTS: dict[str, Part] = {
    one.name: one
    for one in (
        Part("mobile", _("mobile number"), _("calls and text messages"), lambda: _no_point("MOBILE")),
        Part("consent", _("word on marketing"), _("every offer"), _never_asked),
        Part("id_number", _("ID number"), _("limits, cards and applications"), lambda: Q(id_number_idx="")),
        Part("email", _("e-mail address"), _("letters by e-mail"), lambda: _no_point("EMAIL")),
        Part("birth_date", _("birth date"), _("birthday care and age limits"), lambda: Q(birth_date=None)),
        Part("address", _("address"), _("visits and letters"), lambda: Q(address_enc=None)),
        Part("employer", _("employer"), _("risk review"), lambda: Q(employer_enc=None)),
        Part("income", _("income"), _("limit review"), lambda: Q(annual_income=None)),
    )
}


def weights(parameters: Mapping[str, Any]) -> dict[str, int]:
    """The weight of each part by the dated rows `quality_parts` and `quality_weights`; unknown parts count nothing."""
    names, values = parameters.get("quality_parts", ()), parameters.get("quality_weights", ())
    return {str(name): int(value) for name, value in zip(names, values, strict=False) if name in PARTS}
