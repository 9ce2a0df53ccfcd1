"""Reasons of the cash-out and fraud rules in words, and for every rule what would have kept it silent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kajing.lib import money

Reason = Mapping[str, Any]
Phrase = Callable[[Reason], tuple[str, str]]  # reason → (zh, en)


def yuan(value: Any) -> str:
    return "—" if value is None else money.full(int(value))


def percent(value: Any) -> str:
    return "—" if value is None else f"{float(value) * 100:.0f}%"


def number(value: Any) -> str:
    return "—" if value is None else f"{float(value):.0f}"


def half(value: Any) -> str:
    return "—" if value is None else f"{float(value):g}"


def at(r: Reason) -> tuple[str, str]:
    """The merchant's name in a sentence, where there is one."""
    merchant = r.get("merchant")
    return (f"在“{merchant}”", f" at {merchant}") if merchant else ("", "")


def usual(r: Reason) -> tuple[str, str]:
    """What a purchase usually is."""
    if r.get("usual") is None:
        return "此前无可比消费", "nothing before to compare with"
    return f"本人平常单笔 {yuan(r['usual'])}", f"usually {yuan(r['usual'])} a purchase"


def month(r: Reason) -> tuple[str, str]:
    """What a month usually is."""
    return f"此前每月平均消费 {yuan(r.get('usual'))}", f"usually {yuan(r.get('usual'))} a month"


def _round_sums(r: Reason) -> tuple[str, str]:
    times, share, spent = number(r.get("times")), percent(r.get("share")), yuan(r.get("value"))
    zh, en = month(r)
    return (
        f"近 30 天消费 {spent}，其中整数金额 {times} 笔、占 {share}；{zh}。",
        f"Spent {spent} in 30 days, {share} of it in {times} round sums; {en}.",
    )


def _limit_emptied(r: Reason) -> tuple[str, str]:
    spent, limit, cycles, on = yuan(r.get("value")), yuan(r.get("limit")), number(r.get("cycles")), r.get("on", "—")
    zh, en = usual(r)
    return (
        f"近 3 期中有 {cycles} 期单日几乎刷空额度，最近一次 {on}；单日最多 {spent}，额度 {limit}；{zh}。",
        f"Emptied the limit within a day in {cycles} of 3 cycles, last on {on}: up to {spent} of {limit}; {en}.",
    )


def _same_merchant(r: Reason) -> tuple[str, str]:
    times, amount, least = number(r.get("times")), yuan(r.get("value")), yuan(r.get("least_amount"))
    (zh_at, en_at), (zh, en) = at(r), usual(r)
    return (
        f"7 天内{zh_at}消费 {least} 以上 {times} 笔，最大一笔 {amount}（{r.get('on', '—')}）；{zh}。",
        f"{times} purchases of {least} and more{en_at} in 7 days, the largest {amount} on {r.get('on', '—')}; {en}.",
    )


def _risky_trades(r: Reason) -> tuple[str, str]:
    spent, share = yuan(r.get("value")), percent(r.get("share"))
    zh, en = month(r)
    return (
        f"近 30 天共 {number(r.get('times'))} 笔消费，在套现高关注行业 {spent}，占 {share}；{zh}。",
        (
            f"Spent {spent} in 30 days at trades open to cash-out, {share} of all, in {number(r.get('times'))} "
            f"purchases; {en}."
        ),
    )


def _repay_respend(r: Reason) -> tuple[str, str]:
    share, cycles, use = percent(r.get("value")), number(r.get("cycles")), percent(r.get("usual"))
    return (
        f"近 3 期中有 {cycles} 期还款后 24 小时内又刷出，合计刷回还款额的 {share}；30 天前额度使用率 {use}。",
        (
            f"In {cycles} of 3 cycles what was repaid was spent again within 24 hours, {share} of it in all; "
            f"used {use} of the limit 30 days ago."
        ),
    )


