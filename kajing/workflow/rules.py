"""What a rule says, as data, checked. Rooms add triggers by their audit actions and actions by `register_action`.

A trigger is one of::

    {"kind": "act", "action": "workflow.done", "field": "outcome", "to": "PROMISED"}   # something was recorded
    {"kind": "act", "action": "records.set_fields", "on": "obj_vip", "field": "state"}  # of one kind of record only
    {"kind": "event", "event": "birthday", "days": -7}                                 # days from an event's day
    {"kind": "schedule", "weekdays": [1, 3], "times": ["09:00"]}                       # see schedules.py
    {"kind": "act", "action": "sales.lead_moved", "subject": "lead"}                   # about leads, see subjects.py

An event may be narrowed by what its kind tells of it: ``"where": {"rule": "missed_payment"}``. Actions happen in their
order; those behind one that waits (an approval) wait with it.

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
from kajing.lib.errors import DomainError
from kajing.records.fields import states
from kajing.records.kinds import kind_of as record_kind
from kajing.workflow import schedules, subjects
from kajing.workflow.events import EventKind, kind_of
from kajing.workflow.subjects import Subject

Text = str | Promise
TRIGGERS = ("act", "event", "schedule")
MOST_ACTIONS = 5
MOST_DEPTH = 3
# Rules that led to what is being done now; what they cause is told them, so that no rule sets itself off.
CHAIN: ContextVar[tuple[int, ...]] = ContextVar("workflow_rules_chain", default=())


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a rule met: the record it is about, the event by its key, the day, and the rule's name for texts.

    `version` is the number of the rule's version in the table, `rest` the actions behind the one that is at work.
    """

    rule: str
    subject: Subject
    key: str
    on: date
    at: datetime
    facts: Mapping[str, Any]  # of the event: action, object, changes; no personal data
    version: int = 0
    rest: tuple[Mapping[str, Any], ...] = ()

    @property
    def customer(self) -> Customer | None:
        """The customer, or that of the record; None where it has none."""
        return self.subject.customer


