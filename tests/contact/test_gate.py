"""The gate as a table: channel × purpose × hour × holiday × consent × hold × caps → answer, rule, next time.

Rules are the packaged rows, the calendar is the announced one. 2026: 14 February and 10 October are make-up Saturdays,
1–7 October and 15–23 February are holidays, 17 February is the first day of Spring Festival, 23 November is a Monday.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import chinese_calendar
import pytest

from kajing.contact.choices import BLOCKS
from kajing.contact.gate import KEYS, Asker, Facts, Hold, Pass, Question, Rule, Rulebook, Touch, Word, decide
from kajing.lib.periods import SHANGHAI
from kajing.reference.selectors import typed
from kajing.reference.services import DATA, PARAMETER_FILES

LICENCES = tuple((code, date(2026, 1, 1), date(2026, 12, 31)) for code in ("T01", "T03", "T07", "T09"))
ANA = Asker("P-ANA", licences=LICENCES)
COLLECTOR = Asker("P-COL", collects=True, licences=LICENCES)


def t(text: str) -> datetime:
    """`11-23 09:00` of 2026 in Shanghai; seconds and another year may be given."""
    text = text if text[4:5] == "-" else f"2026-{text}"
    return datetime.fromisoformat(text.replace(" ", "T")).replace(tzinfo=SHANGHAI)


@cache
def book() -> Rulebook:
    """The packaged rules."""
    rules = []
    for name in PARAMETER_FILES:
        with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
            rules += [_rule(row) for row in csv.DictReader(file) if row["parameter"] in KEYS]
    return Rulebook.of(rules, workday)


def workday(day: date) -> bool:
    """The announced calendar; Monday to Friday where none is announced yet."""
    return chinese_calendar.is_workday(day) if day.year < 2027 else day.weekday() < 5


def _rule(row: dict[str, str]) -> Rule:
    day = date.fromisoformat(row["effective_from"])
    value = typed(row["value"], row["unit"])
    return Rule(row["parameter"], value, row["rule_id"], row["source"], row["article"], day)


def agreed(purpose: str, channel: str = "ANY", *, given: bool = True, at: str = "01-05 10:00") -> Word:
    return Word(purpose, channel, given, t(at))


YES = (agreed("MARKETING"), agreed("SURVEY"))


def touch(at: str, purpose: str = "MARKETING", channel: str = "PHONE", *, unanswered: bool = False) -> Touch:
    return Touch(t(at), purpose, channel, unanswered)


def vain(count: int, day: str = "11-23") -> tuple[Touch, ...]:
    return tuple(touch(f"{day} 09:{minute:02}", "COLLECTION", unanswered=True) for minute in range(count))


FREE: dict[str, Any] = {"consents": YES}
# what is asked (channel, purpose, moment) | what is known | the code that decides, "" for green | next allowed time
TABLE: list[tuple[str, str, str, str, dict[str, Any], str, str | None]] = [
    # -- hours on a workday: the first minute in, the first minute out
    ("at nine", "PHONE", "MARKETING", "11-23 09:00", FREE, "", "11-23 09:00"),
    ("a second before nine", "PHONE", "MARKETING", "11-23 08:59:59", FREE, "HOURS", "11-23 09:00"),
    ("a second before noon", "PHONE", "MARKETING", "11-23 11:59:59", FREE, "", "11-23 11:59:59"),
    ("at noon", "PHONE", "MARKETING", "11-23 12:00", FREE, "HOURS", "11-23 14:00"),
    ("after lunch", "PHONE", "MARKETING", "11-23 14:00", FREE, "", "11-23 14:00"),
    ("a second before eight", "PHONE", "MARKETING", "11-23 19:59:59", FREE, "", "11-23 19:59:59"),
    ("at eight in the evening", "PHONE", "MARKETING", "11-23 20:00", FREE, "HOURS", "11-24 09:00"),
    ("at midnight", "PHONE", "MARKETING", "11-24 00:00", FREE, "HOURS", "11-24 09:00"),
    ("Friday evening waits for Saturday's hours", "PHONE", "MARKETING", "11-27 21:00", FREE, "HOURS", "11-28 10:00"),
    # -- other days
    ("Saturday at half past nine", "PHONE", "MARKETING", "11-28 09:30", FREE, "HOURS", "11-28 10:00"),
    ("Saturday at one", "PHONE", "MARKETING", "11-28 13:00", FREE, "", "11-28 13:00"),
    ("Sunday at six", "PHONE", "MARKETING", "11-29 18:00", FREE, "HOURS", "11-30 09:00"),
    ("a holiday on a Thursday, nine", "PHONE", "MARKETING", "10-01 09:00", FREE, "HOURS", "10-01 10:00"),
    ("a holiday on a Thursday, one", "PHONE", "MARKETING", "10-01 13:00", FREE, "", "10-01 13:00"),
    ("make-up Saturday at half past nine", "PHONE", "MARKETING", "10-10 09:30", FREE, "", "10-10 09:30"),
    ("make-up Saturday at one", "PHONE", "MARKETING", "10-10 13:00", FREE, "HOURS", "10-10 14:00"),
    ("make-up Sunday evening", "PHONE", "MARKETING", "09-20 19:30", FREE, "", "09-20 19:30"),
    ("New Year's Day", "PHONE", "MARKETING", "01-01 09:30", FREE | {"consents": (agreed("MARKETING", at="2025-06-01 10:00"),)},
     "HOURS", "01-01 10:00"),
    # -- Spring Festival
    ("New Year's Eve is only a day off", "PHONE", "MARKETING", "02-16 11:00", FREE, "", "02-16 11:00"),
    ("first day", "PHONE", "MARKETING", "02-17 11:00", FREE, "FESTIVAL", "02-20 10:00"),
    ("third day at night", "PHONE", "CARE", "02-19 23:30", FREE, "FESTIVAL", "02-20 10:00"),
    ("fourth day", "PHONE", "MARKETING", "02-20 11:00", FREE, "", "02-20 11:00"),
    ("a text on the second day", "SMS", "MARKETING", "02-18 11:00", FREE, "FESTIVAL", "02-20 10:00"),
    ("a service notice on the first day", "SMS", "SERVICE", "02-17 11:00", {}, "", "02-17 11:00"),
    ("2027 has its own first day", "PHONE", "MARKETING", "2027-02-08 11:00", FREE | {"asker": None}, "FESTIVAL",
     "2027-02-09 09:00"),
    # -- channels
    ("a text in the night", "SMS", "MARKETING", "11-23 22:30", FREE, "HOURS", "11-24 09:00"),
    ("a letter by mail before nine", "EMAIL", "MARKETING", "11-23 07:00", FREE, "HOURS", "11-23 09:00"),
    ("a visit at noon", "VISIT", "MARKETING", "11-23 12:30", FREE, "HOURS", "11-23 14:00"),
    ("who comes to the branch at noon", "BRANCH", "MARKETING", "11-23 12:30", {}, "", "11-23 12:30"),
    ("at the branch without a licence", "BRANCH", "MARKETING", "11-23 10:00", {"asker": Asker("P-NEW")}, "LICENCE", None),
    # -- consent
    ("never asked", "PHONE", "MARKETING", "11-23 10:00", {}, "CONSENT", None),
    ("agreed for this channel", "PHONE", "MARKETING", "11-23 10:00", {"consents": (agreed("MARKETING", "PHONE"),)}, "",
     "11-23 10:00"),
    ("agreed for another channel", "SMS", "MARKETING", "11-23 10:00", {"consents": (agreed("MARKETING", "PHONE"),)},
     "CONSENT", None),
    ("withdrew all after agreeing to one", "PHONE", "MARKETING", "11-23 10:00",
     {"consents": (agreed("MARKETING", given=False, at="10-01 10:00"), agreed("MARKETING", "PHONE"))}, "CONSENT", None),
    ("agreed to one after withdrawing all", "PHONE", "MARKETING", "11-23 10:00",
     {"consents": (agreed("MARKETING", "PHONE", at="10-01 10:00"), agreed("MARKETING", given=False))}, "", "11-23 10:00"),
    ("consent given later does not count yet", "PHONE", "MARKETING", "11-23 10:00",
     {"consents": (agreed("MARKETING", at="11-23 10:01"),)}, "CONSENT", None),
    ("another purpose's consent", "PHONE", "SURVEY", "11-23 10:00", {"consents": (agreed("MARKETING"),)}, "CONSENT", None),
    ("a survey with its consent", "SMS", "SURVEY", "11-23 10:00", FREE, "", "11-23 10:00"),
    ("care without a word", "PHONE", "CARE", "11-23 10:00", {}, "", "11-23 10:00"),
    ("care after refusing service messages", "PHONE", "CARE", "11-23 10:00",
     {"consents": (agreed("SERVICE", given=False),)}, "CONSENT", None),
    ("service needs no consent", "PHONE", "SERVICE", "11-23 21:30", {}, "", "11-23 21:30"),
    # -- holds
    ("complaint stops selling", "PHONE", "MARKETING", "11-23 10:00", FREE | {"holds": (Hold("COMPLAINT"),)}, "COMPLAINT", None),
    ("complaint stops care", "PHONE", "CARE", "11-23 10:00", {"holds": (Hold("COMPLAINT"),)}, "COMPLAINT", None),
    ("complaint lets service through", "PHONE", "SERVICE", "11-23 10:00", {"holds": (Hold("COMPLAINT"),)}, "", "11-23 10:00"),
    ("complaint about collection stops it", "PHONE", "COLLECTION", "11-23 10:00",
     {"holds": (Hold("COMPLAINT", "COLLECTION"),)}, "COMPLAINT", None),
    ("hardship plan stops collection", "PHONE", "COLLECTION", "11-23 10:00", {"holds": (Hold("HARDSHIP"),)}, "HARDSHIP", None),
    ("hardship plan stops selling", "PHONE", "MARKETING", "11-23 10:00", FREE | {"holds": (Hold("HARDSHIP"),)}, "HARDSHIP", None),
    ("hardship plan lets care through", "PHONE", "CARE", "11-23 10:00", {"holds": (Hold("HARDSHIP"),)}, "", "11-23 10:00"),
    ("fraud case stops collection", "SMS", "COLLECTION", "11-23 10:00", {"holds": (Hold("FRAUD"),)}, "FRAUD", None),
    ("fraud check is a service call", "PHONE", "SERVICE", "11-23 03:00", {"holds": (Hold("FRAUD"),)}, "", "11-23 03:00"),
    ("death stops service", "SMS", "SERVICE", "11-23 10:00", {"holds": (Hold("DECEASED"),)}, "DECEASED", None),
    ("death stops collection", "PHONE", "COLLECTION", "11-23 10:00", {"holds": (Hold("DECEASED"),)}, "DECEASED", None),
    ("death stops at the branch too", "BRANCH", "SERVICE", "11-23 10:00", {"holds": (Hold("DECEASED"),)}, "DECEASED", None),
    ("refusal to its last day", "PHONE", "MARKETING", "11-23 10:00",
     FREE | {"holds": (Hold("REFUSAL", "MARKETING", date(2026, 11, 23)),)}, "REFUSAL", "11-24 09:00"),
    ("refusal is over the day after", "PHONE", "MARKETING", "11-24 10:00",
     FREE | {"holds": (Hold("REFUSAL", "MARKETING", date(2026, 11, 23)),)}, "", "11-24 10:00"),
    ("refusal ends on a Friday evening: Saturday's hours", "PHONE", "MARKETING", "11-25 10:00",
     FREE | {"holds": (Hold("REFUSAL", "MARKETING", date(2026, 11, 27)),)}, "REFUSAL", "11-28 10:00"),
    ("never again", "PHONE", "CARE", "11-23 10:00", {"holds": (Hold("REFUSAL"),)}, "REFUSAL", None),
    ("the longer of two refusals", "PHONE", "MARKETING", "11-23 10:00",
     FREE | {"holds": (Hold("REFUSAL", "", date(2026, 11, 24)), Hold("REFUSAL"))}, "REFUSAL", None),
    ("refusal of selling leaves care", "PHONE", "CARE", "11-23 10:00", {"holds": (Hold("REFUSAL", "MARKETING"),)}, "",
     "11-23 10:00"),
    ("refusal leaves the due reminder", "SMS", "SERVICE", "11-23 10:00", {"holds": (Hold("REFUSAL"),)}, "", "11-23 10:00"),
    ("a hold nobody explained stops all", "PHONE", "SERVICE", "11-23 10:00", {"holds": (Hold("LEGAL"),)}, "LEGAL", None),
    # -- caps
    ("called today already", "PHONE", "MARKETING", "11-23 15:00", FREE | {"touches": (touch("11-23 09:30"),)}, "CAP_DAY",
     "11-24 09:00"),
    ("another manager wrote today", "PHONE", "MARKETING", "11-23 15:00",
     FREE | {"touches": (touch("11-23 09:30", channel="EMAIL"),)}, "CAP_DAY", "11-24 09:00"),
    ("a survey counts as well", "PHONE", "CARE", "11-23 15:00", {"touches": (touch("11-23 09:30", "SURVEY", "SMS"),)},
     "CAP_DAY", "11-24 09:00"),
    ("a service call does not count", "PHONE", "MARKETING", "11-23 15:00",
     FREE | {"touches": (touch("11-23 09:30", "SERVICE"),)}, "", "11-23 15:00"),
    ("a talk at the branch does not count", "PHONE", "MARKETING", "11-23 15:00",
     FREE | {"touches": (touch("11-23 09:30", channel="BRANCH"),)}, "", "11-23 15:00"),
    ("two in seven days", "PHONE", "MARKETING", "11-23 15:00",
     FREE | {"touches": (touch("11-17 10:00"), touch("11-20 10:00"))}, "CAP_7_DAYS", "11-24 09:00"),
    ("the seventh day before is out", "PHONE", "MARKETING", "11-24 15:00",
     FREE | {"touches": (touch("11-17 10:00"), touch("11-20 10:00"))}, "", "11-24 15:00"),
    ("four in thirty days", "PHONE", "MARKETING", "11-23 15:00",
     FREE | {"touches": tuple(touch(f"{day} 10:00") for day in ("10-26", "11-02", "11-09", "11-14"))}, "CAP_30_DAYS",
     "11-25 09:00"),
    ("a plan for later this week is one of the two", "PHONE", "MARKETING", "11-23 15:00",
     FREE | {"touches": (touch("11-20 10:00"), touch("11-25 10:00"))}, "CAP_7_DAYS", "11-27 09:00"),
    ("service is not capped", "SMS", "SERVICE", "11-23 15:00", {"touches": (touch("11-23 09:30"),) * 5}, "", "11-23 15:00"),
    ("caps and hours together", "PHONE", "MARKETING", "11-27 20:30",
     FREE | {"touches": (touch("11-26 10:00"), touch("11-27 10:00"))}, "HOURS", "12-03 09:00"),
    # -- who sells
    ("no licence", "PHONE", "MARKETING", "11-23 10:00", FREE | {"asker": Asker("P-NEW")}, "LICENCE", None),
    ("a licence that ended yesterday", "VISIT", "MARKETING", "2027-01-01 11:00", FREE, "LICENCE", None),
    ("selling by phone needs one more", "PHONE", "MARKETING", "11-23 10:00",
     FREE | {"asker": Asker("P-NEW", licences=LICENCES[:2])}, "LICENCE", None),
    ("a visit does not", "VISIT", "MARKETING", "11-23 10:00", FREE | {"asker": Asker("P-NEW", licences=LICENCES[:2])}, "",
     "11-23 10:00"),
    ("the system sends without a licence", "EMAIL", "MARKETING", "11-23 10:00", FREE | {"asker": None}, "", "11-23 10:00"),
    ("service needs none", "PHONE", "SERVICE", "11-23 10:00", {"asker": Asker("P-NEW")}, "", "11-23 10:00"),
    # -- collection, vector 17
    ("21:59:59", "PHONE", "COLLECTION", "11-23 21:59:59", {"bucket": "M1"}, "", "11-23 21:59:59"),
    ("22:00:00", "PHONE", "COLLECTION", "11-23 22:00:00", {"bucket": "M1"}, "COLLECTION_HOURS", "11-24 08:00"),
    ("07:59:59", "PHONE", "COLLECTION", "11-24 07:59:59", {"bucket": "M1"}, "COLLECTION_HOURS", "11-24 08:00"),
    ("08:00:00", "PHONE", "COLLECTION", "11-24 08:00:00", {"bucket": "M1"}, "", "11-24 08:00"),
    ("the seventh unanswered call", "PHONE", "COLLECTION", "11-23 10:00", {"bucket": "M1", "touches": vain(6)},
     "COLLECTION_CALLS", "11-24 08:00"),
    ("the sixth", "PHONE", "COLLECTION", "11-23 10:00", {"bucket": "M1", "touches": vain(5)}, "", "11-23 10:00"),
    ("yesterday's do not count", "PHONE", "COLLECTION", "11-24 10:00", {"bucket": "M1", "touches": vain(6)}, "", "11-24 10:00"),
    ("a text at night", "SMS", "COLLECTION", "11-23 23:00", {"bucket": "M1"}, "COLLECTION_HOURS", "11-24 08:00"),
    ("a visit at night", "VISIT", "COLLECTION", "11-24 05:00", {"bucket": "M1"}, "COLLECTION_HOURS", "11-24 08:00"),
    ("the debtor agreed to the night", "PHONE", "COLLECTION", "11-23 22:30",
     {"bucket": "M1", "consents": (agreed("COLLECTION", "PHONE"),)}, "", "11-23 22:30"),
    ("on a holiday collection has the same hours", "PHONE", "COLLECTION", "10-01 08:30", {"bucket": "M1"}, "", "10-01 08:30"),
    ("before the guideline came", "PHONE", "COLLECTION", "01-29 22:30", {"bucket": "M1"}, "", "01-29 22:30"),
    ("from M2 the collection unit", "PHONE", "COLLECTION", "11-23 10:00", {"bucket": "M2"}, "COLLECTION_UNIT", None),
    ("which may", "PHONE", "COLLECTION", "11-23 10:00", {"bucket": "M2", "asker": COLLECTOR}, "", "11-23 10:00"),
    ("with its licence", "PHONE", "COLLECTION", "11-23 10:00", {"bucket": "M4", "asker": Asker("P-X", collects=True)},
     "LICENCE", None),
    ("nothing is sold from M2 on", "PHONE", "MARKETING", "11-23 10:00", FREE | {"bucket": "M2"}, "IN_COLLECTION", None),
    ("in M1 it still is", "PHONE", "MARKETING", "11-23 10:00", FREE | {"bucket": "M1"}, "", "11-23 10:00"),
    ("service in M6+", "SMS", "SERVICE", "11-23 10:00", {"bucket": "M6+"}, "", "11-23 10:00"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("channel", "purpose", "at", "known", "code", "opens"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_the_table(channel: str, purpose: str, at: str, known: dict[str, Any], code: str, opens: str | None) -> None:
    told = dict(known)
    who = told.pop("asker", ANA)
    answer = decide(Question(channel, purpose, t(at)), Facts("C1", **told), book(), who)
    assert (answer.allowed, answer.code) == (code == "", code)
    assert answer.next_allowed_at == (t(opens) if opens else None)
    assert answer.sentence
    if code and code != "LEGAL":
        assert answer.rule_id
        assert answer.source


def test_the_table_is_long_enough_and_asks_about_everything() -> None:
    assert len(TABLE) >= 60
    assert {row[1] for row in TABLE} == {"PHONE", "SMS", "EMAIL", "VISIT", "BRANCH"}
    assert {row[2] for row in TABLE} == {"MARKETING", "SURVEY", "CARE", "SERVICE", "COLLECTION"}
    codes = {row[5] for row in TABLE}
    assert codes >= {"HOURS", "FESTIVAL", "CONSENT", "LICENCE", "CAP_DAY", "CAP_7_DAYS", "CAP_30_DAYS", "REFUSAL"}
    assert codes >= {"COMPLAINT", "HARDSHIP", "FRAUD", "DECEASED", "COLLECTION_HOURS", "COLLECTION_CALLS"}
    assert codes - {"", "LEGAL"} <= BLOCKS.keys()  # people read words; a hold of the bank's own keeps its name


def test_the_next_time_is_the_first_free_minute() -> None:
    """Every half hour up to the answer everything is red, and the minute before it too; at the answer it is green."""
    busy = Facts(
        "C1", consents=YES, touches=(touch("02-13 10:00"), touch("02-14 10:00")),
        holds=(Hold("REFUSAL", "MARKETING", date(2026, 2, 15)),),
    )  # fmt: skip
    at = t("02-14 15:00")
    opening = decide(Question("PHONE", "MARKETING", at), busy, book(), ANA).next_allowed_at
    assert opening == t("02-20 10:00")
    half_hours = [at + timedelta(minutes=30) * step for step in range((opening - at) // timedelta(minutes=30))]
    for moment in [*half_hours, opening - timedelta(minutes=1)]:
        assert not decide(Question("PHONE", "MARKETING", moment), busy, book(), ANA).allowed, moment
    assert decide(Question("PHONE", "MARKETING", opening), busy, book(), ANA).allowed


def test_every_block_is_told_the_weightiest_first() -> None:
    known = Facts("C1", bucket="M3", holds=(Hold("COMPLAINT"), Hold("DECEASED")), touches=(touch("11-23 09:30"),))
    answer = decide(Question("PHONE", "MARKETING", t("11-23 12:30")), known, book(), Asker("P-NEW"))
    codes = [block.code for block in answer.all_blocks]
    assert codes == [
        "DECEASED", "COMPLAINT", "CONSENT", "IN_COLLECTION", "LICENCE", "LICENCE", "LICENCE", "HOURS", "CAP_DAY",
    ]  # fmt: skip
    assert answer.next_allowed_at is None


def test_without_rules_nothing_is_allowed() -> None:
    answer = decide(Question("PHONE", "SERVICE", t("11-23 10:00")), Facts("C1"), Rulebook.of([], lambda day: True), ANA)
    assert (answer.allowed, answer.code) == (False, "RULES")


def test_a_rule_binds_from_its_day_on() -> None:
    stricter = Rule("contacts_per_day", 0, "BP304", "本行", "", date(2026, 12, 1))
    rules = Rulebook.of([rule for rows in book().rows.values() for rule in rows] + [stricter], workday)
    known = Facts("C1", consents=YES)
    assert decide(Question("PHONE", "MARKETING", t("11-30 10:00")), known, rules, ANA).allowed
    assert decide(Question("PHONE", "MARKETING", t("12-01 10:00")), known, rules, ANA).code == "CAP_DAY"


PASS = Pass(7, "PHONE", "MARKETING", frozenset({"HOURS"}), t("11-23 12:00"), t("11-24 12:00"))


def test_a_leaders_pass_opens_what_it_was_given_for() -> None:
    known = Facts("C1", consents=YES, passes=(PASS,))
    answer = decide(Question("PHONE", "MARKETING", t("11-23 12:30")), known, book(), ANA)
    assert (answer.allowed, answer.pass_id, answer.code) == (True, 7, "HOURS")


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({}, "11-24 12:00"),  # expired
        ({"channel": "SMS"}, "11-23 12:30"),
        ({"purpose": "CARE"}, "11-23 12:30"),
        ({"codes": frozenset({"CAP_DAY"})}, "11-23 12:30"),
        ({"granted_at": t("11-23 12:31")}, "11-23 12:30"),
    ],
)
def test_a_pass_opens_nothing_else(change: dict[str, Any], at: str) -> None:
    known = Facts("C1", consents=YES, passes=(replace(PASS, **change),))
    assert not decide(Question("PHONE", "MARKETING", t(at)), known, book(), ANA).allowed


def test_a_block_that_came_later_is_not_passed() -> None:
    known = Facts("C1", consents=YES, passes=(PASS,), holds=(Hold("COMPLAINT"),))
    assert decide(Question("PHONE", "MARKETING", t("11-23 12:30")), known, book(), ANA).code == "COMPLAINT"


@pytest.mark.parametrize("code", ["DECEASED", "CONSENT"])
def test_some_blocks_no_leader_may_pass(code: str) -> None:
    given = replace(PASS, codes=frozenset({"DECEASED", "CONSENT", "HOURS"}))
    known = Facts(
        "C1", consents=() if code == "CONSENT" else YES, passes=(given,),
        holds=(Hold("DECEASED"),) if code == "DECEASED" else (),
    )  # fmt: skip
    answer = decide(Question("PHONE", "MARKETING", t("11-23 12:30")), known, book(), ANA)
    assert (answer.allowed, answer.code, answer.passable) == (False, code, False)


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_the_days_of_spring_festival_are_holidays_of_the_calendar(year: int) -> None:
    rule = book().on("spring_festival", date(year, 6, 1))
    assert rule is not None
    assert rule.value.year == year
    for offset in range(3):
        day = rule.value + timedelta(days=offset)
        assert chinese_calendar.get_holiday_detail(day) == (True, "Spring Festival")