def _split_amounts(r: Reason) -> tuple[str, str]:
    times, (zh_at, en_at), (zh, en) = number(r.get("times")), at(r), usual(r)
    near_zh, near_en = ("，金额刚低于审核线", ", just below a review line") if r.get("just_below") else ("", "")
    return (
        f"{r.get('on', '—')} 一小时内{zh_at}连刷 {times} 笔{near_zh}，其中一笔 {yuan(r.get('value'))}；{zh}。",
        (
            f"{times} purchases{en_at} within an hour on {r.get('on', '—')}{near_en}, "
            f"one of {yuan(r.get('value'))}; {en}."
        ),
    )


def _terminal_jump(r: Reason) -> tuple[str, str]:
    trades, cities, amount = number(r.get("trades")), number(r.get("cities")), yuan(r.get("value"))
    (zh_at, en_at), (zh, en) = at(r), usual(r)
    return (
        f"{r.get('on', '—')} {zh_at}消费 {amount}，该终端当天报出 {trades} 种行业、{cities} 个城市；{zh}。",
        (
            f"{amount}{en_at} on {r.get('on', '—')} at a terminal that told {trades} trades and {cities} cities "
            f"that day; {en}."
        ),
    )


def _odd_hour(r: Reason) -> tuple[str, str]:
    amount, clock = yuan(r.get("value")), f"{int(r.get('hour') or 0):02d}:{int(r.get('minute') or 0):02d}"
    (zh_at, en_at), (zh, en) = at(r), usual(r)
    return (
        f"{r.get('on', '—')} {clock} {zh_at}刷卡 {amount}，该行业此时通常不营业；{zh}。",
        f"{amount}{en_at} on {r.get('on', '—')} at {clock}, when such shops are shut; {en}.",
    )


def _income_mismatch(r: Reason) -> tuple[str, str]:
    times, before, then = half(r.get("value")), half(r.get("usual")), yuan(r.get("before"))
    spent = yuan(r.get("spent"))
    return (
        f"近 30 天消费 {spent}，约为核实月收入的 {times} 倍，再前 30 天 {then}；此前通常约 {before} 倍。",
        (
            f"Spent {spent} in 30 days, about {times} times the verified monthly income, and {then} in the 30 days "
            f"before; usually about {before} times."
        ),
    )


def _circular_flow(r: Reason) -> tuple[str, str]:
    paid, payer, accounts = yuan(r.get("value")), r.get("payer", "—"), number(r.get("accounts"))
    shop_zh, shop_en = ("，客户也在该商户消费", ", where the customer buys too") if r.get("shop") else ("", "")
    return (
        f"近 {number(r.get('window'))} 天由“{payer}”代还 {paid}{shop_zh}；该付款人共代还 {accounts} 个账户。",
        (
            f"{payer} paid {paid} of the bills of {number(r.get('window'))} days{shop_en}; "
            f"it pays for {accounts} accounts."
        ),
    )


def _impossible_travel(r: Reason) -> tuple[str, str]:
    km, minutes, speed = number(r.get("km")), number(r.get("minutes")), number(r.get("speed"))
    zh, en = usual(r)
    city_zh, city_en = (f"在{r['city']}", f" in {r['city']}") if r.get("city") else ("", "")
    return (
        (
            f"{r.get('on', '—')} {city_zh}持卡消费 {yuan(r.get('value'))}，距上一次持卡交易 {km} 公里、{minutes} 分钟，"
            f"合每小时 {speed} 公里；{zh}。"
        ),
        (
            f"{yuan(r.get('value'))} with the card itself{city_en} on {r.get('on', '—')}, {km} km and "
            f"{minutes} minutes after the last such use: {speed} km/h; {en}."
        ),
    )


def _card_testing(r: Reason) -> tuple[str, str]:
    probes, amount = number(r.get("probes")), yuan(r.get("value"))
    (zh_at, en_at), (zh, en) = at(r), usual(r)
    return (
        f"{r.get('on', '—')} 10 分钟内 {probes} 次小额或被拒交易后，{zh_at}消费 {amount}；{zh}。",
        f"{amount}{en_at} on {r.get('on', '—')} after {probes} small or declined attempts in ten minutes; {en}.",
    )


