"""What tasks tell a call sheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from kajing.contact.choices import Purpose
from kajing.contact.extensions import Fact
from kajing.customers.models import Customer
from kajing.lib.periods import SHANGHAI
from kajing.ui import formats
from kajing.workflow import selectors
from kajing.workflow.contacting import CONTACT_KINDS
from kajing.workflow.rows import KIND_ICONS

_MOST = 3


def of_customer(user: Any, customer: Customer, today: date) -> Iterator[Fact]:
    """Open tasks, the nearest first; one that is a call or visit gives the call its goal."""
    for task in selectors.of_customer(user, customer.pk)[:_MOST]:
        due = task.due_at.astimezone(SHANGHAI).date()
        told = {"task": task.title_text, "day": formats.day(due, today)}
        contact = CONTACT_KINDS.get(task.kind)
        yield Fact(
            key=f"task:{task.pk:012d}",
            text=_("Task until %(day)s: %(task)s") % told,
            url=reverse("workflow:detail", args=[task.pk]),
            weight=72 if task.must_do else 58 if due <= today else 44,
            icon=KIND_ICONS.get(task.kind, "checkbox"),
            tone="bad" if due < today else "pri",
            topics=frozenset({task.source}),
            goal=task.title_text if contact else "",
            purpose=contact[1] if contact else Purpose.SERVICE if task.must_do else "",
        )
