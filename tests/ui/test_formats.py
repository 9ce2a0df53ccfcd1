from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils.translation import override

from kajing.lib.periods import SHANGHAI
from kajing.ui import formats

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)
TODAY = NOW.date()


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (164_000_000, "¥164万", "¥1.64M"),
        (12_500_000_000, "¥1.25亿", "¥125M"),
        (1_200_000, "¥1.2万", "¥12K"),
        (99_900, "¥999", "¥999"),
        (0, "¥0", "¥0"),
        (-164_000_000, "-¥164万", "-¥1.64M"),
    ],
)
def test_headline_money(fen, zh, en):
    with override("zh-hans"):
        assert formats.money_short(fen) == zh
    with override("en"):
        assert formats.money_short(fen) == en


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (20_000_000, "20.00", "200,000"),
        (12_065_49, "1.21", "12,065"),
        (50, "0.00", "1"),
        (123_456_789_00, "12,345.68", "123,456,789"),
    ],
)
def test_one_column_one_unit(fen, zh, en):
    with override("zh-hans"):
        assert (formats.money_table(fen), formats.money_unit()) == (zh, "万元")
    with override("en"):
        assert (formats.money_table(fen), formats.money_unit()) == (en, "¥")


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.124, "%", "▲ 12.4%"),
        (Decimal("-0.03"), "%", "▼ 3%"),
        (0, "%", "± 0%"),
        (0.0001, "%", "± 0%"),
        (-18, "", "▼ 18"),
        (1000, "", "▲ 1,000"),
        (0.012, "pp", "▲ 1.2 pp"),
    ],
)
def test_a_change_is_told_by_its_mark(value, unit, shown):
    with override("en"):
        assert formats.change(value, unit) == shown


@pytest.mark.parametrize(
    ("moment", "zh", "en"),
    [
        (datetime(2026, 11, 23, 10, 30, tzinfo=SHANGHAI), "今天 10:30", "today 10:30"),
        (datetime(2026, 11, 22, 23, 5, tzinfo=SHANGHAI), "昨天 23:05", "yesterday 23:05"),
        (datetime(2026, 11, 24, 0, 0, tzinfo=SHANGHAI), "明天 00:00", "tomorrow 00:00"),
        (datetime(2026, 11, 18, 15, 22, tzinfo=SHANGHAI), "11-18 15:22", "18 Nov 15:22"),
        (datetime(2025, 11, 18, 15, 22, tzinfo=SHANGHAI), "2025-11-18", "18 Nov 2025"),
    ],
)
def test_moments_in_near_words(moment, zh, en):
    with override("zh-hans"):
        assert formats.when(moment, NOW) == zh
    with override("en"):
        assert formats.when(moment, NOW) == en


def test_a_moment_in_another_zone_is_told_in_shanghai():
    with override("en"):
        assert formats.when(datetime.fromisoformat("2026-11-22T17:30:00+00:00"), NOW) == "today 01:30"
    assert formats.full_moment(datetime.fromisoformat("2026-11-22T17:30:00+00:00")) == "2026-11-23 01:30:00 +08:00"


@pytest.mark.parametrize(
    ("hours", "zh", "en", "tone"),
    [
        (-5, "超期 5 小时", "5 h overdue", "bad"),
        (0.5, "剩 30 分钟", "30 min left", "bad"),
        (4, "剩 4 小时", "4 h left", "bad"),
        (36, "剩 36 小时", "36 h left", "warn"),
        (24 * 5, "剩 5 天", "5 d left", "pri"),
        (24 * 9, "剩 9 天", "9 d left", "ok"),
    ],
)
def test_statutory_clock(hours, zh, en, tone):
    deadline = NOW + timedelta(hours=hours)
    start = deadline - timedelta(days=15)
    with override("zh-hans"):
        assert formats.remaining(deadline, NOW) == zh
    with override("en"):
        assert formats.remaining(deadline, NOW) == en
    assert formats.clock_tone(deadline, start, NOW) == tone


def test_clock_with_a_long_span_warns_at_one_fifth():
    deadline = NOW + timedelta(days=5)
    assert formats.clock_tone(deadline, deadline - timedelta(days=30), NOW) == "warn"


def test_durations_and_days():
    with override("zh-hans"):
        assert formats.duration(245) == "4 分 05 秒"
        assert formats.duration(9) == "9 秒"
        assert formats.ago(TODAY - timedelta(days=8), TODAY) == "8 天前"
        assert formats.month(date(2026, 6, 1), TODAY) == "6月"
        assert formats.long_day(TODAY) == "11 月 23 日 周一"
    with override("en"):
        assert formats.duration(245) == "4 min 05 s"
        assert formats.ago(TODAY - timedelta(days=1), TODAY) == "yesterday"
        assert formats.ago(TODAY - timedelta(days=1500), TODAY) == "1,500 d ago"
        assert formats.month(date(2025, 6, 1), TODAY) == "Jun 2025"
        assert formats.long_day(TODAY) == "Mon 23 Nov"
