"""What rules write on complaints: the same columns and checks, in the name of the system."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from kajing.complaints import choices
from kajing.complaints.models import Complaint
from kajing.complaints.services import registering, writing
from kajing.complaints.services.writing import must_stand, save, tell


@transaction.atomic
def write(*, row: Complaint, name: str, value: str | bool, rule: str, at: datetime) -> None:
    """Set priority or the escalate flag of an open complaint; the own clock follows. Raises NotOpen."""
    row = Complaint.objects.select_for_update(of=("self",)).get(pk=row.pk)
    must_stand(row, *choices.OPEN)
    before = getattr(row, name)
    if before == value:
        return
    setattr(row, name, value)
    registering.set_clocks(row)
    save(row)
    tell(row, "change", gettext_noop("Changed by a rule"), actor=None, at=at, note=f"rule:{rule}",
         changes={name: [before, value]})  # fmt: skip
    writing.keep_hold(row, actor=writing.SYSTEM, at=at)
