"""Complaints carry the bank's own fields, tags and files."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kajing.complaints.models import Complaint
from kajing.complaints.selectors import VIEW, complaints, with_all
from kajing.customers.services.reveals import check_quota
from kajing.org.models import Unit
from kajing.records import kinds
from kajing.ui import registry as ui


def register() -> None:
    """Make complaints a kind of record, and their page one that takes panels."""
    ui.register_slot(ui.Slot(name="complaint", load=_complaint))
    kinds.register(
        kinds.Kind(
            name="complaint", label=_("Complaint"), visible=complaints, view=VIEW, numeric=True,
            customer_of=customer_of, place=place, url=lambda pk: reverse("complaints:detail", args=[pk]),
            check_reveal=check_quota,
        ),
        slot="complaint",
    )  # fmt: skip


def customer_of(pk: str) -> str:
    """The customer of a complaint, for the audit trail."""
    found = Complaint.objects.filter(pk=pk).values_list("customer_id", flat=True).first()
    return str(found) if found else ""


def place(pk: str) -> Unit | None:
    """The unit that handles it."""
    return Unit.objects.filter(pk__in=Complaint.objects.filter(pk=pk).values("unit")).first()


def _complaint(user: Any, pk: str) -> Complaint:
    may = user.has_perm(VIEW) and kinds.is_key(pk)
    found: Complaint | None = with_all(complaints(user)).filter(pk=pk).first() if may else None
    if found is None:
        raise Http404
    return found
