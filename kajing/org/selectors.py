"""Reads: people, units, who stands in for whom, tokens."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.apps import apps
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from kajing.lib.errors import NotAllowed
from kajing.lib.scope import ALL
from kajing.org.models import AccessGrant, ApiToken, Licence, Person, Posting, Role, Substitution, Unit
from kajing.org.registry import place_of
from kajing.org.scoping import SUBTREE, current_scope, scope_of, subtree
from kajing.org.why import scope_in_words, why

__all__ = ["why"]
SEARCH_LIMIT = 20
_LEADERS = (Role.LEADER, Role.BRANCH_HEAD)


def asker(request: HttpRequest) -> Person:
    """The signed-in person of a request; anonymous ones do not come this far."""
    return request.user


def person(person_no: str) -> Person | None:
    """The person of a number, or None; for showing who did something."""
    return Person.objects.filter(person_no=person_no).first()


def person_named(word: str) -> Person | None:
    """The person of a number or a sign-in name."""
    return Person.objects.filter(Q(person_no=word) | Q(username=word)).order_by("pk").first()


def another(user: Person, person_no: str) -> Person:
    """Somebody else the asker may look up: nobody changes their own rights (S13). Raises NotAllowed, Http404."""
    if person_no == user.person_no:
        raise NotAllowed(_("Nobody changes their own rights. Ask a colleague."))
    found = people(user).filter(person_no=person_no).first()
    if found is None:
        raise Http404
    return found


def person_with(user: Person, pk: str) -> Person:
    """Somebody the asker may look up, for panels on their page. Raises Http404."""
    found = people(user).filter(pk=pk).first() if pk.isdecimal() and len(pk) < 19 else None
    if found is None:
        raise Http404
    return found


def names(person_nos: set[str]) -> dict[str, str]:
    """Names by person number, for lists that show actors; one query for all."""
    found = Person.objects.filter(person_no__in=person_nos).values_list("person_no", "name")
    return dict(found)


def people(user: Person, *, search: str = "", role: str = "", unit: str = "") -> QuerySet[Person]:
    """People this person may look up: everybody for who runs or audits the system, else the own subtree."""
    found = Person.objects.select_related("unit")
    if not user.has_perm("org.view"):
        found = found.filter(Q(unit_id__in=own_units(user)) | Q(pk=user.pk))
    if search:
        found = found.filter(
            Q(name__icontains=search) | Q(initials__istartswith=search) | Q(person_no=search) | Q(username=search)
        )
    if role in Role.values:
        found = found.filter(role=role)
    return found.filter(unit_id__in=subtree(unit)) if unit else found


def search_people(user: Person, text: str) -> list[Person]:
    """At most 20 people still here whose name, initials or number match."""
    found = people(user, search=text.strip())
    return list(found.filter(is_active=True, left_on=None)[:SEARCH_LIMIT]) if text.strip() else []


def own_units(user: Person) -> frozenset[str]:
    """The person's unit and, for who leads or oversees, everything below it."""
    return subtree(user.unit_id) if user.role in SUBTREE else frozenset({user.unit_id})


def managers_of(unit_code: str, on: date) -> QuerySet[Person]:
    """Account managers who work in the unit or below on a day."""
    here = Person.objects.filter(unit_id__in=subtree(unit_code), role=Role.MANAGER, is_active=True)
    return here.filter(Q(left_on=None) | Q(left_on__gte=on))


def leader_of(unit: Unit, *, but: Person | None = None) -> Person | None:
    """Who answers for a unit: its leader, else the nearest leader or head above it; `but` is passed over."""
    above = [code for code in unit.path.split("/") if code]
    found = Person.objects.filter(unit_id__in=above, role__in=_LEADERS, is_active=True).select_related("unit")
    return max(
        (one for one in found if but is None or one.pk != but.pk),
        key=lambda one: (len(one.unit.path), one.role == Role.LEADER, one.person_no),
        default=None,
    )


def units(user: Person, on: date) -> QuerySet[Unit]:
    """The unit tree as it stands on a day, in order of the tree; the own branch of it for who may not see all."""
    found = units_on(on)
    return found if user.has_perm("org.view") else found.filter(pk__in=own_units(user))


def units_on(on: date) -> QuerySet[Unit]:
    """Every unit that exists on a day, in order of the tree."""
    return Unit.objects.filter(Q(valid_to=None) | Q(valid_to__gt=on)).order_by("path")


def substitutes(user: Person, on: date) -> QuerySet[Substitution]:
    """Absences of this person, running or to come."""
    return user.absences.filter(last_day__gte=on).select_related("substitute")


def standing_in(user: Person, on: date) -> QuerySet[Substitution]:
    """Whose book this person works on a day, and until when."""
    return user.standing_in.filter(first_day__lte=on, last_day__gte=on).select_related("person")


def absences(user: Person, since: date | None) -> QuerySet[Substitution]:
    """One's own absences, those one stands in for, and for leaders their people's; from `since` on those not over."""
    mine = Q(person=user) | Q(substitute=user)
    if user.has_perm("org.substitute"):
        mine |= Q(person__in=people(user))
    found = Substitution.objects.filter(mine).select_related("person", "substitute")
    return found.filter(last_day__gte=since) if since else found


