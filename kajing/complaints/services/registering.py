"""A complaint comes in; the same one again joins the open one; new material starts the clock anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.complaints import choices, clocks, recusal, selectors
from kajing.complaints.models import PHONE, Complaint
from kajing.complaints.services import writing
from kajing.complaints.services.writing import clean, day_of, go, must_stand, save, tell
from kajing.complaints.signals import complaint_registered
from kajing.customers.models import Customer
from kajing.customers.selectors import customers
from kajing.lib.errors import DomainError, NotAllowed
from kajing.notifications.services import notify
from kajing.org.models import Person
from kajing.org.selectors import leader_of
from kajing.records import services as records
from kajing.records.selectors import fields_of
from kajing.reference.selectors import complaint_codes

MOST_REPRESENTATIVES = "group_complaint_representatives_max"  # RG053


class CannotRegister(DomainError):
    """Something about the complaint is missing or cannot be; the sentence says what."""

    status = 422


class SameOpen(DomainError):
    """The customer has an open complaint of this category, so this may be the same one; `found` are they."""

    def __init__(self, found: Sequence[Complaint]) -> None:
        super().__init__(found)
        self.found = list(found)

    def __str__(self) -> str:
        told = {"numbers": ", ".join(str(one) for one in self.found)}
        return _("The customer has open complaints: %(numbers)s. Join this one with one of them, or say that it is "
                 "another matter.") % told  # fmt: skip


@transaction.atomic
def register(
    *,
    actor: Person,
    customer: Customer,
    at: datetime,
    despite: bool = False,
    join: Complaint | None = None,
    values: Mapping[str, Any] | None = None,
    tags: Sequence[str] = (),
    **about: Any,
) -> Complaint:
    """Register a complaint; `about` are the columns a person fills in (`check` says which and how).

    While the customer has an open one of the category, `join` names the one it is the same as (its deadline stays), or
    `despite` says that it is another matter. `values` and `tags` are own fields, all required ones or None, and tags.
    Raises NotAllowed, CannotRegister, SameOpen, ValuesRefused, CannotTag.
    """
    if not actor.has_perm(selectors.REGISTER) or not customers(actor).filter(pk=customer.pk).exists():
        raise NotAllowed(_("You may not register complaints of this customer."))
    row = build(actor=actor, customer=customer, at=at, about=about)
    alike = selectors.same(actor, customer.pk, row.business, day_of(row.received_at))
    standing = [one for one in alike if one.is_open]
    if standing and join is None and not despite:
        raise SameOpen(standing)
    row.repeat_of = next((one for one in alike if one.business == row.business or not one.is_open), None)
    write_new(row, actor=actor, at=at)
    carry(row, actor=actor, at=at, values=values, tags=tags)
    if join is not None:
        merge(actor=actor, complaint=row, into=join, at=at, reason="", checked=True)
        row.refresh_from_db()
    return row


def carry(
    row: Complaint, *, actor: Person, at: datetime, values: Mapping[str, Any] | None, tags: Sequence[str]
) -> None:
    """Own fields and tags of a new complaint."""
    if values is not None and fields_of("complaint", actor) and actor.has_perm("records.fill_fields"):
        records.set_values(
            actor=actor, kind="complaint", object_id=str(row.pk), values=values, at=at, complete=True
        )  # fmt: skip
    for name in dict.fromkeys(tags):
        records.tag(actor=actor, kind="complaint", ids=[str(row.pk)], name=name, at=at)


def write_new(row: Complaint, *, actor: Person, at: datetime) -> None:
    """Save a built complaint with its number, marks and news."""
    row.save()
    row.number = f"TS{row.clock_from:%y%m%d}{row.pk:06d}"
    row.save(update_fields=["number"])
    changes = {"kind": row.kind, "business": row.business, "source": row.source, "due_on": row.due_on.isoformat()}
    tell(row, "register", gettext_noop("Complaint registered"), actor=actor, at=at, changes=changes, timeline=True)
    writing.keep_hold(row, actor=actor.person_no, at=at)
    _news(row, actor, at)
    complaint_registered.send(sender=Complaint, complaint=row, actor=actor, at=at)


def _news(row: Complaint, actor: Person, at: datetime) -> None:
    """Its handler hears of it, else the leader of the unit that handles it."""
    if row.handler_id:
        writing.tell_handler(row, gettext_noop("Complaint %(number)s is yours to handle"), actor=actor, at=at)
        return
    leader = leader_of(row.unit)
    if leader is not None and leader.pk != actor.pk:
        notify(
            person=leader, kind="complaint.new", title=gettext_noop("New complaint %(number)s, nobody handles it yet"),
            params={"number": row.number}, url=f"/complaints/{row.pk}/", group=writing.source_of(row), at=at,
        )  # fmt: skip


def build(*, actor: Person, customer: Customer, at: datetime, about: Mapping[str, Any]) -> Complaint:
    """An unsaved complaint with its two deadlines. Raises CannotRegister, NoDeadline, TypeError for an unknown name."""
    row = draft(actor=actor, customer=customer, at=at, about=about)
    check(row, day_of(at))
    set_clocks(row)
    return row


def draft(*, actor: Person, customer: Customer, at: datetime, about: Mapping[str, Any]) -> Complaint:
    """An unsaved complaint as it was typed, not checked yet."""
    given = {name: value for name, value in about.items() if name in FILLED}
    if unknown := set(about) - set(given):
        raise TypeError(f"a complaint has no {', '.join(sorted(unknown))}")
    phone = str(given.pop("phone", "") or "")
    given["received_at"] = given.get("received_at") or at
    row = Complaint(customer=customer, created_at=at, created_by=actor.person_no, **given)
    row.unit = row.unit if row.unit_id else _place(actor, row)
    row.description, row.demand = clean(row.description, 4000), clean(row.demand, 1000)
    row.complainant, row.people = clean(row.complainant, 100), max(row.people or 1, len(row.representatives), 1)
    row.clock_from = day_of(row.received_at)
    if phone:
        row.phone_enc = settings.KAJING_KEYS.encrypt(PHONE, phone)
    if not given.get("priority"):
        row.priority = _priority(row)
    return row


# What a person fills in about a complaint.
FILLED = (
    "kind", "who", "complainant", "phone", "authority_seen", "representatives", "people", "channel", "business",
    "cause", "description", "demand", "incident_on", "received_at", "source", "regulator_ref", "regulator_due_on",
    "priority", "escalated", "regulatory", "handler", "unit", "against",
)  # fmt: skip


def _place(actor: Person, row: Complaint) -> Any:
    """Who registers for a manager's customer leaves it to the customer's unit; a handler brings their own."""
    if row.handler is not None:
        return row.handler.unit
    return actor.unit if actor.has_perm(selectors.ASSIGN) else row.customer.unit


def _priority(row: Complaint) -> str:
    code = complaint_codes(row.clock_from).get(row.business)
    return code.severity if code and code.severity else choices.Priority.MEDIUM.value


def set_clocks(row: Complaint) -> None:
    """Both last days from the day the clock counts from. Raises NoDeadline."""
    row.due_on = clocks.legal_due(row.clock_from, row.stage, row.regulator_due_on)
    row.service_due_on = clocks.service_due(row.clock_from, row.priority)


def check(row: Complaint, today: date) -> None:
    """Everything a complaint must have, whichever way it comes in. Raises CannotRegister."""
    if problems := wrong(row, today):
        raise CannotRegister(" ".join(said for _name, said in problems))


def wrong(row: Complaint, today: date) -> list[tuple[str, str]]:
    """What is wrong with it, as (column, sentence)."""
    found = [*_wrong_words(row), *_wrong_codes(row, today), *_wrong_people(row)]
    if row.clock_from > today:
        found.append(("received_at", _("It cannot be received on a day that lies ahead.")))
    if row.incident_on and row.incident_on > row.clock_from:
        found.append(("incident_on", _("What is complained of must lie before the day it was received.")))
    if row.source == choices.Source.REGULATOR and not row.regulator_ref.strip():
        found.append(("regulator_ref", _("Write the regulator's number of the case it passed on.")))
    if row.regulator_due_on and row.regulator_due_on < row.clock_from:
        found.append(("regulator_due_on", _("The regulator's last day must lie after the day of receipt.")))
    if row.handler is not None and (said := recusal.why_not(row.handler, row)):
        found.append(("handler", said))
    return found


def _wrong_words(row: Complaint) -> list[tuple[str, str]]:
    found = []
    if len(row.description.strip()) < 4:
        found.append(("description", _("Write what the customer complains of.")))
    return found + [
        (name, _("Choose one of the list."))
        for name, known in _CHOSEN.items()
        if getattr(row, name) not in known.values
    ]


_CHOSEN = {"kind": choices.Kind, "who": choices.Who, "source": choices.Source, "priority": choices.Priority}


def _wrong_codes(row: Complaint, today: date) -> list[tuple[str, str]]:
    codes = complaint_codes(max(row.clock_from, row.created_at.date()) if row.created_at else today)
    wanted = (("channel", "A"), ("business", "B"), ("cause", "C"))
    return [
        (name, _("%(code)s is no code of the complaint dictionary for this.") % {"code": getattr(row, name) or "—"})
        for name, dimension in wanted
        if (getattr(row, name) or name != "cause")
        and (getattr(row, name) not in codes or codes[getattr(row, name)].dimension != dimension)
    ]


def _wrong_people(row: Complaint) -> list[tuple[str, str]]:
    found = []
    if row.who in {choices.Who.AGENT, choices.Who.HEIR} and not row.complainant:
        found.append(("complainant", _("Write the name of who complains for the customer.")))
    most = clocks.days_of(MOST_REPRESENTATIVES, row.clock_from)
    if row.who == choices.Who.GROUP and not row.representatives:
        found.append(("representatives", _("Write the names of the group's representatives.")))
    if most and len(row.representatives) > most:
        told = {"most": most}
        found.append(
            ("representatives", _("A group has at most %(most)s representatives (2020 No. 3 Art. 12).") % told)
        )
    if any(not isinstance(one, str) or not 0 < len(one) <= 100 for one in row.representatives):
        found.append(("representatives", _("Write one name a line, each of at most 100 characters.")))
    return found


@transaction.atomic
def merge(
    *, actor: Person, complaint: Complaint, into: Complaint, at: datetime, reason: str = "", checked: bool = False
) -> Complaint:
    """Join a complaint with the same one that is open already: that one's deadline stays; gives that one.

    Raises NotOpen, NotAllowed, CannotRegister.
    """
    row, kept = writing.locked(actor, complaint), writing.locked(actor, into)
    if not checked:
        writing.must_handle(actor, row)
    must_stand(row, *choices.OPEN)
    must_stand(kept, *choices.RUNNING)
    if row.pk == kept.pk or row.customer_id != kept.customer_id:
        raise CannotRegister(_("Only another complaint of the same customer can be joined with."))
    before, row.state = row.state, choices.State.CLOSED.value
    row.merged_into, row.ended_at = kept, at
    save(row)
    changes = {"state": [before, row.state], "merged_into": kept.number}
    told = {"number": kept.number}
    tell(row, "merge", gettext_noop("Joined with %(number)s"), actor=actor, at=at, note=reason, params=told,
         changes=changes, timeline=True)  # fmt: skip
    tell(kept, "joined", gettext_noop("%(number)s says the same and was joined; the deadline stays"), actor=actor,
         at=at, params={"number": row.number}, note=row.description)  # fmt: skip
    writing.moved(row, before, actor=actor, at=at)
    writing.tell_handler(kept, gettext_noop("Complaint %(number)s came in again"), actor=actor, at=at)
    return kept


@transaction.atomic
def add_facts(
    *, actor: Person, complaint: Complaint, note: str, received_at: datetime, at: datetime, version: int | None = None
) -> Complaint:
    """New facts or reasons from the complainant: the clock starts anew on the day they came (domain §2.6).

    Raises NotOpen, NotAllowed, CannotRegister, Stale.
    """
    row = writing.locked(actor, complaint, version)
    writing.must_handle(actor, row)
    must_stand(row, *choices.OPEN)
    day = day_of(received_at)
    if not row.clock_from <= day <= day_of(at):
        raise CannotRegister(_("New material comes after the day the clock counts from, and not on a day ahead."))
    if len(note.strip()) < 2:
        raise CannotRegister(_("Write what is new."))
    before, was = row.state, row.due_on
    if row.state == choices.State.ANSWERED:
        go(row, choices.State.HANDLING.value, actor=actor, at=at, note=note)
    restart(row, day)
    save(row)
    changes = {"due_on": [was.isoformat(), row.due_on.isoformat()], "clock_from": day.isoformat()}
    tell(row, "facts", gettext_noop("New facts; the clock starts anew"), actor=actor, at=at, note=note,
         changes=changes, timeline=True)  # fmt: skip
    writing.moved(row, before, actor=actor, at=at)
    return row


def restart(row: Complaint, day: date, stage: str = choices.Stage.SIMPLE.value) -> None:
    """Count both clocks from another day."""
    row.clock_from, row.stage, row.regulator_due_on = day, stage, None
    row.told_overdue_on = row.warned_on = None
    set_clocks(row)
