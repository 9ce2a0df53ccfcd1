"""What an action is worth in a year if it works, in fen, and the sentence that says how it was counted.

Every formula takes the customer's figures and the night's rates. All rates are dated policy rows of the bank
(`sales_*`); the formulas are plain products so that a manager can check one with a pocket calculator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop

Figures = Mapping[str, Any]
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Rates:
    """The bank's dated rates. Shares are of 1, money is fen."""

    interchange: Decimal  # net income ÷ spend
    instalment: Decimal  # net income of an instalment ÷ its principal, a year
    borrowing: Decimal  # share of the balance a customer puts into instalments
    loss: Decimal  # loss given default
    default: Mapping[str, Decimal]  # chance of default by bucket
    usual_spend: int  # a month, of a card in use that has no history of its own
    abroad: Decimal  # extra income ÷ spend abroad
    goodwill: Decimal  # share of a year's income that a good gesture keeps

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Rates:
        """From the parameters in force on a day (`reference.selectors.engine_parameters`)."""
        names = parameters["sales_default_buckets"], parameters["sales_default_rates"]
        return cls(
            interchange=parameters["sales_interchange_rate"],
            instalment=parameters["sales_instalment_margin"],
            borrowing=parameters["sales_instalment_share"],
            loss=parameters["sales_loss_given_default"],
            default=dict(zip(*names, strict=True)),
            usual_spend=parameters["sales_usual_month_spend"],
            abroad=parameters["sales_abroad_margin"],
            goodwill=parameters["sales_goodwill_share"],
        )


@dataclass(frozen=True, slots=True)
class Worth:
    """Fen a year, and the sentence with its parameters (`notifications.wording`)."""

    fen: int
    said: str
    params: dict[str, Any]


Formula = Callable[[Figures, Rates], Worth]


def _money(figures: Figures, name: str) -> int:
    return int(figures.get(name) or 0)


def first_spend(figures: Figures, rates: Rates) -> Worth:
    """Usual spend of a month x 12 x income rate."""
    fen = int(rates.usual_spend * MONTHS * rates.interchange)
    said = gettext_noop("%(spend)s a month as on other cards, 12 months, %(rate)s income")
    return Worth(fen, said, {"spend": {"fen": rates.usual_spend}, "rate": {"rate": float(rates.interchange)}})


def year_spend(figures: Figures, rates: Rates) -> Worth:
    """What the customer spent in the past year x income rate."""
    spend = _money(figures, "spend_365d")
    said = gettext_noop("%(spend)s spent in a year, %(rate)s income")
    return Worth(
        int(spend * rates.interchange), said, {"spend": {"fen": spend}, "rate": {"rate": float(rates.interchange)}}
    )


def lost_spend(figures: Figures, rates: Rates) -> Worth:
    """The fall of a month's spend x 12 x income rate."""
    fall = max(_money(figures, "spend_prev_30d") - _money(figures, "spend_30d"), 0)
    said = gettext_noop("%(fall)s less than the month before, 12 months, %(rate)s income")
    return Worth(
        int(fall * MONTHS * rates.interchange),
        said,
        {"fall": {"fen": fall}, "rate": {"rate": float(rates.interchange)}},
    )


def instalment(figures: Figures, rates: Rates) -> Worth:
    """Balance x share put into instalments x margin."""
    balance = max(_money(figures, "balance"), 0)
    fen = int(balance * rates.borrowing * rates.instalment)
    said = gettext_noop("%(share)s of a balance of %(balance)s, %(rate)s margin")
    params = {
        "share": {"share": float(rates.borrowing)},
        "balance": {"fen": balance},
        "rate": {"rate": float(rates.instalment)},
    }
    return Worth(fen, said, params)


def avoided_loss(figures: Figures, rates: Rates) -> Worth:
    """Balance x chance of default of the bucket x loss given default."""
    balance = max(_money(figures, "balance"), 0)
    chance = rates.default.get(str(figures.get("bucket") or "M0"), Decimal(0))
    said = gettext_noop("balance of %(balance)s, %(chance)s chance of default, %(loss)s lost then")
    params = {
        "balance": {"fen": balance},
        "chance": {"share": float(chance)},
        "loss": {"share": float(rates.loss)},
    }
    return Worth(int(balance * chance * rates.loss), said, params)


def abroad(figures: Figures, rates: Rates) -> Worth:
    """Spend of a quarter x share abroad x 4 x extra margin."""
    share = Decimal(str(figures.get("cross_border_share_90d") or 0))
    spend = int(_money(figures, "spend_90d") * share * 4)
    said = gettext_noop("%(spend)s a year abroad, %(rate)s more income")
    return Worth(int(spend * rates.abroad), said, {"spend": {"fen": spend}, "rate": {"rate": float(rates.abroad)}})


def goodwill(figures: Figures, rates: Rates) -> Worth:
    """A year's income x the share that a good gesture keeps."""
    income = int(_money(figures, "spend_365d") * rates.interchange)
    said = gettext_noop("%(income)s income in a year, %(share)s of it kept")
    return Worth(
        int(income * rates.goodwill), said, {"income": {"fen": income}, "share": {"share": float(rates.goodwill)}}
    )


FORMULAS: dict[str, Formula] = {
    "first_spend": first_spend,
    "year_spend": year_spend,
    "lost_spend": lost_spend,
    "instalment": instalment,
    "avoided_loss": avoided_loss,
    "abroad": abroad,
    "goodwill": goodwill,
}
FIGURES = ("spend_30d", "spend_prev_30d", "spend_90d", "spend_365d", "balance", "bucket", "cross_border_share_90d")
