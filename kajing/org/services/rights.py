"""What people get beside their role: substitution, temporary access, licences, API tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from kajing.audit.services import record
from kajing.lib.errors import DomainError
from kajing.org.models import AccessGrant, ApiToken, IdempotencyKey, Licence, Person, Substitution

TOKEN_DAYS = 90
TOKEN_DAYS_LIMIT = 366
KEEP_KEYS = timedelta(hours=48)  # the promise is 24 (platform G3)


class CannotSubstitute(DomainError):
    """The dates or the two people do not fit."""


class CannotGrant(DomainError):
    """The dates do not fit."""


@transaction.atomic
def set_substitute(
    *, person: Person, substitute: Person, first_day: date, last_day: date, reason: str, actor: str, at: datetime
) -> Substitution:
    """Let `substitute` see and work `person`'s book from first to last day. Raises CannotSubstitute."""
    if person.pk == substitute.pk:
        raise CannotSubstitute(_("Nobody can stand in for themselves."))
    if last_day < first_day:
        raise CannotSubstitute(_("The last day lies before the first day."))
    if substitute.role != person.role or not substitute.works_on(first_day):
        raise CannotSubstitute(_("A substitute has the same role and is at work on the first day."))
    if person.absences.filter(first_day__lte=last_day, last_day__gte=first_day).exists():
        raise CannotSubstitute(_("There is already a substitute in this time."))
    made = Substitution.objects.create(
        person=person, substitute=substitute, first_day=first_day, last_day=last_day, reason=reason, made_by=actor
    )
    changes = {"substitute": substitute.person_no, "from": first_day.isoformat(), "until": last_day.isoformat()}
    _tell("org.set_substitute", person, actor, at, changes, reason)
    return made


@transaction.atomic
def end_substitution(*, substitution: Substitution, last_day: date, actor: str, at: datetime) -> None:
    """End a substitution early: `last_day` is the last day it counts; before it began, it is taken away whole."""
    changes = {"substitute": substitution.substitute.person_no, "until": last_day.isoformat()}
    if last_day < substitution.first_day:
        substitution.delete()
    else:
        substitution.last_day = min(last_day, substitution.last_day)
        substitution.save(update_fields=["last_day"])
    _tell("org.end_substitution", substitution.person, actor, at, changes)


@transaction.atomic
def grant_access(
    *,
    person: Person,
    customer_id: str,
    first_day: date,
    last_day: date,
    reason: str,
    source: str,
    actor: str,
    at: datetime,
) -> AccessGrant:
    """Let a person see one customer until a day or until `source` (such as task:41) ends it. Raises CannotGrant."""
    if last_day < first_day:
        raise CannotGrant(_("The last day lies before the first day."))
    made = AccessGrant.objects.create(
        person=person, customer_id=customer_id, first_day=first_day, last_day=last_day, reason=reason, source=source,
        made_by=actor,
    )  # fmt: skip
    changes = {"person": person.person_no, "until": last_day.isoformat(), "source": source}
    record(
        actor=actor, action="org.grant_access", object_kind="grant", object_id=str(made.pk), customer_id=customer_id,
        at=at, reason=reason, changes=dict(changes),
    )  # fmt: skip
    return made


@transaction.atomic
def revoke_access(*, actor: str, at: datetime, grant: AccessGrant | None = None, source: str = "") -> int:
    """End one temporary access, or all that came with a `source`; returns how many ended."""
    running = AccessGrant.objects.filter(ended_at=None)
    chosen = list(running.filter(pk=grant.pk) if grant else running.filter(source=source).exclude(source=""))
    for one in chosen:
        one.ended_at = at
        one.save(update_fields=["ended_at"])
        record(
            actor=actor, action="org.revoke_access", object_kind="grant", object_id=str(one.pk),
            customer_id=one.customer_id, at=at, changes={"source": source},
        )  # fmt: skip
    return len(chosen)


@transaction.atomic
def grant_licence(
    *, person: Person, code: str, granted_on: date, last_day: date | None, source: str, actor: str, at: datetime
) -> Licence:
    """Grant a qualification such as T01; `last_day` None means it does not run out."""
    if last_day is not None and last_day < granted_on:
        raise CannotGrant(_("The last day lies before the first day."))
    made = Licence.objects.create(person=person, code=code, granted_on=granted_on, last_day=last_day, source=source)
    _tell("org.grant_licence", person, actor, at, {"code": code, "last_day": last_day and last_day.isoformat()})
    return made


@transaction.atomic
def make_token(
    *, person: Person, name: str, actor: str, at: datetime, read_only: bool = False, days: int = TOKEN_DAYS
) -> tuple[ApiToken, str]:
    """A new API token and its text, which is shown once and kept nowhere; `days` is 1 to 366."""
    prefix = "kj" + secrets.token_hex(5)
    secret = secrets.token_urlsafe(32)
    made = ApiToken.objects.create(
        person=person, prefix=prefix, digest=hashlib.sha256(secret.encode()).hexdigest(), name=name,
        read_only=read_only, created_at=at, expires_at=at + timedelta(days=max(1, min(days, TOKEN_DAYS_LIMIT))),
    )  # fmt: skip
    _tell("org.make_token", person, actor, at, {"token": prefix, "name": name, "read_only": read_only})
    return made, f"{prefix}.{secret}"


@transaction.atomic
def revoke_token(*, token: ApiToken, actor: str, at: datetime) -> None:
    """End a token at once."""
    token.revoked_at = token.revoked_at or at
    token.save(update_fields=["revoked_at"])
    _tell("org.revoke_token", token.person, actor, at, {"token": token.prefix})


def tidy(*, at: datetime) -> int:
    """Forget answers of POSTs that are older than 48 hours; returns how many."""
    return IdempotencyKey.objects.filter(created_at__lt=at - KEEP_KEYS).delete()[0]


def _tell(
    action: str, person: Person, actor: str, at: datetime, changes: Mapping[str, object], reason: str = ""
) -> None:
    record(
        actor=actor, action=action, object_kind="person", object_id=person.person_no, at=at, reason=reason,
        changes=dict(changes),
    )  # fmt: skip
