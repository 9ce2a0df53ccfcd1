"""Undo of whole acts: journal, preview, return. What an act is told by `journal`; everything else follows from it."""

from kajing.records.undo.conflicts import REBUILT, TABLE_WORDS
from kajing.records.undo.writing import Journal, TooMuchToUndo, begin, finish, journal, recording, surrounding

__all__ = [
    "REBUILT",
    "TABLE_WORDS",
    "Journal",
    "TooMuchToUndo",
    "begin",
    "finish",
    "journal",
    "recording",
    "surrounding",
]
