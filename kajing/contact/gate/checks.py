"""Every check of the gate, one function each, in order of weight: what no time heals first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext_noop

from kajing.contact.choices import Channel, Purpose
from kajing.contact.gate.answers import Block
from kajing.contact.gate.facts import Asker, Facts, Hold, Question, Word
from kajing.contact.gate.rules import Rule, Rulebook
from kajing.lib.periods import SHANGHAI
from kajing.ui import formats

Check = Callable[[Question, Facts, Rulebook, Asker | None], Iterator[Block]]
_DAY = timedelta(days=1)
_BUCKETS = ("", "M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+")
# Care has no entry of its own in the consent ledger: who refuses service messages refuses greetings as well.
_LEDGER = {Purpose.CARE.value: "SERVICE"}


def day_of(at: datetime) -> date:
    """The Shanghai day of a moment."""
    return at.astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """Midnight at the start of a Shanghai day."""
    return datetime.combine(day, time.min, SHANGHAI)


# -- holds -----------------------------------------------------------------------------------------------------------
_HOLD_TEXTS = {
    "DECEASED": gettext_noop("The customer has died. Nobody may contact them."),
    "FRAUD": gettext_noop("A fraud case is open. Only its own service calls are allowed."),
    "HARDSHIP": gettext_noop("A hardship plan is running: no collection and no selling while it is kept."),
    "COMPLAINT": gettext_noop("A complaint is open. Settle it before any other contact."),
    "REFUSAL": gettext_noop("The customer asked never to be contacted again."),
    "TRIAL": gettext_noop("Held back by lot for a comparison: no selling while the trial runs."),
}
_REFUSED_UNTIL = gettext_noop("The customer refused; no contact up to and including %(until)s.")
_HELD = gettext_noop("Contact is on hold: %(kind)s.")
_ORDER = tuple(_HOLD_TEXTS)


def on_hold(question: Question, facts: Facts, rules: Rulebook, asker: Asker | None) -> Iterator[Block]:
    """Death, fraud case, hardship plan, complaint, refusal; one block a kind, that of the hold that ends last."""
    day = day_of(question.at)
    stopping: dict[str, tuple[Hold, Rule]] = {}
    for hold in facts.holds:
        rule = _stops(hold, question.purpose, rules, day)
        if rule is None or (hold.until is not None and hold.until < day):
            continue
        known = stopping.get(hold.kind)
        if known is None or _later(hold.until, known[0].until):
            stopping[hold.kind] = (hold, rule)
    for kind in sorted(stopping, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER)):
        yield _hold_block(*stopping[kind])


def _stops(hold: Hold, purpose: str, rules: Rulebook, day: date) -> Rule | None:
    """The rule by which a hold stops a purpose, or None. A kind without a rule stops everything."""
    rule = rules.on(f"hold_stops_{hold.kind.lower()}", day)
    if hold.purpose:
        return (rule or Rule("", ())) if hold.purpose == purpose else None
    return (rule if purpose in rule else None) if rule else Rule("", ())


def _later(one: date | None, other: date | None) -> bool:
    return other is not None and (one is None or one > other)


def _hold_block(hold: Hold, rule: Rule) -> Block:
    opens = start_of(hold.until + _DAY) if hold.until else None
    text = _HOLD_TEXTS.get(hold.kind, _HELD)
    if hold.kind == "REFUSAL" and hold.until:
        text = _REFUSED_UNTIL
    return Block(hold.kind, rule, text, {"until": hold.until, "kind": hold.kind}, opens)


# -- consent ---------------------------------------------------------------------------------------------------------
_NEVER_ASKED = gettext_noop("The customer has not agreed to %(purpose)s by %(channel)s. Ask for consent first.")
_WITHDRAWN = gettext_noop("The customer withdrew consent to %(purpose)s by %(channel)s.")


def without_consent(question: Question, facts: Facts, rules: Rulebook, asker: Asker | None) -> Iterator[Block]:
    """The newest word for the channel or for any channel decides; who came to the branch is asked in person."""
    if question.channel == Channel.BRANCH:
        return
    day = day_of(question.at)
    word = newest_word(facts, question.purpose, question.channel, question.at)
    opt_in, opt_out = rules.on("consent_opt_in_purposes", day), rules.on("consent_opt_out_purposes", day)
    names = {"purpose": Purpose(question.purpose).label, "channel": Channel(question.channel).label}
    if opt_in and question.purpose in opt_in and (word is None or not word.given):
        yield Block("CONSENT", opt_in, _WITHDRAWN if word else _NEVER_ASKED, names)
    elif opt_out and question.purpose in opt_out and word is not None and not word.given:
        yield Block("CONSENT", opt_out, _WITHDRAWN, names)


def newest_word(facts: Facts, purpose: str, channel: str, at: datetime) -> Word | None:
    """The newest entry of the ledger on a purpose, for this channel or any; facts list the newest first."""
    ledger = _LEDGER.get(purpose, purpose)
    for word in facts.consents:
        if word.purpose == ledger and word.channel in {channel, "ANY"} and word.at <= at:
            return word
    return None


# -- who may ask -----------------------------------------------------------------------------------------------------
_NO_LICENCE = gettext_noop(
    "You hold no valid %(code)s licence. Take the training before you sell; if you hold it, have it entered by the "
    "administrator."
)
_NONE_RECORDED = gettext_noop(
    "Selling needs a %(code)s licence, and nobody's licences are in the system yet. Ask the administrator to import "
    "them as a file, or to set the day from which they are asked for (parameter licences_enforced_from)."
)
_NO_COLLECTOR = gettext_noop("You hold no valid %(code)s licence. Collection is not yours to do.")
_UNIT_ONLY = gettext_noop("From %(bucket)s on only the collection unit talks about the debt.")
_NO_SELLING = gettext_noop("The account is in collection (%(bucket)s): no selling.")


def unlicensed(question: Question, facts: Facts, rules: Rulebook, asker: Asker | None) -> Iterator[Block]:
    """Selling asks for the seller's licences, and one more by phone (2011 Measures Art. 39), from the bank's day on."""
    if asker is None or question.purpose != Purpose.MARKETING:
        return
    day = day_of(question.at)
    start = rules.on("licences_enforced_from", day)
    if start is not None and day < start.value:
        return
    text = _NO_LICENCE if asker.any_recorded else _NONE_RECORDED
    keys = ["licences_marketing", *(["licences_marketing_phone"] if question.channel == Channel.PHONE else [])]
    yield from _lacking(asker, keys, rules, day, text)


def in_collection(question: Question, facts: Facts, rules: Rulebook, asker: Asker | None) -> Iterator[Block]:
    """From a bucket on the debt belongs to the collection unit, and nothing is sold to the customer."""
    day = day_of(question.at)
    rule = rules.on("collection_unit_from_bucket", day)
    if rule is None or _BUCKETS.index(facts.bucket) < _BUCKETS.index(rule.value):
        return
    if question.purpose == Purpose.MARKETING:
        yield Block("IN_COLLECTION", rule, _NO_SELLING, {"bucket": facts.bucket})
    elif question.purpose == Purpose.COLLECTION and asker is not None:
        if asker.collects:
            yield from _lacking(asker, ["licences_late_collection"], rules, day, _NO_COLLECTOR)
        else:
            yield Block("COLLECTION_UNIT", rule, _UNIT_ONLY, {"bucket": rule.value})


def _lacking(asker: Asker, keys: list[str], rules: Rulebook, day: date, text: str) -> Iterator[Block]:
    for key in keys:
        rule = rules.on(key, day)
        for code in rule.many if rule else ():
            if rule is not None and not asker.holds(code, day):
                yield Block("LICENCE", rule, text, {"code": code})


# -- hours -----------------------------------------------------------------------------------------------------------
_WORKDAY_HOURS = gettext_noop("On workdays contact is allowed %(hours)s.")
_OTHER_HOURS = gettext_noop("On weekends and holidays contact is allowed %(hours)s.")
_FESTIVAL = gettext_noop("No contact on the first %(days)s days of Spring Festival.")
_NIGHT = gettext_noop("No collection %(hours)s without the debtor's consent.")


def outside_hours(question: Question, facts: Facts, rules: Rulebook, asker: Asker | None) -> Iterator[Block]:
    """Do-not-disturb hours: workdays and other days differ, a make-up Saturday is a workday."""
    day, now = day_of(question.at), question.at.astimezone(SHANGHAI).time()
    if not _disturbs(question, rules, day) or _festival(rules, day):
        return
    rule = _hours(rules, day)
    if rule is None or any(now in span for span in rule.many):
        return
    text = _WORKDAY_HOURS if rules.is_workday(day) else _OTHER_HOURS
    hours = formats.listed(f"{span.low:%H:%M}–{span.high:%H:%M}" for span in rule.many)
    yield Block("HOURS", rule, text, {"hours": hours}, _next_opening(rules, day, now))


def _next_opening(rules: Rulebook, day: date, now: time) -> datetime:
    """The first opening after a time of day: later today, or the first of tomorrow."""
    today = _hours(rules, day)
    later = [span.low for span in today.many if span.low > now] if today else []
    if later:
        return datetime.combine(day, min(later), SHANGHAI)
    rule = _hours(rules, day + _DAY)
    first = min(span.low for span in rule.many) if rule else time.min
    return datetime.combine(day + _DAY, first, SHANGHAI)


def _hours(rules: Rulebook, day: date) -> Rule | None:
    return rules.on("contact_hours_workday" if rules.is_workday(day) else "contact_hours_other_day", day)


def in_festival(question: Question, facts: Facts, rules: Rulebook, asker: Asker | None) -> Iterator[Block]:
    """The first days of Spring Festival are quiet, at any hour."""
    day = day_of(question.at)
    end = _festival(rules, day)
    rule = rules.on("spring_festival_quiet_days", day)
    if end and rule and _disturbs(question, rules, day):
        yield Block("FESTIVAL", rule, _FESTIVAL, {"days": rule.value}, start_of(end))


def _festival(rules: Rulebook, day: date) -> date | None:
    """The first day after the quiet days when `day` is one of them."""
    first, quiet = rules.on("spring_festival", day), rules.on("spring_festival_quiet_days", day)
    if first is None or quiet is None:
        return None
    end: date = first.value + quiet.value * _DAY
    return end if first.value <= day < end else None


def _disturbs(question: Question, rules: Rulebook, day: date) -> bool:
    """Whether hours and festival bind: service notices and people at the branch are not disturbed."""
    purposes, channels = rules.on("capped_purposes", day), rules.on("contact_hours_channels", day)
    return bool(purposes and channels and question.purpose in purposes and question.channel in channels)


def at_night(question: Question, facts: Facts, rules: Rulebook, asker: Asker | None) -> Iterator[Block]:
    """No collection from 22:00:00 up to 07:59:59, by any channel, unless the debtor agreed (domain §2.5)."""
    day, now = day_of(question.at), question.at.astimezone(SHANGHAI).time()
    rule = rules.on("quiet_hours", day)
    if question.purpose != Purpose.COLLECTION or rule is None or now not in rule.value:
        return
    word = newest_word(facts, Purpose.COLLECTION, question.channel, question.at)
    if word is not None and word.given:
        return
    opens = datetime.combine(day + _DAY if now > rule.value.high else day, rule.value.high, SHANGHAI)
    hours = f"{rule.value.low:%H:%M}–{rule.value.high:%H:%M}"
    yield Block("COLLECTION_HOURS", rule, _NIGHT, {"hours": hours}, opens)


# -- counts ----------------------------------------------------------------------------------------------------------
_CALLS = gettext_noop("%(count)s calls went unanswered today; %(most)s a day is the most.")
_CAPS = (
    ("CAP_DAY", "contacts_per_day", 1,
     gettext_noop("The customer has been contacted %(count)s times that day; %(most)s is the most.")),
    ("CAP_7_DAYS", "contacts_per_7_days", 7,
     gettext_noop("The customer has been contacted %(count)s times in 7 days; %(most)s is the most.")),
    ("CAP_30_DAYS", "contacts_per_30_days", 30,
     gettext_noop("The customer has been contacted %(count)s times in 30 days; %(most)s is the most.")),
)  # fmt: skip


def unanswered(question: Question, facts: Facts, rules: Rulebook, asker: Asker | None) -> Iterator[Block]:
    """A debtor is rung in vain only so often a day, over all agents."""
    day = day_of(question.at)
    rule = rules.on("max_unanswered_attempts_same_contact_day", day)
    if question.purpose != Purpose.COLLECTION or question.channel != Channel.PHONE or rule is None:
        return
    vain = [one for one in facts.touches if one.unanswered and one.purpose == Purpose.COLLECTION and one.day == day]
    if len(vain) >= rule.value:
        params = {"count": len(vain), "most": rule.value}
        yield Block("COLLECTION_CALLS", rule, _CALLS, params, start_of(day + _DAY))


def over_caps(question: Question, facts: Facts, rules: Rulebook, asker: Asker | None) -> Iterator[Block]:
    """One a day, two in 7 days, four in 30, over all managers, campaigns and channels, planned ones included."""
    day = day_of(question.at)
    capped = rules.on("capped_purposes", day)
    if capped is None or question.purpose not in capped or question.channel == Channel.BRANCH:
        return
    days = sorted(one.day for one in facts.touches if one.purpose in capped and one.channel != Channel.BRANCH)
    for code, key, length, text in _CAPS:
        rule = rules.on(key, day)
        count = _fullest(days, day, length)
        if rule is not None and count >= rule.value:
            opens = start_of(_free_day(days, day, length, rule.value))
            yield Block(code, rule, text, {"count": count, "most": rule.value}, opens)


def _fullest(days: list[date], day: date, length: int) -> int:
    """The most contacts in any `length` days in a row that hold `day`: those already planned after it count too."""
    ends = (day + offset * _DAY for offset in range(length))
    return max(sum(end - length * _DAY < one <= end for one in days) for end in ends)


def _free_day(days: list[date], day: date, length: int, most: int) -> date:
    """The first day on which one more contact keeps within the cap; the last one plus the length always does."""
    found = day + _DAY
    while _fullest(days, found, length) >= most > 0 and found <= days[-1] + length * _DAY:
        found += _DAY
    return found


CHECKS: tuple[Check, ...] = (
    on_hold, without_consent, in_collection, unlicensed, in_festival, outside_hours, at_night, unanswered, over_caps,
)  # fmt: skip
