"""The acts a person may take back."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from kajing.lib.scope import ALL
from kajing.org.scoping import current_scope
from kajing.records.models import Reversal


def reversals(user: Any) -> QuerySet[Reversal]:
    """Acts this person sees on the undo page: their own, those of their unit for leaders, all for administrators."""
    if user.has_perm("records.undo_any"):
        return Reversal.objects.all()
    return Reversal.objects.filter(_undoable(user))


def undoable(user: Any) -> QuerySet[Reversal]:
    """Acts this person may look into and take back: who sees no customer takes back only what they did themselves."""
    return Reversal.objects.filter(_undoable(user))


def may_undo(user: Any, reversal: Reversal) -> bool:
    """Whether the act is this person's to take back."""
    return bool(user.has_perm("records.undo") and undoable(user).filter(pk=reversal.pk).exists())


def _undoable(user: Any) -> Q:
    mine = Q(actor=user.person_no)
    if not user.has_perm("records.undo_team"):
        return mine
    units = current_scope(user).units
    return Q() if units is ALL else mine | Q(unit__in=units)
