"""Reads of templates."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from kajing.contact.models import MessageTemplate, TemplateVersion, in_force_q
from kajing.org.models import Person


def templates(user: Any, *, state: str = "", channel: str = "", search: str = "") -> QuerySet[MessageTemplate]:
    """Every template with the state of its newest version (`newest_state`), number and last change."""
    newest = TemplateVersion.objects.filter(template=OuterRef("pk")).order_by("-number")
    found = MessageTemplate.objects.annotate(
        newest_state=Subquery(newest.values("state")[:1]),
        newest_number=Subquery(newest.values("number")[:1]),
        newest_at=Subquery(newest.values("written_at")[:1]),
        newest_by=Subquery(newest.values("written_by")[:1]),
    )
    if state:
        found = found.filter(newest_state=state)
    if channel:
        found = found.filter(channel=channel)
    return found.filter(name__icontains=search.strip()) if search.strip() else found


def versions(template: MessageTemplate) -> list[TemplateVersion]:
    """Every version, the newest first, with the names of who wrote (`writer`) and decided (`decider`)."""
    found = list(template.versions.select_related("template"))
    numbers = {number for one in found for number in (one.written_by, one.decided_by)}
    names = dict(Person.objects.filter(person_no__in=numbers).values_list("person_no", "name"))
    for one in found:
        one.writer = names.get(one.written_by, one.written_by)  # type: ignore[attr-defined]
        one.decider = names.get(one.decided_by, one.decided_by)  # type: ignore[attr-defined]
    return found


def version_of(template: MessageTemplate, number: int) -> TemplateVersion | None:
    """One version by its number."""
    return template.versions.select_related("template").filter(number=number).first()


def usable(user: Any, on: date, *, channel: str = "") -> QuerySet[TemplateVersion]:
    """Versions that may be sent on a day: of each template the one that began last."""
    inner = TemplateVersion.objects.filter(in_force_q(on), template=OuterRef("template"))
    newest = inner.order_by("-valid_from", "-number").values("pk")[:1]
    found = TemplateVersion.objects.filter(in_force_q(on), pk=Subquery(newest)).select_related("template")
    return found.filter(template__channel=channel) if channel else found


def waiting_for_approval(user: Any) -> int:
    """How many versions wait for a person who may approve them; their own do not count."""
    if not user.has_perm("contact.approve_template"):
        return 0
    asked = TemplateVersion.objects.filter(state=TemplateVersion.State.ASKED)
    return asked.exclude(written_by=user.person_no).count()
