"""Acts of the rooms below that need consent: they save the request and signal it, this room decides and applies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from kajing.customers import services as customers
from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import ExportRequest
from kajing.customers.services.exports import EXPORTABLE
from kajing.customers.signals import export_requested
from kajing.org.models import Person
from kajing.records.lists import LISTS
from kajing.ui import formats
from kajing.workflow import approvals
from kajing.workflow.approvals import Act, Change
from kajing.workflow.clock import policy
from kajing.workflow.models import ApprovalRequest
from kajing.workflow.services.approvals import ask_approval

# A large file also passes compliance.
_LARGE = 20_000


def describe_export(payload: Mapping[str, Any]) -> list[Change]:
    """How many rows leave, with which columns, chosen by what."""
    cap = policy("export_rows_without_approval", timezone.localdate(), 5_000)
    spec = LISTS.get(payload.get("list", ""), CUSTOMERS)  # requests of older releases are about customers
    labels = {column.name: str(column.label) for column in spec.columns}
    columns = _(", ").join(labels.get(name, name) for name in payload.get("columns", ()))
    names = {one.name: str(one.label) for one in spec.filters}
    filters = _(", ").join(names.get(name, name) for name in payload.get("filters", ()))
    return [
        Change(_("Rows in one file"), formats.count(cap), formats.count(payload["rows"])),
        Change(_("Columns"), "—", columns or _("those of the list")),
        Change(_("Chosen by"), "—", filters or _("the whole list")),
    ]


def _start(request: ApprovalRequest, at: datetime) -> None:
    customers.start_export(number=int(request.payload["export"]), approval=str(request.pk), at=at)


def _returned(request: ApprovalRequest, at: datetime) -> None:
    customers.return_export(number=int(request.payload["export"]), at=at)


def _taken_back(request: ApprovalRequest, at: datetime) -> None:
    customers.take_back_export(number=int(request.payload["export"]), at=at)


def _again(request: ApprovalRequest, at: datetime) -> None:
    customers.wait_again(number=int(request.payload["export"]))


@receiver(export_requested)
def exports_above_the_cap_need_consent(
    sender: object, export: ExportRequest, actor: Person, at: datetime, **news: Any
) -> None:
    """A file above the row cap waits for others' consent."""
    ask_approval(
        actor=actor, act=EXPORTABLE[export.list_name].act, object_id=str(export.pk), amount=export.asked_rows,
        reason=export.reason,
        payload={"export": export.pk, "list": export.list_name, "rows": export.asked_rows, "columns": export.columns,
                 "filters": sorted(QueryDict(export.address).keys() - {"order", "columns", "view"})}, at=at,
    )  # fmt: skip


def register() -> None:
    """Say which acts there are."""
    about: dict[str, Any] = {
        "icon": "download", "describe": describe_export, "apply": _start, "returned": _returned,
        "taken_back": _taken_back, "sent_again": _again, "amount": "count", "amount_label": gettext_lazy("Rows"),
        "policies": ("export_rows_without_approval", "export_rows_with_approval", "export_kept_days"),
        "url": lambda payload: reverse("customers:exports"),
    }  # fmt: skip
    approvals.register(
        Act(
            name="customers.export", title=gettext_noop("Export of customers above the row cap"),
            permission="customers.export", **about,
            chain=(
                {"name": gettext_noop("Leader"), "way": "ANY", "who": [{"leader": True}]},
                {"name": gettext_noop("Compliance"), "way": "ANY", "who": [{"role": "COMPLIANCE"}],
                 "from_amount": _LARGE},
            ),
        )
    )  # fmt: skip
    approvals.register(
        Act(
            name="audit.export", title=gettext_noop("Export of the audit trail above the row cap"),
            permission="audit.view_any", **about,
            chain=({"name": gettext_noop("Compliance"), "way": "ANY",
                    "who": [{"role": "COMPLIANCE"}, {"role": "AUDITOR"}]},),
        )
    )  # fmt: skip
