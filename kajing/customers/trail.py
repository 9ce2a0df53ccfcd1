"""The audit trail as a list that may be taken out above its own cap: asked for, approved, made and fetched as any list.

The trail's page searches by its own form and hands a file out at once up to its cap. Only the request above it comes
here, where requests for files are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kajing.audit import selectors as audit
from kajing.audit.models import AuditRow
from kajing.audit.questions import questions
from kajing.audit.services.exporting import COLUMNS, cell_of
from kajing.records.lists import Column, Context, Filter, ListSpec, NotUnderstood, Order, register

DAYS = ("first_day", "last_day")


@dataclass(frozen=True, kw_only=True)
class Asked(Filter):
    """One field of the trail's form, read by the trail's own selector."""

    choosable: bool = False

    def q(self, values: Sequence[str], context: Context) -> Q:
        """The rows that the trail's page would show for it. Raises NotUnderstood."""
        return audit.narrowing(**{self.name: _read(self.name, values[-1])})

    def nothing(self) -> Q:
        """Every row says who, what and when."""
        return Q(pk__in=[])

    def words(self, values: Sequence[str], context: Context) -> str:
        """A question by its label, the rest as typed."""
        said = {one.key: str(one.label) for one in questions()} if self.name == "question" else {}
        return said.get(values[-1], values[-1])


def _read(name: str, value: str) -> Any:
    if name not in DAYS:
        return value
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise NotUnderstood(value) from error


def _rows(user: Any) -> QuerySet[AuditRow]:
    return audit.rows(user)


def _load(user: Any, ids: list[int]) -> list[AuditRow]:
    rows = audit.rows(user).in_bulk(ids)
    return [rows[pk] for pk in ids if pk in rows]


def _column(name: str) -> Column:
    # An administrator reads that something happened, not what it changed: as on the page.
    permission = "audit.view" if name == "changes" else ""
    return Column(name=name, label=name, value=lambda row: cell_of(getattr(row, name)), permission=permission)


FIELDS = {
    "actor": _("Who (person number)"), "action": _("Act"), "object_id": _("Object"),
    "customer_id": _("Customer number"), "first_day": _("From"), "last_day": _("To"), "question": _("Question"),
}  # fmt: skip
TRAIL = register(
    ListSpec(
        name="trail", label=_("Audit trail"), base=_rows, load=_load, key_label="id",
        columns=[_column(name) for name in COLUMNS if name != "id"],
        filters=[Asked(name=name, label=label) for name, label in FIELDS.items()],
        orders=[Order("id", "pk", "id")], default_order="id", url_name="audit:trail",
    )
)  # fmt: skip
