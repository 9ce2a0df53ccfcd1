"""To whom something that a rule does falls: the customer's manager, a leader, or somebody of the unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kajing.lib.errors import DomainError
from kajing.org.models import Person
from kajing.org.selectors import holds_licence, leader_of, managers_of
from kajing.workflow import subjects
from kajing.workflow.models import Task
from kajing.workflow.rules import Occasion

OWNERS = {
    "manager": gettext_lazy("the customer's manager, the lead's owner"),
    "leader": gettext_lazy("the leader"),
}
WAYS = {
    "round_robin": gettext_lazy("managers of the unit in turn"),
    "load": gettext_lazy("the manager of the unit with the fewest open tasks"),
    "skill": gettext_lazy("the manager of the unit with the licence, by load"),
}


class NobodyFound(DomainError):
    """No person fits what the rule asks for."""


def person_for(way: str, occasion: Occasion, *, licence: str = "") -> Person:
    """Who it falls to. `round_robin` takes turns by how often this rule chose each. Raises NobodyFound."""
    about = occasion.subject
    if way == "manager" and about.manager is not None and about.manager.is_active:
        return about.manager
    found = leader_of(about.unit) if way in {"manager", "leader"} else _of_unit(way, occasion, licence)
    if found is None:
        raise NobodyFound(_("Nobody fits: %(way)s.") % {"way": {**OWNERS, **WAYS}.get(way, way)})
    return found


def _of_unit(way: str, occasion: Occasion, licence: str) -> Person | None:
    people = list(managers_of(occasion.subject.unit.pk, occasion.on).order_by("person_no"))
    if way == "skill":
        people = [one for one in people if holds_licence(one, licence, occasion.on)]
    if not people:
        return None
    counts = _turns(people, occasion) if way == "round_robin" else _load(people)
    return min(people, key=lambda one: (counts.get(one.person_no, 0), one.person_no))


def _load(people: Sequence[Person]) -> dict[Any, int]:
    rows = Task.objects.filter(owner__in=people, state=Task.State.OPEN).order_by().values("owner_id")
    return {row["owner_id"]: row["n"] for row in rows.annotate(n=Count("pk"))}


def _turns(people: Sequence[Person], occasion: Occasion) -> dict[Any, int]:
    """How many records of the kind this rule gave to each."""
    kind = subjects.kind_of(occasion.subject.kind)
    return dict(kind.turns(why(occasion), [one.person_no for one in people])) if kind else {}


def why(occasion: Occasion) -> str:
    """What the history of a customer's or lead's owners says about a hand-over by a rule; pages put it in words."""
    return f"rule:{occasion.rule}"
