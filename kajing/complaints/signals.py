"""News this room sends, inside the transaction of the act; a receiver writes rows only."""

from django.dispatch import Signal

# A complaint came in: complaint, actor, at.
complaint_registered = Signal()
# A complaint went from state to state: complaint, before, actor, at.
complaint_moved = Signal()
