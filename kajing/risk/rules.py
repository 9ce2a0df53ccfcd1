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
    Rule(
        "round_sums",
        gettext_noop("Round sums"),
        gettext_noop("Ask what the round sums were for"),
        gettext_noop("Several of your purchases were round sums. May I ask what they were for?"),
        icon="coin",
    ),
    Rule(
        "limit_emptied",
        gettext_noop("Limit emptied within a day"),
        gettext_noop("Ask about the purchases that emptied the limit"),
        gettext_noop("Your limit was nearly used up within a day. Was that planned, and is it enough for your needs?"),
        icon="cash",
    ),
    Rule(
        "same_merchant",
        gettext_noop("One merchant again and again"),
        gettext_noop("Ask about repeated purchases at one merchant"),
        gettext_noop("You bought at the same merchant several times within a week. Are these purchases in order?"),
        icon="repeat",
        event=True,
    ),
    Rule(
        "risky_trades",
        gettext_noop("Large sums at risky trades"),
        gettext_noop("Ask for the invoices of large purchases"),
        gettext_noop(
            "Most of your recent purchases were at wholesalers or the like. Could you show us an invoice or two?"
        ),
        icon="scale",
    ),
    Rule(
        "repay_respend",
        gettext_noop("Repaid and spent again at once"),
        gettext_noop("Ask about spending right after repaying"),
        gettext_noop(
            "After your last payments the same sum was spent again within a day. Is money short at the "
            "moment? We can look for a plan together."
        ),
        icon="arrows-exchange",
    ),
    Rule(
        "split_amounts",
        gettext_noop("One sum in several parts"),
        gettext_noop("Ask why a sum was split"),
        gettext_noop("Some purchases at one merchant came within minutes of each other. Was it one purchase?"),
        icon="columns-3",
        event=True,
    ),
    Rule(
        "terminal_jump",
        gettext_noop("Terminal that changes its trade"),
        gettext_noop("Ask what was bought at this terminal"),
        gettext_noop("A purchase shows a merchant that may not be the one you bought at. What did you buy there?"),
        icon="credit-card",
        event=True,
    ),
    Rule(
        "odd_hour",
        gettext_noop("Large purchase while the shop is shut"),
        gettext_noop("Ask about a purchase in the small hours"),
        gettext_noop("We see a large purchase in the small hours. Did you make it yourself?"),
        icon="moon-stars",
        event=True,
    ),
    Rule(
        "income_mismatch",
        gettext_noop("Spending far above income"),
        gettext_noop("Ask about spending above the income"),
        gettext_noop(
            "Your spending has grown well beyond before. Has your income changed? We would like to bring our "
            "records up to date."
        ),
        icon="trending-up",
    ),
    Rule(
        "circular_flow",
        gettext_noop("Bills paid by a merchant or a stranger"),
        gettext_noop("Hand the case to the risk team: bills paid by others"),
        gettext_noop("Your bill was paid from another account. May I ask who pays for you?"),
        icon="refresh",
    ),
    Rule(
        "impossible_travel",
        gettext_noop("Card at two places at once"),
        gettext_noop("Call the customer: the card may be copied"),
        gettext_noop(
            "The card itself was used at two places far apart. Is it with you, and did you make both purchases?"
        ),
        icon="plane",
        event=True,
    ),
    Rule(
        "card_testing",
        gettext_noop("Card testing"),
        gettext_noop("Call the customer: the card number may be stolen"),
        gettext_noop(
            "There were small attempts and then a large purchase with your card. Did you make it yourself? "
            "If not, we block the card now."
        ),
        icon="shield-x",
        event=True,
    ),
    Rule(
        "new_device",
        gettext_noop("New device and large amount"),
        gettext_noop("Call the customer about a purchase on a new device"),
        gettext_noop("A large purchase came from a device we have not seen before. Did you make it yourself?"),
        icon="key",
        event=True,
    ),
    Rule(
        "abroad_first",
        gettext_noop("First use abroad"),
        gettext_noop("Ask whether the customer is abroad"),
        gettext_noop(
            "Your card was used abroad for the first time in a while. Are you travelling, and did you make "
            "this purchase?"
        ),
        icon="map-pin",
        event=True,
    ),
    Rule(
        "night_burst",
        gettext_noop("Many purchases in one night"),
        gettext_noop("Ask about purchases in the night"),
        gettext_noop("Several purchases were made in one night. Did you make them yourself?"),
        icon="moon",
        event=True,
    ),
    Rule(
        "dormant_wake",
        gettext_noop("Sleeping card wakes with a large amount"),
        gettext_noop("Ask about the first use after a long time"),
        gettext_noop("Your card was used again after a long time. Did you make this purchase yourself?"),
        icon="clock-exclamation",
        event=True,
    ),
    Rule(
        "refund_storm",
        gettext_noop("Refund upon refund"),
        gettext_noop("Ask about the many refunds"),
        gettext_noop("We see several refunds within a week. Did something go wrong with your orders?"),
        icon="receipt-off",
    ),
    Rule(
        "first_payment",
        gettext_noop("First payment missed"),
        gettext_noop("Call about the very first payment"),
        gettext_noop(
            "The first payment of your new card has not reached us. Did the statement arrive, and when would "
            "it suit you to pay?"
        ),
        icon="alert-circle",
    ),
]
RULES: dict[str, Rule] = {rule.name: rule for rule in _RULES}


def rule(name: str) -> Rule:
    """The words of a rule; a rule added outside gets its own name and a plain task."""
    return RULES.get(name) or Rule(name, name, gettext_noop("Look into an alert"), "", icon="alert-triangle")


def rule_label(name: str) -> str:
    """The rule's name in the reader's language."""
    return gettext(rule(name).title)