def _new_device(r: Reason) -> tuple[str, str]:
    amount, (zh_at, en_at), (zh, en) = yuan(r.get("value")), at(r), usual(r)
    return (
        f"{r.get('on', '—')} 用新设备{zh_at}（首次消费的商户）消费 {amount}；{zh}。",
        f"{amount}{en_at} on {r.get('on', '—')}, a new device and a new merchant; {en}.",
    )


def _abroad_first(r: Reason) -> tuple[str, str]:
    amount, country, days = yuan(r.get("value")), r.get("country", "—"), number(r.get("novel_days"))
    (zh_at, en_at), (zh, en) = at(r), usual(r)
    return (
        f"{r.get('on', '—')} 境外（{country}）{zh_at}消费 {amount}，{days} 天内首次在该国用卡；{zh}。",
        f"{amount}{en_at} abroad ({country}) on {r.get('on', '—')}, the first use there in {days} days; {en}.",
    )


def _night_burst(r: Reason) -> tuple[str, str]:
    times, share, (zh_at, en_at) = number(r.get("value")), percent(r.get("usual")), at(r)
    return (
        f"{r.get('on', '—')} 夜间连续交易 {times} 笔，最后{zh_at}；近 90 天夜间消费占比 {share}。",
        f"{times} transactions in the night to {r.get('on', '—')}{en_at}; at night usually {share} of all purchases.",
    )


def _dormant_wake(r: Reason) -> tuple[str, str]:
    amount, idle = yuan(r.get("value")), number(r.get("idle"))
    zh_at, en_at = at(r)
    return (
        f"{r.get('on', '—')} {zh_at}消费 {amount}；此前至少 {idle} 天没有用卡。",
        f"{amount}{en_at} on {r.get('on', '—')}; the card had not been used for at least {idle} days.",
    )


def _refund_storm(r: Reason) -> tuple[str, str]:
    times, returned, (zh, en) = number(r.get("value")), yuan(r.get("returned")), month(r)
    return (f"7 天内退货 {times} 笔，共 {returned}；{zh}。", f"{times} refunds in 7 days, {returned} in all; {en}.")


def _first_payment(r: Reason) -> tuple[str, str]:
    days, opened, owes = number(r.get("value")), r.get("opened_on", "—"), yuan(r.get("balance"))
    short = yuan(r.get("overdue_amount"))
    return (
        f"{opened} 开户，首期最低还款额即未还；已逾期 {days} 天，欠缴 {short}，欠款 {owes}；此前没有还款记录。",
        (
            f"Opened on {opened}; the very first minimum payment was missed: {days} days past due, {short} short, "
            f"owes {owes}; nothing was due before."
        ),
    )


PHRASES: dict[str, Phrase] = {
    "round_sums": _round_sums,
    "limit_emptied": _limit_emptied,
    "same_merchant": _same_merchant,
    "risky_trades": _risky_trades,
    "repay_respend": _repay_respend,
    "split_amounts": _split_amounts,
    "terminal_jump": _terminal_jump,
    "odd_hour": _odd_hour,
    "income_mismatch": _income_mismatch,
    "circular_flow": _circular_flow,
    "impossible_travel": _impossible_travel,
    "card_testing": _card_testing,
    "new_device": _new_device,
    "abroad_first": _abroad_first,
    "night_burst": _night_burst,
    "dormant_wake": _dormant_wake,
    "refund_storm": _refund_storm,
    "first_payment": _first_payment,
}