def substitutions_today(user: Any) -> list[Substitution]:
    """This person's own absence today and those they stand in for; asked once a request."""
    if not hasattr(user, "substitutions_today"):
        day = timezone.localdate()
        about = Q(person=user) | Q(substitute=user)
        found = Substitution.objects.filter(about, first_day__lte=day, last_day__gte=day)
        user.substitutions_today = list(found.select_related("person", "substitute"))
    kept: list[Substitution] = user.substitutions_today
    return kept


def postings(of: Person) -> QuerySet[Posting]:
    """Where a person worked, newest first."""
    return of.postings.select_related("unit").order_by("-valid_from")


def licences(of: Person) -> QuerySet[Licence]:
    """Qualifications, newest first."""
    return of.licences.order_by("code", "-granted_on")


def licences_recorded() -> bool:
    """Whether the system knows a licence of anybody."""
    return Licence.objects.exists()


def unlicensed(codes: Iterable[str], roles: Iterable[str], on: date) -> tuple[int, int]:
    """How many people of these roles are at work, and how many of them lack one of the licences on a day."""
    staff = Person.objects.filter(role__in=list(roles), is_active=True)
    valid = Licence.objects.filter(granted_on__lte=on).filter(Q(last_day=None) | Q(last_day__gte=on))
    lacking = Q()
    for code in codes:
        lacking |= ~Q(pk__in=valid.filter(code=code).values("person"))
    return staff.count(), staff.filter(lacking).count() if lacking else 0


def holds_licence(of: Person, code: str, on: date) -> bool:
    """Whether a qualification is valid on a day (`last_day` is the last day it counts)."""
    valid = of.licences.filter(code=code, granted_on__lte=on)
    return valid.filter(Q(last_day=None) | Q(last_day__gte=on)).exists()


def grants(of: Person) -> QuerySet[AccessGrant]:
    """Temporary accesses, newest first."""
    return of.grants.select_related("person")


def tokens(of: Person) -> QuerySet[ApiToken]:
    """API tokens, newest first; only their prefixes can ever be shown."""
    return of.tokens.all()


def token(text: str, *, at: datetime) -> ApiToken | None:
    """The live token of a bearer text, or None: unknown, wrong, expired, revoked, or of a person who left."""
    prefix, _dot, secret = text.partition(".")
    found = ApiToken.objects.filter(prefix=prefix, revoked_at=None, expires_at__gt=at).select_related("person").first()
    digest = hashlib.sha256(secret.encode()).hexdigest()
    if found is None or not hmac.compare_digest(found.digest, digest):
        return None
    return found if found.person.may_work(at) else None


def has_second_factor(user: Person) -> bool:
    """Whether the person has set up a second factor."""
    found: bool = apps.get_model("mfa", "Authenticator").objects.filter(user_id=user.pk, type="totp").exists()
    return found


def scope_sentence(user: Person, on: date) -> str:
    """What this person sees, in one sentence."""
    return scope_in_words(user, on)


def me(user: Person, on: date) -> dict[str, Any]:
    """The signed-in person for the API."""
    return {
        "person_no": user.person_no,
        "name": user.name,
        "role": user.role,
        "unit_code": user.unit_id,
        "scope": scope_sentence(user, on),
        "sees_all": current_scope(user).units is ALL and current_scope(user).managers is ALL,
    }


def unit_rows(user: Person, on: date, *, chosen: str = "") -> list[dict[str, Any]]:
    """The unit tree as rows with indent and head count, for the page."""
    found = list(units(user, on))
    heads = dict(
        Person.objects.filter(is_active=True, left_on=None).values_list("unit_id").annotate(n=Count("pk")).order_by()
    )
    top = min((unit.path.count("/") for unit in found), default=0)
    return [
        {
            "unit": unit,
            "indent": "\u2003"
            * (unit.path.count("/") - top),  # an em space a level, which no style sheet is needed for
            "heads": heads.get(unit.pk, 0),
            "chosen": unit.pk == chosen,
        }
        for unit in found
    ]


def substitution(user: Person, pk: int) -> Substitution | None:
    """A substitution of somebody this person may look up."""
    found = Substitution.objects.filter(pk=pk, person__in=people(user))
    return found.select_related("person", "substitute").first()


def own_absences(user: Person) -> QuerySet[Substitution]:
    """Every absence of this person, to end it."""
    return user.absences.select_related("person", "substitute")


def revocable_tokens(user: Person) -> QuerySet[ApiToken]:
    """Tokens this person may end: the own ones, or all for an administrator."""
    found = ApiToken.objects.select_related("person")
    return found if user.has_perm("org.manage") else found.filter(person=user)


def all_grants() -> QuerySet[AccessGrant]:
    """Every temporary access, for who may end it."""
    return AccessGrant.objects.select_related("person")


def yesterday() -> date:
    """The day before the calendar day."""
    return timezone.localdate() - timedelta(days=1)


def why_answer(user: Person, customer_id: str, *, about: str, on: date) -> str | None:
    """Why `user`, or the colleague `about`, sees a customer; None when `user` does not see it or nobody is meant.

    Only who may look up people asks about others (capability 4.10).
    """
    place = place_of(customer_id)
    if place is None or not scope_of(user, on).sees(unit=place.unit, manager=place.manager, customer=customer_id):
        return None
    of = people(user).filter(Q(person_no=about) | Q(username=about)).first() if about else user
    return why(of, place.unit, place.manager, customer_id, on) if of else None
