"""News this room sends. All are sent inside the transaction of the act; a receiver writes rows only."""

from django.dispatch import Signal

# A task was opened: task, actor (Person or None for the system), at.
task_opened = Signal()
# A task was done: task (with outcome and note), actor, at.
task_done = Signal()
# A task was brought back within the undo window: task, actor, at.
task_reopened = Signal()
# A task went to another owner: task, before (Person), actor, at.
task_reassigned = Signal()
# A task was called off: task, reason, actor, at.
task_cancelled = Signal()
# A request for approval ended: request (state APPROVED or RETURNED), actor, at.
approval_ended = Signal()
