"""The contact gate (G1.2): whether a customer may be contacted by a channel, for a purpose, at a moment.

Pure: facts, rules and a calendar in, an answer out; no database and no clock. `contact.selectors.may_contact` collects
the facts. Rules are the bank's dated rows (domain §2.5, §2.10, §8), so the same question about another day may have
another answer.
"""

from kajing.contact.gate.answers import Answer, Block
from kajing.contact.gate.checks import CHECKS
from kajing.contact.gate.decision import decide
from kajing.contact.gate.facts import Asker, Facts, Hold, Pass, Question, Touch, Word
from kajing.contact.gate.rules import KEYS, Rule, Rulebook

__all__ = [
    "CHECKS",
    "KEYS",
    "Answer",
    "Asker",
    "Block",
    "Facts",
    "Hold",
    "Pass",
    "Question",
    "Rule",
    "Rulebook",
    "Touch",
    "Word",
    "decide",
]
