"""One answer from all checks, and the first minute at which it would be green."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop

from kajing.contact.gate.answers import Answer, Block
from kajing.contact.gate.checks import CHECKS, day_of
from kajing.contact.gate.facts import Asker, Facts, Pass, Question
from kajing.contact.gate.rules import Rule, Rulebook

# Further ahead than any pause that ends by itself; a refusal is the longest with half a year.
_HORIZON = timedelta(days=800)
_NO_RULES = gettext_noop("The contact rules are not loaded. Ask an administrator to load the reference data.")


def decide(question: Question, facts: Facts, rules: Rulebook, asker: Asker | None = None) -> Answer:
    """Green or red, with every block, the weightiest first. Without an asker no person's licence is asked for."""
    blocks = _blocks(question, facts, rules, asker)
    if not blocks:
        return Answer(facts.customer_id, allowed=True, next_allowed_at=question.at)
    given = _pass(question, facts, rules, blocks)
    if given is not None:
        return Answer(facts.customer_id, True, blocks, question.at, pass_id=given.pk)
    passable = not _never(question, rules) & {block.code for block in blocks}
    return Answer(facts.customer_id, False, blocks, _opening(question, facts, rules, asker, blocks), passable=passable)


def _blocks(question: Question, facts: Facts, rules: Rulebook, asker: Asker | None) -> tuple[Block, ...]:
    if rules.missing(day_of(question.at)):
        return (Block("RULES", Rule("", None), _NO_RULES),)
    found: list[Block] = []
    for check in CHECKS:
        found.extend(check(question, facts, rules, asker))
    return tuple(found)


def _opening(
    question: Question, facts: Facts, rules: Rulebook, asker: Asker | None, blocks: tuple[Block, ...]
) -> datetime | None:
    """The first minute at which nothing blocks.

    Each block holds without a gap until its own opening, so no moment before the latest of them can be free: jump
    there and look again, as long as time alone is in the way.
    """
    latest = question.at + _HORIZON
    at = question.at
    while blocks:
        ends = [block.opens_at for block in blocks]
        waits = [end for end in ends if end is not None]
        if len(waits) < len(ends) or max(waits) <= at or max(waits) > latest:
            return None
        at = max(waits)
        blocks = _blocks(Question(question.channel, question.purpose, at), facts, rules, asker)
    return at


def _pass(question: Question, facts: Facts, rules: Rulebook, blocks: Iterable[Block]) -> Pass | None:
    """An override in force that covers every block; a block that came up after it was given is not covered."""
    codes = {block.code for block in blocks}
    if codes & _never(question, rules):
        return None
    for one in facts.passes:
        meant = one.channel == question.channel and one.purpose == question.purpose
        if meant and one.granted_at <= question.at < one.expires_at and codes <= one.codes:
            return one
    return None


def _never(question: Question, rules: Rulebook) -> set[str]:
    rule = rules.on("contact_override_never", day_of(question.at))
    return {"RULES", *(rule.many if rule else ())}
