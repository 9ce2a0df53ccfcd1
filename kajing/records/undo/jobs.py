"""The undo of large acts, and forgetting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from kajing.records.models import Reversal
from kajing.records.undo import returning

if TYPE_CHECKING:
    from kajing.queue.context import JobContext


def undo_large(context: JobContext, *, reversal: int, redo: int, actor: str) -> dict[str, Any]:
    """Chunk by chunk from the end; a restart goes on where the last commit was."""
    found, back = Reversal.objects.get(pk=reversal), Reversal.objects.get(pk=redo)
    total = found.chunks
    rows = int(context.state.get("rows", 0))
    for chunk in range(int(context.state.get("next", total)), 0, -1):
        with context.step():
            rows += returning.undo_chunk(reversal=found, redo=back, chunk=chunk)
            context.checkpoint({"next": chunk - 1, "rows": rows}, done=total - chunk + 1, total=total)
    with context.step():
        returning.complete(actor=actor, reversal=found, redo=back, at=timezone.now())
    return {"rows": rows, "kept": found.kept}


def forget(_context: JobContext) -> int:
    """Every night: images are kept no longer than undo is possible."""
    return returning.forget(timezone.now())
