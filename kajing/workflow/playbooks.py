"""What a playbook says: its steps as data, checked; and those that are delivered.

A step is ``{"key": "1", "title": …, "day": 3, "kind": "call", "required": true, "after": ["1"]}``. `day` counts from
day zero: the start, or the date of the event (then it may be negative). `kind` is a kind of task; those that mean a
contact (call, visit, care, call_back) ask the contact gate before their task is opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.workflow.rows import KIND_LABELS

MOST_STEPS = 12
DAYS = range(-90, 731)
KINDS = tuple(kind for kind in KIND_LABELS if kind != "alert")


def problems(steps: Sequence[Mapping[str, Any]], *, event: str) -> list[str]:
    """What is wrong with the steps, as sentences; empty when they can be published."""
    if not steps:
        return [_("A playbook needs at least one step.")]
    found = [_("A playbook has at most %(most)s steps.") % {"most": MOST_STEPS}] if len(steps) > MOST_STEPS else []
    keys = [step["key"] for step in steps]
    if len(set(keys)) < len(keys):
        found.append(_("Two steps have the same number."))
    for step in steps:
        found += [
            _("Step %(number)s: %(what)s") % {"number": step["key"], "what": one} for one in _wrong(step, keys, event)
        ]
    return found or ([_("Steps wait for each other in a circle.")] if _circle(steps) else [])


def _wrong(step: Mapping[str, Any], keys: Sequence[str], event: str) -> list[str]:
    found = []
    if not str(step.get("title", "")).strip():
        found.append(_("say what to do."))
    if step.get("day") not in DAYS:
        found.append(_("the day must lie between −90 and 730."))
    elif step["day"] < 0 and not event:
        found.append(_("only a playbook that an event starts can have steps before its day."))
    if step.get("kind") not in KINDS:
        found.append(_("choose a kind of task."))
    found += [
        _("there is no step %(key)s to wait for.") % {"key": key} for key in step.get("after", ()) if key not in keys
    ]
    return found


def _circle(steps: Sequence[Mapping[str, Any]]) -> bool:
    waits = {step["key"]: set(step.get("after", ())) for step in steps}
    while True:
        free = [key for key, before in waits.items() if not before]
        if not free:
            return bool(waits)
        waits = {key: before - set(free) for key, before in waits.items() if key not in free}


def _step(
    key: int, title: str, day: int, kind: str = "follow_up", *, required: bool = False, after: str = ""
) -> dict[str, Any]:
    return {"key": str(key), "title": title, "day": day, "kind": kind, "required": required, "after": after.split()}


DELIVERED: tuple[dict[str, Any], ...] = (
    {
        "code": "new-card-90",
        "name": gettext_noop("New card: the first 90 days"),
        "event": "card_approved",
        "days_before": 0,
        "exits": ["status != ACTIVE"],
        "steps": [
            _step(1, gettext_noop("Welcome call: card received, activation, app"), 3, "call_back", required=True),
            _step(2, gettext_noop("First use: help with binding and the first purchase"), 14, "call_back", after="1"),
            _step(3, gettext_noop("First statement: explain due date and automatic repayment"), 35, "call_back",
                  required=True),
            _step(4, gettext_noop("After 60 days: habits and questions"), 60, "follow_up", after="2"),
            _step(5, gettext_noop("After 90 days: review and hand over to regular care"), 90, required=True, after="3"),
        ],
    },
    {
        "code": "birthday-care",
        "name": gettext_noop("Birthday care"),
        "event": "birthday",
        "days_before": 7,
        "exits": ["status != ACTIVE"],
        "steps": [
            _step(1, gettext_noop("Check what the customer would like to hear"), -3),
            _step(2, gettext_noop("Birthday greeting, nothing to sell"), 0, "care", required=True, after="1"),
        ],
    },
    {
        "code": "limit-expiry",
        "name": gettext_noop("Temporary limit runs out"),
        "event": "limit_expiry",
        "days_before": 14,
        "exits": ["status != ACTIVE"],
        "steps": [
            _step(1, gettext_noop("Tell the customer when the temporary limit ends and what is due then"), -7,
                  "call_back", required=True),
            _step(2, gettext_noop("Check that the debt above the fixed limit is planned for"), -1, after="1"),
        ],
    },
    {
        "code": "annual-fee",
        "name": gettext_noop("Annual fee is near"),
        "event": "annual_fee",
        "days_before": 30,
        "exits": ["status != ACTIVE"],
        "steps": [
            _step(1, gettext_noop("Look at the waiver: uses so far, uses missing"), -21, required=True),
            _step(2, gettext_noop("Tell the customer how the fee is waived"), -14, "call_back", after="1"),
            _step(3, gettext_noop("Check whether the waiver was reached"), 3, after="2"),
        ],
    },
)  # fmt: skip
