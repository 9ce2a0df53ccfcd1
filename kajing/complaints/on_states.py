"""Complaints as records with states: what a gate may narrow, and how a state is reached from its buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.complaints import choices, on_records, selectors, services
from kajing.complaints.models import Complaint
from kajing.lib.errors import DomainError
from kajing.org.models import Person
from kajing.records import kinds, states
from kajing.records.states import Fact, Given, Input, StateKind

State = choices.State


def _find(user: Any, pk: str) -> Complaint | None:
    if not user.has_perm(selectors.VIEW) or not kinds.is_key(pk):
        return None
    return selectors.with_all(selectors.complaints(user)).filter(pk=pk).first()


def _may(user: Any, row: Complaint, to: str) -> bool:
    return selectors.can_handle(user, row) and not (to == State.HANDLING and row.merged_into_id)


def _inputs(to: str) -> tuple[Input, ...]:
    """What each act asks for; the note is the answer, the redress, or what somebody was told."""
    ways = Input(name="way", label=pgettext_lazy("complaint", "Told by"), choices=choices.Way.choices)
    return {
        State.ANSWERED: (ways,),
        State.CLOSED: (
            Input(name="cause", label=pgettext_lazy("complaint", "Cause"), choices=CAUSES),
            Input(name="fault", label=_("Fault"), choices=choices.Fault.choices),
            Input(name="compensation", label=_("Compensation, yuan"), required=False),
        ),
        State.REFUSED: (Input(name="ground", label=_("Why"), choices=choices.Ground.choices),),
    }.get(State(to), ())


class _Causes:
    """The causes of today's dictionary, read when a dialog is drawn: registration must not ask the database."""

    def __iter__(self) -> Any:
        from kajing.audit.selectors import business_today
        from kajing.reference.selectors import complaint_codes

        return iter(selectors.code_choices("C", complaint_codes(business_today())))

    def __len__(self) -> int:
        return sum(1 for _one in self)

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, place: Any) -> Any:
        return list(self)[place]


CAUSES: Any = _Causes()


def _apply(actor: Person, pk: str, to: str, given: Given, note: str, at: datetime) -> object:
    row = Complaint.objects.get(pk=pk)
    about: dict[str, Any] = {"actor": actor, "complaint": row, "at": at}
    ways: Mapping[str, Callable[[], object]] = {
        State.ACCEPTED: lambda: services.accept(**about, note=note),
        State.ANSWERED: lambda: services.answer(**about, text=note, way=given.get("way", "")),
        State.CLOSED: lambda: services.close(
            **about, cause=given.get("cause", ""), fault=given.get("fault", ""), redress=note,
            compensation=fen_of(given.get("compensation", "")),
        ),
        State.WITHDRAWN: lambda: services.withdraw(**about, reason=note),
        State.REFUSED: lambda: services.refuse(**about, ground=given.get("ground", ""), reason=note),
        State.HANDLING: lambda: _handle(row, about, note),
    }  # fmt: skip
    if to not in ways:
        raise DomainError(_("A complaint goes no such way."))
    return ways[to]()


def _handle(row: Complaint, about: Mapping[str, Any], note: str) -> object:
    """An accepted one is taken on by its handler; one that was answered or has ended is opened again."""
    if row.state == State.ACCEPTED:
        return services.begin(**about, note=note)
    return services.reopen(**about, reason=note)


def fen_of(text: str) -> int:
    """Yuan as typed, in fen. Raises CannotAct."""
    from kajing.lib.money import fen

    try:
        return fen(text.strip().replace(",", "") or "0")
    except (ValueError, ArithmeticError) as error:
        raise services.CannotAct(_("Write the compensation in yuan, such as 200.00.")) from error


def register() -> None:
    """Make complaints a kind with states."""
    states.register(
        StateKind(
            name="complaint", label=_("Complaint"), moves=lambda: list(choices.MOVES), find=_find, apply=_apply,
            inputs=_inputs, may=_may, final=frozenset(choices.ENDED), place=on_records.place,
            customer_of=on_records.customer_of, url=lambda pk: reverse("complaints:detail", args=[pk]),
            since=states.by_moment(Complaint, "created_at"), carrier=lambda pk: ("complaint", pk),
            carrier_kind="complaint", facts=FACTS, **states.by_column(Complaint),
        )
    )  # fmt: skip


FACTS = {
    "handler": Fact(label=_("Handler"), lacking=states.by_query(Complaint, handler=None)),
    "cause": Fact(label=pgettext_lazy("complaint", "Cause"), lacking=states.by_query(Complaint, cause="")),
    "demand": Fact(label=_("What is wanted"), lacking=states.by_query(Complaint, demand="")),
    "incident": Fact(label=_("Day of the incident"), lacking=states.by_query(Complaint, incident_on=None)),
    "answer": Fact(label=pgettext_lazy("complaint", "Answer"), lacking=states.by_query(Complaint, answer="")),
    "against": Fact(label=_("Person complained of"), lacking=states.by_query(Complaint, against=None)),
}
