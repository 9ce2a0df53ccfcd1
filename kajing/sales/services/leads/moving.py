"""A lead goes on, back, is lost or opened again. Every way passes the state gate of the kind `lead`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kajing.org.models import Person
from kajing.records.states import check_move
from kajing.sales.models import Lead, LeadStay
from kajing.sales.selectors.leads import Asked, find_matches, policy
from kajing.sales.selectors.leads.reading import personal_value
from kajing.sales.services.leads.common import (
    SHORTEST,
    Actor,
    CannotKeepLead,
    LeadExists,
    NotThisStage,
    locked,
    person_no,
    save,
    tell,
    today_at,
    words,
)
from kajing.sales.stages import BY_HAND, KNOWN_LATER, is_back

Stage = Lead.Stage


@transaction.atomic
def move(
    *, actor: Actor, lead: Lead, to: str, at: datetime, note: str = "", version: int | None = None
) -> Lead:  # fmt: skip
    """Take a lead to another stage; back only with a reason. Where it is already, nothing happens.

    Raises NotAllowed, StaleLead, NotThisStage, CannotKeepLead (no reason), MoveRefused (the gate).
    """
    one = locked(actor, lead, version)
    said = words(note)
    if one.stage == to:
        return one
    if to == Stage.LOST:
        raise NotThisStage(_("A lead is lost for a reason: use “Lost”."))
    if to in KNOWN_LATER:
        raise NotThisStage(_("This stage becomes known from the bank's files; nobody sets it by hand."))
    if one.stage == Stage.LOST:
        raise NotThisStage(_("This lead is lost. Open it again first."))
    if to not in BY_HAND or one.stage not in BY_HAND:
        raise NotThisStage(_("This lead has become a card; its stages follow the bank's files."))
    if is_back(one.stage, to) and len(said) < SHORTEST:
        raise CannotKeepLead({"note": _("Say why the lead goes back.")})
    enter(one, to, actor, at, said, act="lead_moved")
    return one


@transaction.atomic
def lose(
    *,
    actor: Actor,
    lead: Lead,
    reason: str,
    at: datetime,
    rival: str = "",
    rival_card: str = "",
    note: str = "",
    version: int | None = None,
) -> Lead:
    """Close a lead as lost, with the reason of the dated dictionary, and the rival with its card where it asks for one.

    Raises NotAllowed, StaleLead, NotThisStage, CannotKeepLead, MoveRefused.
    """
    one = locked(actor, lead, version)
    if one.stage not in BY_HAND:
        raise NotThisStage(_("Only a lead that is still open can be lost."))
    rules, faults = policy(today_at(at)), {}
    said, bank, card = words(note), words(rival, 60), words(rival_card, 60)
    if reason not in rules.loss_reasons:
        faults["reason"] = _("Choose why the lead is lost.")
    if reason in rules.rival_reasons and not bank:
        faults["rival"] = _("Name the other bank.")
    if reason in rules.rival_reasons and not card:
        faults["rival_card"] = _("Name the card of the other bank, or “unknown”.")
    if reason == "OTHER" and len(said) < SHORTEST:
        faults["note"] = _("Say in a few words why.")
    if faults:
        raise CannotKeepLead(faults)
    one.loss_reason, one.rival, one.rival_card, one.loss_note = reason, bank, card, said
    enter(one, Stage.LOST, actor, at, said or reason, act="lead_lost", more={"reason": reason, "rival": bank})
    return one


@transaction.atomic
def reopen(
    *, actor: Person, lead: Lead, at: datetime, to: str = Stage.LEAD, note: str = "", version: int | None = None
) -> Lead:
    """Open a lost lead again. Raises NotAllowed, StaleLead, NotThisStage, LeadExists, MoveRefused."""
    one = locked(actor, lead, version)
    if one.stage != Stage.LOST:
        raise NotThisStage(_("Only a lost lead can be opened again."))
    if to not in BY_HAND[:4]:
        raise NotThisStage(_("Choose a stage in which the lead goes on."))
    asked = Asked(
        phone=personal_value(one, "phone"), id_number=personal_value(one, "id_number"),
        customer_id=str(one.customer_id or ""), but=one.pk,
    )  # fmt: skip
    found = find_matches(actor, asked, today_at(at))
    if found:
        raise LeadExists(found)
    one.loss_reason, one.rival, one.rival_card, one.loss_note = "", "", "", ""
    enter(one, to, actor, at, words(note), act="lead_reopened")
    return one


def enter(
    one: Lead,
    to: str,
    actor: Actor,
    at: datetime,
    note: str,
    *,
    act: str,
    more: dict[str, Any] | None = None,
    follows: bool = False,
    since: datetime | None = None,
) -> None:
    """Write the new stage with its stay, past the gate; what `follows` from something else asks no gate.

    `since` is the moment it really began, where that was before anybody knew.
    """
    before, begun = one.stage, since or at
    if not follows:
        check_move(kind="lead", object_id=str(one.pk), before=before, to=to, actor=actor, at=at, note=note)
    for stay in LeadStay.objects.filter(lead=one, left_at=None):
        stay.left_at = begun
        stay.save(update_fields=["left_at"])
    LeadStay.objects.create(lead=one, stage=to, entered_at=begun, by=person_no(actor), note=note)
    one.stage, one.stage_since = to, begun
    save(one)
    tell(one, actor, act, at, changes={"stage": [before, to], **(more or {})}, reason=note)
