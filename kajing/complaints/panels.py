"""What this room adds to pages of others: the customer's complaints, the palette, the side bar's count."""

from __future__ import annotations

from typing import Any

from django.utils.translation import ngettext

from kajing.complaints import selectors
from kajing.complaints.models import Complaint
from kajing.complaints.rows import complaint_rows, days_words
from kajing.customers.extensions import Mark
from kajing.customers.models import Customer
from kajing.ui.registry import Count, Hit
from kajing.workflow.selectors import present_of

MOST = 5


def of_customer(user: Any, customer: Customer) -> dict[str, Any]:
    """The customer's complaints, open ones first by their days left."""
    found = list(selectors.of_customer(user, customer.pk)[: MOST + 1])
    rows = complaint_rows(user, found[:MOST])
    return {
        "rows": rows, "open": sum(row.complaint.is_open for row in rows), "more": len(found) > MOST,
        "may_register": user.has_perm(selectors.REGISTER),
    }  # fmt: skip


def others(user: Any, complaint: Complaint) -> dict[str, Any] | None:
    """What else the customer complains of, or complained of lately; nothing where there is none."""
    today = present_of(user).today
    found = selectors.same(user, complaint.customer_id, complaint.business, today, but=complaint.pk)
    return {"rows": complaint_rows(user, found)} if found else None


def first_screen(user: Any, customer: Customer) -> Mark | None:
    """How many complaints are open, and the days left of the nearest (capability 1.1)."""
    count, due_on = customer.complaints_running, customer.complaints_due_on  # type: ignore[attr-defined]
    if not count or due_on is None:
        return None
    today = present_of(user).today
    left = (due_on - today).days
    told = {"count": count, "days": days_words(left)}
    words = ngettext("%(count)s complaint, %(days)s", "%(count)s complaints, the nearest %(days)s", count) % told
    url = f"/complaints/?show=open&customer={customer.pk}"
    return Mark(words=words, tone="bad" if left < 0 else "warn", icon="message-report", url=url)


def badge(user: Any) -> Count | None:
    """How many this person handles that want an answer."""
    count = selectors.mine(user).count()
    return Count(value=count) if count else None


def hits(user: Any, text: str, limit: int) -> list[Hit]:
    """Complaints by their number, or what the regulator calls them."""
    text = text.strip()
    if len(text) < 4:
        return []
    rows = selectors.numbered(user, text)[:limit]
    return [
        Hit(title=str(row.complaint.number), url=row.url, note=f"{row.name} {row.left_words}", icon="message-report",
            peek_url=row.url)
        for row in complaint_rows(user, rows)
    ]  # fmt: skip
