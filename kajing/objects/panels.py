"""What objects put on pages: their records on a customer's page, and the panels of a record's own page."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _

from kajing.objects import selectors
from kajing.objects.choices import VIEW
from kajing.objects.models import ObjectRecord
from kajing.records.kinds import KINDS, is_key
from kajing.records.panels import of_source
from kajing.ui import registry as ui
from kajing.workflow import gate_panels

SLOT, SIDE = "object", "object.side"


def of_customer(user: Any, customer: Any) -> dict[str, Any] | None:
    """The customer's newest records of every object; None, and no panel, where the bank has no object of customers."""
    found = selectors.of_customer(user, customer.pk)
    return {"groups": found} if found else None


def load(user: Any, pk: str) -> ObjectRecord:
    """The record whose page takes panels. Raises Http404 when the person may not see it."""
    code = selectors.code_of(pk) if is_key(pk) else ""
    if not code:
        raise Http404
    return selectors.record_of(user, code, int(pk))


def register() -> None:
    """Offer the panels."""
    for name in (SLOT, SIDE):
        ui.register_slot(ui.Slot(name=name, load=load))
    ui.panels.register(
        ui.Panel(
            key="own-objects", slot="customer", title=_("Own objects"), template="objects/panel.html", icon="box",
            data=of_customer, permission=VIEW, order=75, lazy=True, lines=0,
        )
    )  # fmt: skip
    ui.panels.register(
        ui.Panel(
            key="moves-object", slot=SLOT, title=_("Next states"), template="workflow/moves_panel.html",
            icon="arrows-exchange", data=lambda user, row: gate_panels.of_fields(row.kind)(user, row),
            permission="org.sign_in", order=5, lines=0,
        )
    )  # fmt: skip
    for panel in of_source(SLOT, SIDE, lambda row: KINDS[row.kind], VIEW):
        ui.panels.register(panel)