class HeldBack(DomainError):
    """The contact gate closes the customer: nothing is done for them. `rule` names the gate's rule."""

    def __init__(self, rule: str, said: str) -> None:
        super().__init__(rule, said)
        self.rule, self.said = rule, said

    def __str__(self) -> str:
        return self.said


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing a rule can do. `plan` says what it would do, `run` does it; both answer in words, `wrong` checks.

    `falls` says that it is work for the person of `who`; `undoable` that rows can be put back; `waits` that the actions
    behind it wait until somebody decides. `forecast` tells, for the test, what would come of it for many customers.
    `needs_customer` says that nothing can be done for a record that has no customer.
    """

    name: str
    title: Text
    plan: Callable[[Mapping[str, Any], Occasion], str]
    run: Callable[[Mapping[str, Any], Occasion], str]
    wrong: Callable[[Mapping[str, Any]], Sequence[str]]
    who: Callable[[Mapping[str, Any], Occasion], str] = lambda spec, occasion: ""  # person_no it falls to
    falls: bool = False
    undoable: bool = False
    waits: bool = False
    forecast: Callable[[Mapping[str, Any], Sequence[Customer], datetime], Mapping[str, Any]] | None = None
    needs_customer: Callable[[Mapping[str, Any]], bool] = lambda spec: False

    def idle(self, spec: Mapping[str, Any], subject: Subject) -> bool:
        """Whether it does nothing for this record, because it has no customer."""
        return subject.customer is None and self.needs_customer(spec)


_ACTIONS: dict[str, Action] = {}
# Acts that may set a rule off, by the action their audit row names; rooms add theirs with `register_acts`.
ACTS: dict[str, Text] = {
    "workflow.open": gettext_lazy("a task was opened"),
    "workflow.done": gettext_lazy("a task was done"),
    "workflow.cancel": gettext_lazy("a task was called off"),
    "workflow.moved": gettext_lazy("a record passed its state gate"),
    "workflow.plan_finish": gettext_lazy("a plan was finished"),
    "workflow.plan_stop": gettext_lazy("a plan was stopped"),
    "customers.record_consent": gettext_lazy("consent was given"),
    "customers.withdraw_consent": gettext_lazy("consent was withdrawn"),
    "contact.log": gettext_lazy("a contact was logged"),
    "contact.end": gettext_lazy("a contact ended with its outcome"),
    "contact.message_received": gettext_lazy("the customer wrote"),
    "contact.message_failed": gettext_lazy("a message failed"),
    "contact.message_blocked": gettext_lazy("a message was blocked by the contact gate"),
    "workflow.approval_applied": gettext_lazy("an approval was granted and carried out"),
    "workflow.approval_returned": gettext_lazy("an approval was returned"),
    "workflow.approval_timed_out": gettext_lazy("an approval was returned, no vote in time"),
    "records.set_fields": gettext_lazy("own fields were changed"),
    "records.tag": gettext_lazy("a tag was put on"),
    "records.untag": gettext_lazy("a tag was taken off"),
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
    if any(not _plain(one) for one in (trigger, *wanted)):
        return [_("Trigger and actions hold texts, numbers, and lists of them.")]
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


_SINGLE = (str, int, float, bool, type(None))
_LISTS = ("weekdays", "month_days", "times")


def _plain(spec: Mapping[str, Any]) -> bool:
    """Whether a trigger or action holds only what they may: single values, lists of them, and pairs under `where`."""
    return all(
        isinstance(value, _SINGLE)
        or (name in _LISTS and isinstance(value, list) and all(isinstance(one, _SINGLE) for one in value))
        or (name == "where" and isinstance(value, dict) and all(isinstance(one, str) for one in value.values()))
        for name, value in spec.items()
    )


def notes(trigger: Mapping[str, Any], wanted: Sequence[Mapping[str, Any]]) -> list[str]:
    """What whoever puts the rule to work should know, as sentences: which actions do nothing for whom."""
    about = subjects.kind_of(subjects.name_in(trigger))
    if about is None or about.name == subjects.CUSTOMER:
        return []
    found = []
    for number, spec in enumerate(wanted, start=1):
        action = action_of(str(spec.get("kind", "")))
        if action is not None and action.needs_customer(spec):
            told = {"number": number, "action": action.title, "records": about.label}
            found.append(_("Action %(number)s (%(action)s) does nothing for %(records)s without a customer.") % told)
    return found


def _wrong_trigger(trigger: Mapping[str, Any]) -> list[str]:
    kind, about = trigger.get("kind"), subjects.name_in(trigger)
    if subjects.kind_of(about) is None:
        names = ", ".join(one.name for one in subjects.kinds())
        return [_("Rules are not about records of this kind; choose one of: %(known)s.") % {"known": names}]
    if kind == "act":
        if trigger.get("on") and record_kind(str(trigger["on"])) is None:
            return [_("There is no such kind of record.")]
        return [] if trigger.get("action") in ACTS else [_("Choose what sets the rule off.")]
    if kind == "event":
        known = kind_of(str(trigger.get("event", "")))
        if known is None:
            return [_("There is no event of this name.")]
        if not known.tells_of(about):
            return [_("This event does not tell of the records the rule is about.")]
        days = trigger.get("days", 0)
        if not isinstance(days, int) or not -90 <= days <= 90:
            return [_("The days from the event must lie between −90 and 90.")]
        if days < 0 and not known.known_ahead:
            return [_("This event is not known ahead: choose 0 days or more.")]
        return _wrong_where(known, trigger.get("where") or {})
    if kind == "schedule":
        return schedules.problems(trigger)
    return [_("Choose what sets the rule off.")]


def _wrong_where(known: EventKind, where: Mapping[str, str]) -> list[str]:
    for name, value in where.items():
        choices = known.facets.get(name)
        if choices is None:
            told = {"event": known.title, "name": name, "known": ", ".join(known.facets) or "—"}
            return [_("%(event)s cannot be narrowed by %(name)s; it tells: %(known)s.") % told]
        if value not in choices():
            told = {"name": name, "value": value, "known": ", ".join(sorted(choices()))}
            return [_("%(name)s is never %(value)s; choose one of: %(known)s.") % told]
    return []


def met(trigger: Mapping[str, Any], action: str, changes: Mapping[str, Any], kind: str) -> bool:
    """Whether a recorded act sets the rule off.

    The action, and where asked the kind of record it was done on, and a field that changed (to a value).
    """
    if trigger.get("kind") != "act" or trigger.get("action") != action:
        return False
    if trigger.get("on") and trigger["on"] != kind:
        return False
    field, to = trigger.get("field") or "", trigger.get("to") or ""
    if not field:
        return True
    told = changes.get("fields") if action == "records.set_fields" else changes  # own fields stand one level below
    if not isinstance(told, dict) or field not in told:
        return False
    value = told[field]
    after = value[-1] if isinstance(value, list) and value else value
    return not to or str(after) == to


def words(trigger: Mapping[str, Any]) -> str:
    """The trigger as a sentence in the reader's language, with the records it is about where these are no customers."""
    about = subjects.kind_of(subjects.name_in(trigger))
    said = _trigger_words(trigger)
    if about is None or about.name == subjects.CUSTOMER:
        return said
    return _("%(trigger)s (for %(records)s)") % {"trigger": said, "records": about.label}


def _trigger_words(trigger: Mapping[str, Any]) -> str:
    kind = trigger.get("kind")
    if kind == "act" and (moved := _move_words(trigger)):
        return moved
    if kind == "act":
        said = str(ACTS.get(trigger["action"], trigger["action"]))
        if trigger.get("on") and (on := record_kind(str(trigger["on"]))):
            said = _("%(record)s: %(act)s") % {"record": on.label, "act": said}
        if trigger.get("field"):
            said += _(", field %(field)s") % {"field": trigger["field"]}
            said += f" → {trigger['to']}" if trigger.get("to") else ""
        return said
    if kind == "event":
        known = kind_of(trigger["event"])
        title, days = str(known.title) if known else trigger["event"], int(trigger.get("days", 0))
        where = trigger.get("where") or {}
        title += "".join(f" {name}={value}" for name, value in where.items())
        if not days:
            return title
        text = _("%(days)s days before: %(event)s") if days < 0 else _("%(days)s days after: %(event)s")
        return text % {"days": abs(days), "event": title}
    return schedules.words(trigger)


def _move_words(trigger: Mapping[str, Any]) -> str:
    """Which record passed its gate to which state, where the trigger names both."""
    about = states.kind_of(trigger.get("field") or "") if trigger["action"] == "workflow.moved" else None
    if about is None or not trigger.get("to"):
        return ""
    return _("%(kind)s passed its state gate → %(state)s") % {"kind": about.label, "state": about.words(trigger["to"])}
