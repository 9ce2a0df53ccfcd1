"""Money is integer fen (分). Rates are Decimal. Rounding is HALF_UP to one fen, and only at posting."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

FEN_PER_YUAN = 100
_YUAN = re.compile(r"\d{1,15}(\.\d{1,2})?")


class NotMoney(ValueError):
    """The text is no decimal yuan amount with at most two places."""


def fen(yuan: str | Decimal | int) -> int:
    """Decimal yuan to fen; a feed amount such as ``"1284.50"`` gives 128450. Raises NotMoney."""
    if isinstance(yuan, str) and not _YUAN.fullmatch(yuan.strip()):
        raise NotMoney(f"{yuan!r} is not an amount in yuan with at most 2 decimal places")
    try:
        exact = Decimal(yuan) * FEN_PER_YUAN
    except InvalidOperation as error:
        raise NotMoney(str(yuan)) from error
    if exact != exact.to_integral_value():
        raise NotMoney(f"{yuan!r} has more than 2 decimal places")
    return int(exact)


def yuan(amount: int) -> Decimal:
    """Fen to exact Decimal yuan with two places."""
    return (Decimal(amount) / FEN_PER_YUAN).quantize(Decimal("0.01"))


def round_fen(amount: Decimal) -> int:
    """Round a Decimal number of fen HALF_UP to whole fen."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def ratio(numerator: int, denominator: int) -> Decimal | None:
    """Numerator over denominator, or None where the denominator is 0 (shown as —, never 0 %)."""
    return Decimal(numerator) / Decimal(denominator) if denominator else None


def full(amount: int) -> str:
    """An amount a customer owes, signs or hears, always in full: ¥32,680.00."""
    sign = "-" if amount < 0 else ""
    return f"{sign}¥{yuan(abs(amount)):,.2f}"


def short(amount: int, *, language: str = "zh-hans") -> str:
    """A KPI amount: ¥164万 / ¥1.25亿 in Chinese, ¥1.64M / ¥125M in English; trailing zeros dropped."""
    units = [(10**8, "亿"), (10**4, "万")] if language.startswith("zh") else [(10**9, "B"), (10**6, "M"), (10**3, "K")]
    sign, value = ("-" if amount < 0 else ""), abs(yuan(amount))
    for size, name in units:
        if value >= size:
            return f"{sign}¥{_trim(value / size)}{name}"
    return f"{sign}¥{value:,.2f}".removesuffix(".00")


def _trim(value: Decimal) -> str:
    text = f"{value.quantize(Decimal('0.01'), rounding=ROUND_HALF_UP):,.2f}"
    return text.rstrip("0").rstrip(".")
