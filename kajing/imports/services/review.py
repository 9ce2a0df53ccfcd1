"""What a person decides about a file: let a held one in, refuse it, mend rejected rows and run them again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from kajing.audit.services import record
from kajing.imports.models import Batch
from kajing.imports.selectors import mendable
from kajing.imports.services.batches import EDITS
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org.models import Person
from kajing.queue import services as queue

State = Batch.State
# A person's line of a feed is short; a longer edit is a mistake or an attack (platform R10).
LONGEST_EDIT = 500
LONGEST_LINE = 4000
MOST_LINES = 500
Edits = Mapping[int, str | dict[str, str] | None]


class CannotDecide(DomainError):
    """The file is not waiting for this decision."""


class CannotMend(CannotDecide):
    """What was typed fits no rejected row of the file."""

    status = 422


@transaction.atomic
def release(*, actor: Person, batch: Batch, reason: str, at: datetime) -> Batch:
    """Let a held file in although more rows are bad than allowed; the good rows load. Raises CannotDecide."""
    _need(actor, "imports.release")
    held = _locked(batch, State.HELD)
    _say_why(reason)
    held.state, held.released_by = State.CHECKED, actor.person_no
    held.save(update_fields=["state", "released_by"])
    _audit(held, "imports.released", actor, at, reason)
    queue.enqueue("imports.resume", at=at, owner=actor.person_no)
    return held


@transaction.atomic
def refuse(*, actor: Person, batch: Batch, reason: str, at: datetime) -> Batch:
    """Refuse a held file; nothing of it is loaded. Raises CannotDecide."""
    _need(actor, "imports.release")
    held = _locked(batch, State.HELD)
    _say_why(reason)
    held.state, held.finished_at = State.REFUSED, at
    held.problem = {"zh": f"由 {actor.name} 拒绝：{reason}", "en": f"Refused by {actor.name}: {reason}"}
    held.save(update_fields=["state", "finished_at", "problem"])
    _audit(held, "imports.refused", actor, at, reason)
    return held


def mend(*, actor: Person, batch: Batch, edits: Edits, at: datetime) -> Batch:
    """Run quarantined lines again from their original text plus the edits. Raises NotAllowed, CannotDecide, CannotMend.

    `edits` is line number → new text of the line, or column → new text, or None to run the line as it is. They are kept
    encrypted until they are loaded, because a person may have typed a phone number.
    """
    _need(actor, "imports.load")
    if batch.state != State.DONE:
        raise CannotDecide(_("Rows can be mended once the file itself is loaded or released."))
    _check_edits(edits)
    _check_places(batch, edits)
    return _mend(actor, batch, edits, at)


@transaction.atomic
def _mend(actor: Person, batch: Batch, edits: Edits, at: datetime) -> Batch:
    text = json.dumps({str(line): edit for line, edit in sorted(edits.items())}, ensure_ascii=False)
    mended = Batch.objects.create(
        feed=batch.feed,
        business_date=batch.business_date,
        sha256=hashlib.sha256(f"{batch.pk}:{at.isoformat()}:{text}".encode()).hexdigest(),
        mapping=batch.mapping,
        file_name=batch.file_name,
        source=f"mended lines of {batch.file_name}",
        size=len(text),
        has_manifest=batch.has_manifest,
        mends=batch,
        mended_lines=sorted(edits),
        edits_enc=settings.KAJING_KEYS.encrypt(EDITS, text),
        created_at=at,
        created_by=actor.person_no,
    )
    _audit(mended, "imports.mended", actor, at, "", {"mends": batch.pk, "lines": sorted(edits)})
    queue.enqueue("imports.resume", at=at, owner=actor.person_no)
    return mended


def _check_edits(edits: Edits) -> None:
    if not edits:
        raise CannotMend(_("Choose at least one row to run again."))
    if len(edits) > MOST_LINES:
        raise CannotMend(_("At most %(count)s rows can be mended at once.") % {"count": MOST_LINES})
    lines = [edit for edit in edits.values() if isinstance(edit, str)]
    texts = [text for edit in edits.values() if isinstance(edit, dict) for text in edit.values()]
    if any(len(text) > LONGEST_EDIT for text in texts) or any(len(text) > LONGEST_LINE for text in lines):
        raise CannotMend(_("A field holds at most %(count)s characters.") % {"count": LONGEST_EDIT})
    if any("\x00" in text or "\n" in text or "\r" in text for text in [*texts, *lines]):
        raise CannotMend(_("A row is one line of plain text."))


def _check_places(batch: Batch, edits: Edits) -> None:
    """Lines that were not rejected, and columns the file does not have, would be passed over without a word."""
    lines, columns = mendable(batch, list(edits))
    if strangers := sorted(set(edits) - lines):
        raise CannotMend(_("Line %(line)s is not among the rejected rows of this file.") % {"line": strangers[0]})
    named = {column for edit in edits.values() if isinstance(edit, dict) for column in edit}
    if unknown := sorted(named - columns):
        raise CannotMend(_("The file has no column %(column)s.") % {"column": unknown[0][:60]})


def _locked(batch: Batch, state: str) -> Batch:
    found = Batch.objects.select_for_update().filter(pk=batch.pk, state=state).first()
    if found is None:
        raise CannotDecide(_("This file is no longer waiting for a decision; reload the page."))
    return found


def _need(actor: Person, right: str) -> None:
    if not actor.has_perm(right):
        raise NotAllowed(_("Your role does not allow this."))


def _say_why(reason: str) -> None:
    if len(reason.strip()) < 2:
        raise CannotDecide(_("Say why."))


def _audit(
    batch: Batch, action: str, actor: Person, at: datetime, reason: str, changes: dict[str, Any] | None = None
) -> None:
    record(
        actor=actor.person_no,
        action=action,
        object_kind="batch",
        object_id=str(batch.pk),
        at=at,
        reason=reason.strip()[:400],
        changes={"feed": batch.feed, "business_date": batch.business_date.isoformat(), **(changes or {})},
    )
