"""Acts of the room: what the night suggests, what people decide, how the catalogue is shaped."""

from kajing.sales.services.catalogue import CannotShape, install_actions, shape_action
from kajing.sales.services.deciding import (
    REJECTIONS,
    AlreadyDecided,
    CannotDecide,
    accept,
    put_off,
    reject,
    take_back,
)
from kajing.sales.services.nightly import judge_outcomes, suggest

__all__ = [
    "REJECTIONS",
    "AlreadyDecided",
    "CannotDecide",
    "CannotShape",
    "accept",
    "install_actions",
    "judge_outcomes",
    "put_off",
    "reject",
    "shape_action",
    "suggest",
    "take_back",
]
