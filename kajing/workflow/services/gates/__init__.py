"""Acts on state gates: written, tested, published, closed; moves through them; records that stay too long."""

from kajing.workflow.services.gates.moving import Asked, CannotMove, make_move
from kajing.workflow.services.gates.passing import forget, guard
from kajing.workflow.services.gates.staying import sweep
from kajing.workflow.services.gates.versions import (
    CannotPublish,
    draft_gate,
    publish_gate,
    restore_gate,
    retire_gate,
    try_gate,
)

__all__ = [
    "Asked",
    "CannotMove",
    "CannotPublish",
    "draft_gate",
    "forget",
    "guard",
    "make_move",
    "publish_gate",
    "restore_gate",
    "retire_gate",
    "sweep",
    "try_gate",
]
