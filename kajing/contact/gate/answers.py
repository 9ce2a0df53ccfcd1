"""What the gate says: allowed or not, by which rule, and when it opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.contact.gate.rules import Rule

OPEN = gettext_noop("Contact is allowed now.")
OPEN_BY_PASS = gettext_noop("Allowed once by a leader's decision.")


@dataclass(frozen=True, slots=True)
class Block:
    """One reason against. `opens_at` is the first moment it alone would let pass; None: a person must act."""

    code: str
    rule: Rule
    text: str  # a message id
    params: Mapping[str, Any] = field(default_factory=dict)
    opens_at: datetime | None = None

    @property
    def sentence(self) -> str:
        """Why not, and what would help, in the reader's language."""
        return _(self.text) % {name: str(value) for name, value in self.params.items()}


@dataclass(frozen=True, slots=True)
class Answer:
    """Green or red.

    `next_allowed_at` is the question's own time when green; when red the first minute at which every block has ended
    by itself, or None when time alone opens nothing.
    """

    customer_id: str
    allowed: bool
    all_blocks: tuple[Block, ...] = ()
    next_allowed_at: datetime | None = None
    pass_id: int | None = None  # the leader's override that opened it
    passable: bool = False  # a leader may override what blocks

    @property
    def block(self) -> Block | None:
        """The weightiest reason against, also when a leader's pass overrides it."""
        return self.all_blocks[0] if self.all_blocks else None

    @property
    def code(self) -> str:
        """The weightiest block's name, such as HOURS or CONSENT; empty when nothing blocks."""
        return self.block.code if self.block else ""

    @property
    def rule_id(self) -> str:
        """The number of the rule that decides, such as BP301; empty when nothing blocks."""
        return self.block.rule.rule_id if self.block else ""

    @property
    def source(self) -> str:
        """Where the rule comes from."""
        return self.block.rule.source if self.block else ""

    @property
    def article(self) -> str:
        """The article or section of the source."""
        return self.block.rule.article if self.block else ""

    @property
    def sentence(self) -> str:
        """The answer in one sentence in the reader's language."""
        if self.allowed:
            return _(OPEN_BY_PASS) if self.pass_id else _(OPEN)
        return self.block.sentence if self.block else ""
