"""Alert reasons in words, zh and en: today's figure with the customer's usual one beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kajing.analytics.alerts.phrases import PHRASES as MORE
from kajing.analytics.alerts.phrases import UNLESS, Phrase, half
from kajing.analytics.alerts.phrases import number as _number
from kajing.analytics.alerts.phrases import percent as _percent
from kajing.analytics.alerts.phrases import yuan as _yuan

WRITTEN = {"%": _percent, "¥": _yuan, "~": half, "": _number}
_PLACE = re.compile(r"\{(\w+)([%¥~]?)\}")


def _missed_payment(r: Mapping[str, Any]) -> tuple[str, str]:
    days, before, of = _number(r.get("value")), _number(r.get("usual")), _number(r.get("due_12"))
    amount, due = _yuan(r.get("overdue_amount")), r.get("due_on", "—")
    return (
        f"最低还款额 {due} 到期，已逾期 {days} 天，欠缴 {amount}；近 12 期中 {of} 期到期，{before} 期未按时还。",
        (
            f"Minimum payment due {due} is {days} days past due, {amount} short; "
            f"of {of} payments due in 12 months, {before} were missed."
        ),
    )


def _utilisation_jump(r: Mapping[str, Any]) -> tuple[str, str]:
    now, then = _percent(r.get("value")), _percent(r.get("usual"))
    balance, limit = _yuan(r.get("balance")), _yuan(r.get("limit"))
    return (
        f"额度使用率 {now}，30 天前为 {then}；欠款 {balance}，额度 {limit}。",
        f"Uses {now} of the limit, {then} thirty days ago; owes {balance} of {limit}.",
    )


def _min_pay_streak(r: Mapping[str, Any]) -> tuple[str, str]:
    cycles, before = _number(r.get("value")), _percent(r.get("usual"))
    balance = _yuan(r.get("balance"))
    if r.get("usual") is None:
        return (
            f"连续 {cycles} 期只还最低还款额；欠款 {balance}。",
            f"Paid only the minimum for {cycles} cycles in a row; owes {balance}.",
        )
    return (
        f"连续 {cycles} 期只还最低还款额；此前通常还账单的 {before}；欠款 {balance}。",
        f"Paid only the minimum for {cycles} cycles in a row; used to pay {before} of the bill; owes {balance}.",
    )


def _amount_outlier(r: Mapping[str, Any]) -> tuple[str, str]:
    amount, usual, largest = _yuan(r.get("value")), _yuan(r.get("usual")), _yuan(r.get("largest"))
    on, merchant = r.get("on", "—"), r.get("merchant")
    zh_at, en_at = (f"在“{merchant}”", f" at {merchant}") if merchant else ("", "")
    return (
        f"{on} {zh_at}消费 {amount}；本人平常单笔 {usual}，此前一年最大一笔 {largest}。",
        f"A purchase of {amount}{en_at} on {on}; usually {usual}, the largest in the year before {largest}.",
    )


def _sleeping_soon(r: Mapping[str, Any]) -> tuple[str, str]:
    days, on, last = _number(r.get("value")), r.get("sleeping_on", "—"), r.get("last_active_on", "—")
    if r.get("used") is False:
        return (
            f"核卡（{last}）后从未使用，{days} 天后（{on}）将成为长期睡眠卡。",
            f"Never used since approval on {last}; counts as long sleeping in {days} days, on {on}.",
        )
    return (
        f"最近一次本人用卡在 {last}，{days} 天后（{on}）将成为长期睡眠卡。",
        f"Last used on {last}; counts as long sleeping in {days} days, on {on}.",
    )


def _silence(r: Mapping[str, Any]) -> tuple[str, str]:
    days, usual, longest = _number(r.get("value")), _number(r.get("usual")), _number(r.get("longest"))
    last = r.get("last_purchase_on", "—")
    return (
        f"已 {days} 天没有消费（最近一次 {last}）；本人通常每 {usual} 天消费一次，近一年最长间隔 {longest} 天。",
        (
            f"No purchase for {days} days (last on {last}); usually every {usual} days, "
            f"the longest gap in a year was {longest}."
        ),
    )


PHRASES: dict[str, Phrase] = {
    "missed_payment": _missed_payment,
    "utilisation_jump": _utilisation_jump,
    "min_pay_streak": _min_pay_streak,
    "amount_outlier": _amount_outlier,
    "sleeping_soon": _sleeping_soon,
    "silence": _silence,
    **MORE,
}


def words(reason: Mapping[str, Any], language: str) -> str:
    """A stored reason `{code, value, usual, window, params}` as a sentence; an unknown code shows as it is."""
    code = str(reason.get("code") or "")
    phrase = PHRASES.get(code)
    if phrase is None:
        return code
    flat = {**(reason.get("params") or {}), **{name: reason.get(name) for name in ("value", "usual", "window")}}
    return phrase(flat)[0 if language.lower().startswith("zh") else 1]


def unless(reason: Mapping[str, Any], language: str) -> str:
    """What would have kept the rule silent, with the limits then in force; "" where the reason does not tell them."""
    told = UNLESS.get(str(reason.get("code") or ""))
    limits = reason.get("params") or {}
    if told is None:
        return ""
    text = told[0 if language.lower().startswith("zh") else 1]
    if any(limits.get(found[1]) is None for found in _PLACE.finditer(text)):
        return ""
    return _PLACE.sub(lambda found: WRITTEN[found[2]](limits[found[1]]), text)
