"""Business acts on complaints: coming in (`registering`), people's acts, more time (`extending`), the night."""

from kajing.complaints.services.acts import (
    CannotAct,
    Recused,
    accept,
    answer,
    assign,
    begin,
    change,
    close,
    refuse,
    reopen,
    withdraw,
)
from kajing.complaints.services.extending import extend, tell_complainant
from kajing.complaints.services.many import act_on_many, look_at_many
from kajing.complaints.services.night import escalate
from kajing.complaints.services.registering import CannotRegister, SameOpen, add_facts, merge, register
from kajing.complaints.services.revealing import reveal_phone
from kajing.complaints.services.writing import NotOpen, Stale

__all__ = [
    "CannotAct",
    "CannotRegister",
    "NotOpen",
    "Recused",
    "SameOpen",
    "Stale",
    "accept",
    "act_on_many",
    "add_facts",
    "answer",
    "assign",
    "begin",
    "change",
    "close",
    "escalate",
    "extend",
    "look_at_many",
    "merge",
    "refuse",
    "register",
    "reopen",
    "reveal_phone",
    "tell_complainant",
    "withdraw",
]
