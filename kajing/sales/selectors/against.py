"""What stands against contact, asked of the contact gate for many customers and purposes at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from kajing.contact.gate import Answer, Question, decide
from kajing.contact.selectors.facts import facts, rulebook
from kajing.lib.periods import SHANGHAI
from kajing.sales.judging import Against

Questions = Mapping[str, Iterable[tuple[str, str]]]
Stops = dict[tuple[str, str], Against]


def against(questions: Questions, at: datetime) -> dict[str, Stops]:
    """By customer and (purpose, channel): the weightiest rule that forbids contact for the whole day of `at`.

    `questions` names what is asked of whom; facts are read for those customers only. A rule that ends by itself before
    the day does, such as the hour, is no reason to leave an action out. Who sells is not known yet, so licences are
    asked for when the contact is planned.
    """
    rules = rulebook(at)
    found: dict[str, Stops] = {}
    for pk, known in facts(questions, at):
        answers = {key: decide(Question(key[1], key[0], at), known, rules) for key in questions[pk]}
        stops = {key: Against(one.sentence, one.rule_id) for key, one in answers.items() if _closed_all_day(one, at)}
        if stops:
            found[pk] = stops
    return found


def _closed_all_day(answer: Answer, at: datetime) -> bool:
    if answer.allowed:
        return False
    day = at.astimezone(SHANGHAI).date()
    opens = answer.next_allowed_at
    return opens is None or opens.astimezone(SHANGHAI).date() >= day + timedelta(days=1)
