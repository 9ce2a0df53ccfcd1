"""The way of a lead, from the first name to a card in use: which stages follow, and who may set them."""

from __future__ import annotations

from kajing.sales.models import Lead

Stage = Lead.Stage
# In the order of the way.
WAY: tuple[str, ...] = (
    Stage.LEAD, Stage.CONTACTED, Stage.INTENT, Stage.SUBMITTED, Stage.APPROVED, Stage.ISSUED, Stage.ACTIVATED,
    Stage.FIRST_SPEND, Stage.ACTIVE90,
)  # fmt: skip
# Set by people; the later ones become known from the bank's files alone.
BY_HAND: tuple[str, ...] = WAY[:5]
KNOWN_LATER: tuple[str, ...] = WAY[5:]
OPEN: tuple[str, ...] = BY_HAND  # a lead that somebody still has to win
RETURNING: tuple[str, ...] = WAY[:3]  # goes to the pool when its time is over; an application keeps its owner
# What people can do by the product's own rules; a state gate narrows it.
MOVES: tuple[tuple[str, str], ...] = (
    *((before, to) for before in BY_HAND for to in BY_HAND if before != to),
    *((before, Stage.LOST) for before in BY_HAND),
    *((Stage.LOST, to) for to in BY_HAND[:4]),
)


def place(stage: str) -> int:
    """How far a stage is on the way, from 0; -1 for lost."""
    return WAY.index(stage) if stage in WAY else -1


def is_back(before: str, to: str) -> bool:
    """Whether a move leads back on the way."""
    return 0 <= place(to) < place(before)
