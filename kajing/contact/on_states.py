"""Versions of message templates as records with states: draft, asked, approved or returned, withdrawn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kajing.contact.models import TemplateVersion
from kajing.contact.services import wordings
from kajing.lib.errors import DomainError
from kajing.org.models import Person, Unit
from kajing.records import states
from kajing.records.states import Fact, Given, StateKind
from kajing.ui import registry as ui

State = TemplateVersion.State
MOVES = (
    (State.DRAFT, State.ASKED), (State.ASKED, State.APPROVED), (State.ASKED, State.RETURNED),
    (State.APPROVED, State.RETIRED),
)  # fmt: skip


def _find(user: Any, pk: str) -> TemplateVersion | None:
    may = user.has_perm(wordings.WRITE) or user.has_perm(wordings.APPROVE) or user.has_perm("contact.view_messages")
    if not may or not pk.isdecimal() or len(pk) > 18:
        return None
    return TemplateVersion.objects.select_related("template").filter(pk=pk).first()


def load(user: Any, pk: str) -> TemplateVersion:
    """The version whose page takes panels. Raises Http404 when the person may not see it."""
    found = _find(user, pk)
    if found is None:
        raise Http404
    return found


def _apply(actor: Person, pk: str, to: str, given: Given, note: str, at: datetime) -> object:
    version = TemplateVersion.objects.select_related("template").get(pk=pk)
    if to == State.ASKED:
        return wordings.ask_approval(actor=actor, version=version, at=at)
    if to in {State.APPROVED, State.RETURNED}:
        return wordings.decide(actor=actor, version=version, approve=to == State.APPROVED, note=note, at=at)
    if to == State.RETIRED:
        return wordings.retire(actor=actor, version=version, reason=note, at=at)
    raise DomainError(_("A template goes no such way."))


def _may(user: Any, row: TemplateVersion, to: str) -> bool:
    if to == State.ASKED:
        return bool(user.has_perm(wordings.WRITE))
    return bool(user.has_perm(wordings.APPROVE)) and (to == State.RETIRED or row.written_by != user.person_no)


def _place(pk: str) -> Unit | None:
    """The unit of who wrote it."""
    written = TemplateVersion.objects.filter(pk=pk).values("written_by")
    return Unit.objects.filter(pk__in=Person.objects.filter(person_no__in=written).values("unit")).first()


def _url(pk: str) -> str:
    found = TemplateVersion.objects.filter(pk=pk).values_list("template", flat=True).first()
    return reverse("contact:template", args=[found]) if found else ""


def register() -> None:
    """Make versions of templates a kind with states, and their page one that takes panels."""
    ui.register_slot(ui.Slot(name="template", load=load))
    facts = {
        "review_id": Fact(label=_("Review number"), lacking=states.by_query(TemplateVersion, review_id="")),
        "valid_to": Fact(label=_("Last day it is valid"), lacking=states.by_query(TemplateVersion, valid_to=None)),
    }
    states.register(
        StateKind(
            name="template", label=_("Message template"), moves=lambda: list(MOVES), find=_find, apply=_apply,
            url=_url, may=_may, place=_place,
            final=frozenset({State.APPROVED, State.RETURNED, State.RETIRED}), facts=facts,
            since=states.by_moment(TemplateVersion, "written_at"), **states.by_column(TemplateVersion),
        )
    )  # fmt: skip
