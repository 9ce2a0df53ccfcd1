"""What each alert rule is called, and what its task asks the manager to do. The engine knows how one is computed."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop

SEVERITIES = ("L1", "L2", "L3", "L4", "L5")
MUST_DO_FROM = "L3"


@dataclass(frozen=True, slots=True)
class Rule:
    """The words of one rule: its name, what to do, and a sentence the manager may say (G3.1). All are message ids."""

    name: str
    title: str
    task: str
    may_say: str
    icon: str
    credit: bool = True  # about credit or fraud risk; the others are about a customer who is leaving
    event: bool = False  # tells of something that happened once, so it does not close by itself the next night


_RULES = [
    Rule(
        "missed_payment",
        gettext_noop("Payment missed"),
        gettext_noop("Remind of the missed payment"),
        gettext_noop("Your minimum payment has not reached us yet. When would it suit you to pay it?"),
        icon="phone-call",
    ),
    Rule(
        "utilisation_jump",
        gettext_noop("Use of the limit jumped"),
        gettext_noop("Ask about the jump in use of the limit"),
        gettext_noop("You have used much more of your limit than usual. Is everything in order with these purchases?"),
        icon="trending-up",
    ),
    Rule(
        "min_pay_streak",
        gettext_noop("Only minimum payments"),
        gettext_noop("Talk about paying off in instalments"),
        gettext_noop(
            "You have paid the minimum for some months. An instalment plan may cost you less; shall I explain?"
        ),
        icon="repeat",
    ),
    Rule(
        "amount_outlier",
        gettext_noop("Unusual amount"),
        gettext_noop("Check an unusual purchase with the customer"),
        gettext_noop("We noticed a purchase that differs from your habit. Did you make it yourself?"),
        icon="alert-triangle",
        event=True,
    ),
    Rule(
        "sleeping_soon",
        gettext_noop("Card about to sleep"),
        gettext_noop("Wake the card before it counts as sleeping"),
        gettext_noop(
            "Your card has not been used for a long time. Is there something about it that does not suit you?"
        ),
        icon="moon",
        credit=False,
    ),
    Rule(
        "silence",
        gettext_noop("Quieter than usual"),
        gettext_noop("Ask why the customer has gone quiet"),
        gettext_noop("You used to use your card more often. Did anything go wrong that we could mend?"),
        icon="clock",
        credit=False,
    ),
]
RULES: dict[str, Rule] = {rule.name: rule for rule in _RULES}


def rule(name: str) -> Rule:
    """The words of a rule; a rule added outside gets its own name and a plain task."""
    return RULES.get(name) or Rule(name, name, gettext_noop("Look into an alert"), "", icon="alert-triangle")


def rule_label(name: str) -> str:
    """The rule's name in the reader's language."""
    return gettext(rule(name).title)
