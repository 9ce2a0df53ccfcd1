"""What a rule says, as data, checked. Rooms add triggers by their audit actions and actions by `register_action`.

A trigger is one of::

    {"kind": "act", "action": "workflow.done", "field": "outcome", "to": "PROMISED"}   # something was recorded
    {"kind": "event", "event": "birthday", "days": -7}                                 # days from an event's day
    {"kind": "schedule", "weekdays": [1, 3]}                                           # each night before these days

An action is ``{"kind": "task", …}``; what it needs is said by its `Action`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kajing.customers.models import Customer
from kajing.workflow.events import kind_of

Text = str | Promise
TRIGGERS = ("act", "event", "schedule")
MOST_ACTIONS = 5
MOST_DEPTH = 3
# Rules that led to what is being done now; what they cause is told them, so that no rule sets itself off.
CHAIN: ContextVar[tuple[int, ...]] = ContextVar("workflow_rules_chain", default=())


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a rule met: the customer, the event by its key, the day, and the rule's name for texts."""

    rule: str
    customer: Customer
    key: str
    on: date
    at: datetime
    facts: Mapping[str, Any]  # of the event: action, object, changes; no personal data


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing a rule can do. `plan` says what it would do, `run` does it; both answer in words, `wrong` checks."""

    name: str
    title: Text
    plan: Callable[[Mapping[str, Any], Occasion], str]
    run: Callable[[Mapping[str, Any], Occasion], str]
    wrong: Callable[[Mapping[str, Any]], Sequence[str]]
    who: Callable[[Mapping[str, Any], Occasion], str] = lambda spec, occasion: ""  # person_no it falls to


_ACTIONS: dict[str, Action] = {}
# Acts that may set a rule off, by the action their audit row names; rooms add theirs with `register_acts`.
ACTS: dict[str, Text] = {
    "workflow.open": gettext_lazy("a task was opened"),
    "workflow.done": gettext_lazy("a task was done"),
    "workflow.cancel": gettext_lazy("a task was called off"),
    "workflow.plan_finish": gettext_lazy("a plan was finished"),
    "workflow.plan_stop": gettext_lazy("a plan was stopped"),
    "customers.record_consent": gettext_lazy("consent was given"),
    "customers.withdraw_consent": gettext_lazy("consent was withdrawn"),
}


def register_action(action: Action) -> Action:
    """Add one action; the same name again replaces the earlier one."""
    _ACTIONS[action.name] = action
    return action


def register_acts(acts: Mapping[str, Text]) -> None:
    """Name more acts that may set a rule off: the action of their audit row, and words for it."""
    ACTS.update(acts)


def action_of(name: str) -> Action | None:
    """The action of that name; None when its room is gone."""
    return _ACTIONS.get(name)


def actions() -> list[Action]:
    """Every action."""
    return list(_ACTIONS.values())


def problems(trigger: Mapping[str, Any], wanted: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong with trigger and actions, as sentences; empty when the rule can be tested."""
    found = _wrong_trigger(trigger)
    if not wanted:
        found.append(_("A rule needs at least one action."))
    if len(wanted) > MOST_ACTIONS:
        found.append(_("A rule has at most %(most)s actions.") % {"most": MOST_ACTIONS})
    for number, spec in enumerate(wanted, start=1):
        action = action_of(str(spec.get("kind", "")))
        wrong = [_("there is no action of this kind.")] if action is None else action.wrong(spec)
        found += [_("Action %(number)s: %(what)s") % {"number": number, "what": one} for one in wrong]
    return found


def _wrong_trigger(trigger: Mapping[str, Any]) -> list[str]:
    kind = trigger.get("kind")
    if kind == "act":
        return [] if trigger.get("action") in ACTS else [_("Choose what sets the rule off.")]
    if kind == "event":
        known = kind_of(str(trigger.get("event", "")))
        if known is None:
            return [_("There is no event of this name.")]
        days = trigger.get("days", 0)
        if not isinstance(days, int) or not -90 <= days <= 90:
            return [_("The days from the event must lie between −90 and 90.")]
        return [] if days >= 0 or known.known_ahead else [_("This event is not known ahead: choose 0 days or more.")]
    if kind == "schedule":
        days = trigger.get("weekdays")
        good = isinstance(days, list) and bool(days) and all(day in range(1, 8) for day in days)
        return [] if good else [_("Choose at least one day of the week.")]
    return [_("Choose what sets the rule off.")]


def met(trigger: Mapping[str, Any], action: str, changes: Mapping[str, Any]) -> bool:
    """Whether a recorded act sets the rule off: the action, and where asked a field that changed (to a value)."""
    if trigger.get("kind") != "act" or trigger.get("action") != action:
        return False
    field, to = trigger.get("field") or "", trigger.get("to") or ""
    if not field:
        return True
    if field not in changes:
        return False
    value = changes[field]
    after = value[-1] if isinstance(value, list) and value else value
    return not to or str(after) == to


def words(trigger: Mapping[str, Any]) -> str:
    """The trigger as a sentence in the reader's language."""
    kind = trigger.get("kind")
    if kind == "act":
        said = str(ACTS.get(trigger["action"], trigger["action"]))
        if trigger.get("field"):
            said += _(", field %(field)s") % {"field": trigger["field"]}
            said += f" → {trigger['to']}" if trigger.get("to") else ""
        return said
    if kind == "event":
        known = kind_of(trigger["event"])
        title, days = str(known.title) if known else trigger["event"], int(trigger.get("days", 0))
        if not days:
            return title
        text = _("%(days)s days before: %(event)s") if days < 0 else _("%(days)s days after: %(event)s")
        return text % {"days": abs(days), "event": title}
    return _("each night before: %(days)s") % {"days": ", ".join(_weekday(day) for day in trigger.get("weekdays", ()))}


def _weekday(day: int) -> str:
    names = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
    return names[day - 1]
