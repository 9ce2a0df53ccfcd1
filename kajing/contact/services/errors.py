"""What may go wrong with a contact, in words that say what to do."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kajing.contact.gate import Answer
from kajing.lib.errors import DomainError
from kajing.ui import formats

SHORTEST_REASON = 2


class ContactRefused(DomainError):
    """The gate says no; `answer` holds every block and the next allowed time."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.answer = answer

    def __str__(self) -> str:
        opens = self.answer.next_allowed_at
        if opens is None:
            return self.answer.sentence
        moment = formats.minute(opens)
        return _("%(sentence)s Next allowed: %(moment)s.") % {"sentence": self.answer.sentence, "moment": moment}


class NotOpen(DomainError):
    """The contact has ended or was called off."""

    def __str__(self) -> str:
        return str(self.args[0] if self.args else _("This contact has ended already. Open it to see how."))


class BadTime(DomainError):
    """The time does not fit what is to be recorded."""

    status = 422


class BadChoice(DomainError):
    """A channel, purpose, outcome or step that is not one of the list."""

    status = 422

    def __str__(self) -> str:
        return str(_("Choose one of the list."))


class NoReason(DomainError):
    """A plan is called off, or a recording held, without a word why."""

    status = 422

    def __str__(self) -> str:
        return str(self.args[0] if self.args else _("Say in a few words why the plan is called off."))


class Stale(DomainError):
    """Somebody changed the contact since the page was drawn."""

    def __str__(self) -> str:
        return str(_("Somebody changed this contact in the meantime. Look at it again, then repeat."))
