"""Acts that need others' consent. A room says what one is: `approvals.register(Act(name="customers.export", …))`.

A room below this one saves its request and sends a signal; a receiver here asks for the approval. A room above calls
`workflow.services.ask_approval`. In the transaction of the last vote `apply` is called; when it raises a DomainError,
nothing is applied and the request stays open with that sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext

if TYPE_CHECKING:
    from kajing.workflow.models import ApprovalRequest

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Change:
    """One line of "what changes": the label, how it is, how it shall be; ready to read."""

    label: Text
    before: str
    after: str


Apply = Callable[["ApprovalRequest", datetime], None]


def _nothing(request: ApprovalRequest, at: datetime) -> None:
    """An act without a mark of its own for this event."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """One sort of act. `describe(payload)` tells what changes in the reader's language.

    `policies` are keys of dated parameters that stand behind the decision; `amount` names what the chain's conditions
    compare ("money" in fen, or a count). `returned`, `taken_back` and `sent_again` let the room put its own
    record right.
    """

    name: str
    title: str  # a message id
    apply: Apply
    describe: Callable[[Mapping[str, Any]], Sequence[Change]]
    permission: str  # the right to ask
    chain: Sequence[Mapping[str, Any]] = ({"name": "Leader", "way": "ANY", "who": [{"leader": True}]},)
    policies: Sequence[str] = ()
    amount: str = ""  # "", "money", "count"
    amount_label: Text = ""
    url: Callable[[Mapping[str, Any]], str] = field(default=lambda payload: "")
    open_to_deciders: bool = False  # whether who decides may open `url` too, not the asker alone
    returned: Apply = _nothing
    taken_back: Apply = _nothing
    sent_again: Apply = _nothing
    icon: str = "rubber-stamp"
    by_rules: bool = False  # whether a rule may ask it about a customer

    @property
    def words(self) -> str:
        """The title in the reader's language."""
        return gettext(self.title)


class AlreadyRegistered(ValueError):
    """Two acts share a name."""


_ACTS: dict[str, Act] = {}


def register(act: Act) -> Act:
    """Add one act. Raises AlreadyRegistered."""
    if act.name in _ACTS:
        raise AlreadyRegistered(act.name)
    _ACTS[act.name] = act
    return act


def unregister(name: str) -> None:
    """Take an act away: for tests and plug-ins."""
    _ACTS.pop(name, None)


def act_of(name: str) -> Act | None:
    """The act of that name; None when its room is gone."""
    return _ACTS.get(name)


def acts() -> list[Act]:
    """Every act, by name."""
    return [_ACTS[name] for name in sorted(_ACTS)]
