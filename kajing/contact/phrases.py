"""What may be said: the sentences a caller begins with, by purpose, and what no caller may promise."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kajing.contact.choices import Purpose

# The forbidden topic when no fact of the customer names one (2011 Measures Art. 39, domain §2.2 and §2.5).
FORBIDDEN = {
    Purpose.MARKETING: _("Promising approval, a limit or a quick card."),
    Purpose.COLLECTION: _("The debt in front of anybody but the debtor."),
    Purpose.SURVEY: _("Asking for a better mark."),
}
FORBIDDEN_ELSE = _("Selling under cover of a service call.")
GOALS = {
    Purpose.MARKETING: _("Find out what the customer uses the card for, then offer what fits."),
    Purpose.CARE: _("Ask how the card serves, and note what is missing."),
    Purpose.SERVICE: _("Settle what the customer asked for, and say what happens next."),
    Purpose.SURVEY: _("Ask the questions of the survey and thank."),
    Purpose.COLLECTION: _("Agree on the day and the amount of the payment."),
}
_HELLO = gettext_noop(
    "This is %(name)s, staff number %(no)s, of the bank's card centre. Am I speaking with the holder?"
)
_RECORDED = gettext_noop("This call is recorded. Is this a good moment?")
_WORDS = {
    Purpose.MARKETING: gettext_noop(
        "You may say no at any time, and I will note it. The yearly rate and all fees are…"
    ),
    Purpose.CARE: gettext_noop("I only want to ask how you are getting on with the card. I sell nothing today."),
    Purpose.SERVICE: gettext_noop(
        "It is about your card. I will never ask for a password or a code from a text message."
    ),
    Purpose.SURVEY: gettext_noop("It takes two minutes. Your answers change nothing about your card."),
    Purpose.COLLECTION: gettext_noop("I speak only with you about this. On which day, and how much can you pay?"),
}


def phrases(purpose: str) -> list[str]:
    """Message ids of the sentences, in the order they are said; the first takes `name` and `no`."""
    return [_HELLO, _RECORDED, _WORDS[Purpose(purpose)]]
