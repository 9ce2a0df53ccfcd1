"""How figures, days and times read, in Chinese and English (design ui.md §6). Plain text; the tags add markup."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from kajing.lib import money
from kajing.lib.periods import SHANGHAI

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WAN = 10_000 * money.FEN_PER_YUAN
HOUR = 3600


def chinese() -> bool:
    """Whether the active language is Chinese."""
    return (get_language() or "zh").startswith("zh")


def listed(words: Iterable[object]) -> str:
    """Several words in a row, with the comma of the language: 甲、乙; A, B."""
    return ("、" if chinese() else ", ").join(map(str, words))


def money_short(fen: int) -> str:
    """A headline amount: ¥164万 in Chinese, ¥1.64M in English."""
    return money.short(fen, language=get_language() or "zh-hans")


def money_table(fen: int) -> str:
    """An amount in a column headed by ``money_unit``: 万元 with two places in Chinese, whole yuan in English."""
    if chinese():
        return f"{_rounded(Decimal(fen) / WAN, 2):,}"
    return f"{_rounded(Decimal(fen) / money.FEN_PER_YUAN, 0):,}"


def money_unit() -> str:
    """The unit that belongs into the header of a ``money_table`` column."""
    return "万元" if chinese() else "¥"


def percent(ratio: Decimal | float, places: int = 0) -> str:
    """0.72 → 72%."""
    return f"{_rounded(Decimal(str(ratio)) * 100, places):,}%"


def count(value: int) -> str:
    """1284 → 1,284."""
    return f"{value:,}"


def change(value: Decimal | float, unit: str = "%", places: int = 1) -> str:
    """A change with its sign as a mark, never as a colour: ▲ 12.4%, ▼ 3.0%, ± 0%.

    ``value`` is a ratio when the unit is ``%`` or ``pp`` (percentage points), and a plain number otherwise.
    """
    scaled = Decimal(str(value)) * (100 if unit in ("%", "pp") else 1)
    shown = _rounded(abs(scaled), places).normalize()
    size = f"{shown:,f}"
    words = _("%(size)s pp") % {"size": size} if unit == "pp" else f"{size}{unit}"
    return f"{'±' if not shown else '▲' if scaled > 0 else '▼'} {words}"


def day(value: date, today: date | None = None) -> str:
    """今天, 昨天, 11-18, 2025-11-18; today, yesterday, 18 Nov, 18 Nov 2025."""
    today = today or timezone.localdate(timezone=SHANGHAI)
    near = {0: _("today"), -1: _("yesterday"), 1: _("tomorrow")}.get((value - today).days)
    if near:
        return near
    if chinese():
        return f"{value:%m-%d}" if value.year == today.year else f"{value:%Y-%m-%d}"
    short = f"{value.day} {MONTHS[value.month - 1]}"
    return short if value.year == today.year else f"{short} {value.year}"


def when(value: datetime, now: datetime | None = None) -> str:
    """今天 10:30, 11-18 15:22, 2025-11-18; the time is left out in other years."""
    local = value.astimezone(SHANGHAI)
    today = (now or timezone.now()).astimezone(SHANGHAI).date()
    text = day(local.date(), today)
    return f"{text} {local:%H:%M}" if local.year == today.year or abs((local.date() - today).days) <= 1 else text


def clock_time(value: datetime) -> str:
    """10:30."""
    return f"{value.astimezone(SHANGHAI):%H:%M}"


def minute(value: datetime) -> str:
    """2026-11-23 10:30, inside sentences that stay right whenever they are read."""
    return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def full_moment(value: datetime) -> str:
    """2026-11-23 10:30:00 +08:00, for titles."""
    text = value.astimezone(SHANGHAI).isoformat(sep=" ", timespec="seconds")
    return f"{text[:19]} {text[19:]}"


def month(value: date, today: date | None = None) -> str:
    """11月, 2025年11月; Nov, Nov 2025."""
    today = today or timezone.localdate(timezone=SHANGHAI)
    if chinese():
        return f"{value.month}月" if value.year == today.year else f"{value.year}年{value.month}月"
    name = MONTHS[value.month - 1]
    return name if value.year == today.year else f"{name} {value.year}"


def long_day(value: date) -> str:
    """11 月 23 日 周一; Mon 23 Nov."""
    if chinese():
        return f"{value.month} 月 {value.day} 日 周{'一二三四五六日'[value.weekday()]}"
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    return f"{names[value.weekday()]} {value.day} {MONTHS[value.month - 1]}"


def duration(seconds: int) -> str:
    """A call or a visit: 4 分 05 秒, 4 min 05 s."""
    minutes, rest = divmod(seconds, 60)
    if minutes:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": f"{rest:02d}"}
    return _("%(seconds)s s") % {"seconds": rest}


def ago(value: date, today: date | None = None) -> str:
    """今天, 昨天, 8 天前; today, yesterday, 8 d ago."""
    today = today or timezone.localdate(timezone=SHANGHAI)
    days = (today - value).days
    if days < 2:
        return day(value, today)
    return ngettext("%(days)s d ago", "%(days)s d ago", days) % {"days": count(days)}


def span(length: timedelta) -> str:
    """The largest unit that says it: 45 分钟, 4 小时, 5 天."""
    seconds = int(abs(length).total_seconds())
    if seconds < HOUR:
        return _("%(count)s min") % {"count": max(seconds // 60, 1)}
    if seconds < 48 * HOUR:
        return _("%(count)s h") % {"count": seconds // HOUR}
    return _("%(count)s d") % {"count": seconds // (24 * HOUR)}


def remaining(deadline: datetime, now: datetime | None = None) -> str:
    """剩 4 小时, 超期 5 小时; 4 h left, 5 h overdue."""
    left = deadline - (now or timezone.now())
    if left < timedelta(0):
        return pgettext("clock", "%(span)s overdue") % {"span": span(left)}
    return pgettext("clock", "%(span)s left") % {"span": span(left)}


def clock_tone(deadline: datetime, start: datetime, now: datetime | None = None) -> str:
    """How urgent a statutory clock is (design ui.md §5): ok, pri, warn or bad."""
    now = now or timezone.now()
    left = deadline - now
    if left < timedelta(hours=24):
        return "bad"
    share = left / (deadline - start) if deadline > start else 0
    if share < 0.2 or left < timedelta(days=3):
        return "warn"
    return "pri" if share <= 0.5 else "ok"


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
