"""News of undo."""

from django.dispatch import Signal

# An act was undone: `reversal`, `actor` (person_no), `at`. Sent in the transaction that completes it.
undone = Signal()
