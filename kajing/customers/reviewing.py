"""What reviewers ask of the trail about customers: who saw what in clear, what left as a file, and when."""

from __future__ import annotations

from datetime import date

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kajing.audit.questions import Question, register
from kajing.customers.services.reveals import ACTION as REVEAL
from kajing.reference.selectors import Span, engine_parameters

LOOKS = Q(action=REVEAL) | Q(action__endswith=".export")


def saw_id_numbers(today: date) -> Q:
    """ID numbers shown in clear."""
    return Q(action=REVEAL, changes__field="id_number")


def large_exports(today: date) -> Q:
    """Files of more rows than the policy row says."""
    most = engine_parameters(today).get("audit_large_export_rows", 0)
    return Q(action__endswith=".export", changes__rows__gt=most)


def after_hours(today: date) -> Q:
    """Values in clear and files outside office hours; a bank without the row gets every such act."""
    hours = engine_parameters(today).get("audit_office_hours")
    if not isinstance(hours, Span):
        return LOOKS
    return LOOKS & (Q(at__time__lt=hours.low) | Q(at__time__gte=hours.high))


def register_questions() -> None:
    """Say so to the trail."""
    register(Question("id_numbers", _("Who saw ID numbers"), saw_id_numbers, order=10))
    register(Question("reveals", _("All values in clear"), lambda today: Q(action=REVEAL), order=20))
    register(Question("large_exports", _("Large exports"), large_exports, order=30))
    register(Question("after_hours", _("Reads after hours"), after_hours, order=40))
