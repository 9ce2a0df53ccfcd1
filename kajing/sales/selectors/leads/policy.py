"""What the bank's dated rows say about leads (BP766–BP773): how long one is whose, why one is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import pgettext_lazy

from kajing.reference.selectors import parameter_values
from kajing.sales.stages import WAY

# What ships; the dated row decides.
DEFAULTS: Mapping[str, Any] = {
    "lead_owned_days": 30,
    "lead_notice_days": 3,
    "lead_claims_per_day": 20,
    "lead_reclaim_days": 7,
    "lead_loss_reasons": ("RIVAL", "PRICE", "LIMIT", "NO_NEED", "NOT_ELIGIBLE", "UNREACHABLE", "NO_CONSENT", "OTHER"),
    "lead_loss_rival": "RIVAL",
    "lead_stuck_days": (3, 7, 14, 15, 15, 30, 30, 90),
    "lead_consent_text": "LEAD-2026-01",
}  # fmt: skip
# Words for the codes that ship; a code of the bank's own is shown as it is written.
LOSS: Mapping[str, Any] = {
    "RIVAL": pgettext_lazy("loss of a lead", "went to another bank"),
    "PRICE": pgettext_lazy("loss of a lead", "annual fee or price"),
    "LIMIT": pgettext_lazy("loss of a lead", "limit too low"),
    "NO_NEED": pgettext_lazy("loss of a lead", "needs no card"),
    "NOT_ELIGIBLE": pgettext_lazy("loss of a lead", "does not meet the conditions"),
    "UNREACHABLE": pgettext_lazy("loss of a lead", "cannot be reached"),
    "NO_CONSENT": pgettext_lazy("loss of a lead", "consent withdrawn"),
    "OTHER": pgettext_lazy("loss of a lead", "another reason"),
}


@dataclass(frozen=True)
class Policy:
    """The rules of one day; days are calendar days."""

    owned_days: int
    notice_days: int
    claims_per_day: int
    reclaim_days: int
    loss_reasons: tuple[str, ...]
    rival_reasons: tuple[str, ...]  # losses that name the rival bank and its card
    stuck_days: Mapping[str, int]  # by stage: longer than this is stuck
    consent_text: str

    @property
    def losses(self) -> list[tuple[str, str]]:
        """The reasons in force as choices."""
        return [(code, loss_words(code)) for code in self.loss_reasons]


def policy(on: date) -> Policy:
    """The rules in force on a day."""
    found = {**DEFAULTS, **parameter_values(DEFAULTS, on)}
    days = [one for one in _many(found["lead_stuck_days"]) if isinstance(one, int)]
    return Policy(
        owned_days=_whole(found, "lead_owned_days"),
        notice_days=_whole(found, "lead_notice_days"),
        claims_per_day=_whole(found, "lead_claims_per_day"),
        reclaim_days=_whole(found, "lead_reclaim_days"),
        loss_reasons=tuple(map(str, _many(found["lead_loss_reasons"]))),
        rival_reasons=tuple(map(str, _many(found["lead_loss_rival"]))),
        stuck_days=dict(zip(WAY, days, strict=False)),
        consent_text=str(found["lead_consent_text"]),
    )


def loss_words(code: str) -> str:
    """A reason of a loss in the reader's language; "" for none."""
    return str(LOSS.get(code, code))


def _many(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _whole(found: Mapping[str, Any], key: str) -> int:
    value = found[key]
    return value if isinstance(value, int) else int(DEFAULTS[key])
