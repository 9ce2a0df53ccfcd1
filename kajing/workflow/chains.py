"""Who must say yes, as data: the steps of a chain, checked, and unfolded for one request.

A step is a mapping::

    {"name": "Branch head", "way": "ANY" | "ALL" | "LEVELS",
     "who": [{"leader": true} | {"role": "RISK"} | {"person": "P0007"}],
     "until": "BRANCH",                              # LEVELS only: the highest unit that signs
     "from_amount": 2000000, "below_amount": null,   # in what the act counts: fen or rows
     "hours": 24, "on_timeout": "ESCALATE" | "RETURN"}

ANY passes with one vote, ALL with everybody's. LEVELS goes up the unit tree, one stage a unit that has a leader.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from kajing.org.models import Person, Role, Unit

WAYS = ("ANY", "ALL", "LEVELS")
TIMEOUTS = ("ESCALATE", "RETURN")
LEADERS = (Role.LEADER, Role.BRANCH_HEAD)
MOST_STEPS = 8


@dataclass(frozen=True, slots=True)
class Planned:
    """One stage of one request, before anybody is named."""

    name: str
    way: str
    who: Sequence[Mapping[str, Any]]
    hours: int
    on_timeout: str


def problems(steps: Any) -> list[str]:
    """What is wrong with the steps, as sentences; empty when they can be published."""
    if not isinstance(steps, list) or not steps:
        return [_("A chain needs at least one step.")]
    found = [_("A chain has at most %(most)s steps.") % {"most": MOST_STEPS}] if len(steps) > MOST_STEPS else []
    for number, step in enumerate(steps, start=1):
        found += [_("Step %(number)s: %(what)s") % {"number": number, "what": what} for what in _wrong(step)]
    if not any(step.get("from_amount") is None and step.get("below_amount") is None for step in steps):
        found.append(_("At least one step must apply to every amount, or some requests would pass without a vote."))
    return found


def _wrong(step: Mapping[str, Any]) -> list[str]:
    found = []
    if not str(step.get("name", "")).strip():
        found.append(_("give it a name."))
    if step.get("way") not in WAYS:
        found.append(_("choose how it passes."))
    elif step["way"] == "LEVELS":
        if step.get("until") not in Unit.Kind.values:
            found.append(_("choose the highest level that signs."))
    elif not step.get("who"):
        found.append(_("say who decides."))
    else:
        found += _unknown(step["who"])
    if step.get("on_timeout", "ESCALATE") not in TIMEOUTS:
        found.append(_("choose what happens when nobody votes in time."))
    low, high = step.get("from_amount"), step.get("below_amount")
    if low is not None and high is not None and low >= high:
        found.append(_("the amounts leave nothing between them."))
    return found


def _unknown(who: Iterable[Mapping[str, Any]]) -> list[str]:
    numbers = [one["person"] for one in who if "person" in one]
    known = set(Person.objects.filter(person_no__in=numbers, is_active=True).values_list("person_no", flat=True))
    return [_("nobody who works here has the number %(no)s.") % {"no": no} for no in numbers if no not in known]


def unfold(steps: Sequence[Mapping[str, Any]], *, unit: Unit, amount: int | None, hours: int) -> list[Planned]:
    """The stages of a request from a unit about an amount; `hours` is the policy where a step names none."""
    found: list[Planned] = []
    for step in steps:
        if not applies(step, amount):
            continue
        common = (int(step.get("hours") or hours), str(step.get("on_timeout") or "ESCALATE"))
        if step["way"] == "LEVELS":
            levels = _levels(unit, step["until"])
            found += [Planned(f"{step['name']} {one.name}", "ANY", [{"unit": one.pk}], *common) for one in levels]
        else:
            found.append(Planned(step["name"], step["way"], step["who"], *common))
    return found


def applies(step: Mapping[str, Any], amount: int | None) -> bool:
    """Whether a step's condition on the amount holds; a request without an amount meets only unconditional steps."""
    low, high = step.get("from_amount"), step.get("below_amount")
    if amount is None:
        return low is None and high is None
    return (low is None or amount >= low) and (high is None or amount < high)


def _levels(unit: Unit, until: str) -> list[Unit]:
    """The unit and those above it up to the wanted kind, as far as they have a leader, the lowest first."""
    line = places(unit)
    units = {one.pk: one for one in Unit.objects.filter(pk__in=line)}
    ordered = [units[code] for code in reversed(line) if code in units]
    kinds = [one.kind for one in ordered]
    ordered = ordered[: kinds.index(until) + 1] if until in kinds else ordered
    led = set(_leaders().filter(unit_id__in=line).values_list("unit_id", flat=True))
    return [one for one in ordered if one.pk in led]


def people(who: Iterable[Mapping[str, Any]], *, unit: Unit, asker: Person) -> list[Person]:
    """Everybody a stage names, without the asker; where a place names nobody else, the next place above stands in."""
    found: dict[int, Person] = {}
    for one in who:
        for person in _named(one, unit, asker):
            found[person.pk] = person
    return list(found.values())


def _named(one: Mapping[str, Any], unit: Unit, asker: Person) -> list[Person]:
    if "person" in one:
        return list(Person.objects.filter(person_no=one["person"], is_active=True).exclude(pk=asker.pk))
    if "unit" in one:
        place = Unit.objects.filter(pk=one["unit"]).first()
        return _nearest(_leaders(), place or unit, asker)
    if "role" in one:
        return _nearest(Person.objects.filter(role=one["role"], is_active=True), unit, asker)
    return _nearest(_leaders(), unit, asker)


def _nearest(found: Any, unit: Unit, asker: Person) -> list[Person]:
    """Of these people, those in the unit, else those one level up, and so on; never the asker."""
    near = found.filter(unit_id__in=places(unit)).exclude(pk=asker.pk).select_related("unit")
    by_depth: dict[int, list[Person]] = {}
    for person in near:
        by_depth.setdefault(len(places(person.unit)), []).append(person)
    return sorted(by_depth[max(by_depth)], key=lambda person: person.person_no) if by_depth else []


def above(person: Person, asker: Person) -> list[Person]:
    """Who decides when this person does not: the leaders of the next place above that has any."""
    parent = person.unit.parent
    while parent is not None:
        found = [one for one in _nearest(_leaders(), parent, asker) if one.pk != person.pk]
        if found:
            return found
        parent = parent.parent
    return []


def places(unit: Unit) -> list[str]:
    """Codes of the unit and those above it, the top first."""
    return [code for code in unit.path.split("/") if code]


def _leaders() -> Any:
    return Person.objects.filter(role__in=LEADERS, is_active=True)