# What would have kept a rule silent, with the threshold that was in force: (zh, en), filled from the written limits.
UNLESS: dict[str, tuple[str, str]] = {
    "missed_payment": ("若逾期不足 {least} 天，则不会预警。", "Would not fire below {least} days past due."),
    "utilisation_jump": (
        "若使用率低于 {least%}，或 30 天内上升不足 {points%}，则不会预警。",
        "Would not fire below {least%} of the limit, or with a rise of less than {points%} of it.",
    ),
    "min_pay_streak": (
        "若其中一期还款超过最低还款额，使连续期数不足 {least} 期，则不会预警。",
        "Would not fire with fewer than {least} cycles in a row at the minimum.",
    ),
    "amount_outlier": ("若该笔低于 {least¥}，则不会预警。", "Would not fire below {least¥}."),
    "sleeping_soon": (
        "若在此之前本人用卡一次，则不会预警。",
        "Would not fire after one use by the customer before that day.",
    ),
    "silence": ("若最近消费过一次，则不会预警。", "Would not fire after one purchase."),
    "round_sums": (
        "若整数金额少于 {least} 笔，或占比低于 {least_share%}，则不会预警。",
        "Would not fire with fewer than {least} round sums, or below {least_share%} of the spend.",
    ),
    "limit_emptied": (
        "若单日消费低于额度的 {least_share%}，或近 3 期中少于 {least} 期，则不会预警。",
        "Would not fire below {least_share%} of the limit a day, or in fewer than {least} of 3 cycles.",
    ),
    "same_merchant": (
        "若同一商户 {least_amount¥} 以上少于 {least} 笔，则不会预警。",
        "Would not fire with fewer than {least} purchases of {least_amount¥} and more at one merchant.",
    ),
    "risky_trades": (
        "若此类消费低于 {least¥}、占比低于 {least_share%}，或平均单笔低于 {least_ticket¥}，则不会预警。",
        "Would not fire below {least¥}, below {least_share%} of the spend, or below {least_ticket¥} a purchase.",
    ),
    "repay_respend": (
        "若 24 小时内刷回不足 {least_share%}，或少于 {least} 期，则不会预警。",
        "Would not fire below {least_share%} spent again, or in fewer than {least} cycles.",
    ),
    "split_amounts": (
        "若一小时内同一商户 {least_amount¥} 以上少于 {least} 笔，且没有两笔刚低于审核线，则不会预警。",
        (
            "Would not fire with fewer than {least} purchases of {least_amount¥} and more within the hour, "
            "and no two just below a review line."
        ),
    ),
    "terminal_jump": (
        "若该终端当天少于 {least} 种行业或城市，则不会预警。",
        "Would not fire with fewer than {least} trades or cities at the terminal that day.",
    ),
    "odd_hour": (
        "若低于 {least¥}，或在 {until} 点以后，则不会预警。",
        "Would not fire below {least¥}, or from {until} o'clock on.",
    ),
    "income_mismatch": (
        "若其中一个 30 天的消费不超过月收入的 {least~} 倍，则不会预警。",
        "Would not fire with one of the two 30-day spends at {least~} monthly incomes or less.",
    ),
    "circular_flow": (
        "若由本人还款，或该付款人代还少于 {least} 个账户且不是其消费的商户，则不会预警。",
        (
            "Would not fire if the customer paid, or if the payer paid for fewer than {least} accounts and were no "
            "merchant of the customer's."
        ),
    ),
    "impossible_travel": (
        "若两次持卡交易合每小时不超过 {least} 公里，或该笔低于 {least_amount¥}，则不会预警。",
        "Would not fire at {least} km/h or less between the two, or below {least_amount¥}.",
    ),
    "card_testing": (
        "若 10 分钟内少于 {least} 次小额或被拒交易，或该笔低于 {least_amount¥}，则不会预警。",
        "Would not fire with fewer than {least} such attempts, or below {least_amount¥}.",
    ),
    "new_device": (
        "若该设备或商户在 {novel_days} 天内用过，或金额偏离不超过 {least~} 倍，则不会预警。",
        (
            "Would not fire with a device or merchant used within {novel_days} days, or within {least~} deviations "
            "of the usual amount."
        ),
    ),
    "abroad_first": (
        "若低于 {least¥}，或 {novel_days} 天内在该国用过卡，则不会预警。",
        "Would not fire below {least¥}, or after a use there within {novel_days} days.",
    ),
    "night_burst": ("若夜间少于 {least} 笔，则不会预警。", "Would not fire with fewer than {least} in the night."),
    "dormant_wake": (
        "若 {least} 天内用过卡，或该笔低于 {least_amount¥}，则不会预警。",
        "Would not fire after a use within {least} days, or below {least_amount¥}.",
    ),
    "refund_storm": ("若 7 天内退货少于 {least} 笔，则不会预警。", "Would not fire with fewer than {least} refunds."),
    "first_payment": ("若首期最低还款额已还清，则不会预警。", "Would not fire once the first minimum is paid."),
}
