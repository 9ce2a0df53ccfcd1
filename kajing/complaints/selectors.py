"""Complaints a person may see, what they may do to each, and what else the customer complains of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, IntegerField, Min, OuterRef, Q, QuerySet, Subquery, Value, When

from kajing.complaints import choices
from kajing.complaints.models import Complaint, ComplaintEvent, Extension
from kajing.complaints.recusal import why_not
from kajing.lib.scope import ALL
from kajing.org.models import Person, Role
from kajing.org.scoping import current_scope
from kajing.reference.models import ComplaintCode
from kajing.reference.selectors import complaint_codes, parameter_values
from kajing.workflow.selectors import present_of

VIEW, REGISTER, HANDLE, ASSIGN = "complaints.view", "complaints.register", "complaints.handle", "complaints.assign"
RELATED = ("customer__manager", "handler", "unit", "against")
WARN_DAYS, RED_DAYS, REPEAT_DAYS = 5, 2, 30  # before policies BP758, BP759 and BP760 were loaded


def complaints(user: Any) -> QuerySet[Complaint]:
    """Complaints of customers this person sees, those they handle, and those their units handle."""
    scope = current_scope(user)
    seen: QuerySet[Complaint] = Complaint.objects.visible_to(user)
    if user.role == Role.ADMIN or scope.sees_nothing or scope.managers is not ALL or scope.units is ALL:
        return seen
    return seen | Complaint.objects.filter(unit_id__in=scope.units)


def with_all(found: QuerySet[Complaint]) -> QuerySet[Complaint]:
    """With what a page says of each."""
    return found.select_related(*RELATED)


def running(user: Any) -> QuerySet[Complaint]:
    """Those that still want an answer, the fewest days left first."""
    return complaints(user).filter(state__in=choices.RUNNING).order_by("due_on", "pk")


def of_customer(user: Any, customer_id: str) -> QuerySet[Complaint]:
    """A customer's complaints, open ones first by their days left."""
    ended = Case(When(state__in=choices.ENDED, then=Value(1)), default=Value(0), output_field=IntegerField())
    return with_all(complaints(user)).filter(customer_id=customer_id).order_by(ended, "due_on", "-pk")


def numbered(user: Any, text: str) -> QuerySet[Complaint]:
    """Complaints whose number begins so, then those the regulator calls so; the newest first."""
    own, regulators = Q(number__istartswith=text), Q(regulator_ref__istartswith=text)
    late = Case(When(own, then=Value(0)), default=Value(1), output_field=IntegerField())
    return with_all(complaints(user)).filter(own | regulators).order_by(late, "-pk")


def mine(user: Any) -> QuerySet[Complaint]:
    """Running complaints this person handles, the fewest days left first."""
    return running(user).filter(handler_id=user.person_no)


def can_handle(user: Any, complaint: Complaint) -> bool:
    """Its handler, or one who gives complaints out; never somebody with an interest in it."""
    if not user.has_perm(HANDLE) or why_not(user, complaint):
        return False
    return complaint.handler_id == user.person_no or bool(user.has_perm(ASSIGN))


def open_counts(user: Any, customer_ids: Sequence[str]) -> dict[str, int]:
    """How many open complaints each customer has."""
    found = complaints(user).filter(customer__in=customer_ids, state__in=choices.OPEN).order_by().values("customer_id")
    return {row["customer_id"]: row["count"] for row in found.annotate(count=Count("pk"))}


def on_first_screen() -> dict[str, Any]:
    """Over a customer's own query: how many of their complaints want an answer, and the nearest deadline."""
    running = Complaint.objects.filter(customer=OuterRef("pk"), state__in=choices.RUNNING).order_by()
    of_them = running.values("customer")
    return {
        "complaints_running": Subquery(of_them.annotate(count=Count("pk")).values("count")),
        "complaints_due_on": Subquery(of_them.annotate(nearest=Min("due_on")).values("nearest")),
    }


@dataclass(frozen=True, slots=True)
class Limits:
    """From how many days left on a complaint is amber, and red (BP758, BP759); how long one is a repeat (BP760)."""

    warn: int
    red: int
    repeat: int

    def tone(self, days: int) -> str:
        """bad, warn or ok."""
        return "bad" if days <= self.red else "warn" if days <= self.warn else "ok"


def limits(on: date) -> Limits:
    """As in force on a day."""
    known = parameter_values(("complaint_warn_days", "complaint_red_days", "complaint_repeat_days"), on)
    usual = {"complaint_warn_days": WARN_DAYS, "complaint_red_days": RED_DAYS, "complaint_repeat_days": REPEAT_DAYS}
    found = [value if isinstance(value := known.get(key), int) else days for key, days in usual.items()]
    return Limits(*found)


def limits_of(user: Any) -> Limits:
    """As in force on the page's day, kept on the person object for the length of a request."""
    if not hasattr(user, "complaint_limits"):
        user.complaint_limits = limits(present_of(user).today)
    found: Limits = user.complaint_limits
    return found


def codes_of(user: Any) -> dict[str, ComplaintCode]:
    """The dictionary of the page's day, kept likewise."""
    if not hasattr(user, "complaint_codes"):
        user.complaint_codes = complaint_codes(present_of(user).today)
    found: dict[str, ComplaintCode] = user.complaint_codes
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """The complaints of a person that want an answer: how many, how many are overdue, near, and the nearest."""

    count: int
    overdue: int
    near: int
    rows: list[Complaint]


def standing(user: Any, today: date, *, most: int = 3) -> Standing:
    """For the workbench: of one's own, or for who gives complaints out of all one sees; two queries."""
    found = running(user) if user.has_perm(ASSIGN) else running(user).filter(_concerns(user))
    red = today + timedelta(days=limits_of(user).red)
    told = found.order_by().aggregate(
        count=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=today)),
        near=Count("pk", filter=Q(due_on__gte=today, due_on__lte=red)),
    )  # fmt: skip
    rows = list(with_all(found)[:most]) if told["count"] else []
    return Standing(told["count"], told["overdue"], told["near"], rows)


def _concerns(user: Any) -> Q:
    return Q(handler_id=user.person_no) | Q(customer__manager_id__in=_books(user))


def _books(user: Any) -> list[str]:
    books = current_scope(user).managers
    return [user.person_no] if books is ALL else sorted(books)


def same(user: Any, customer_id: str, business: str, on: date, *, but: int = 0) -> list[Complaint]:
    """What may be the same: the customer's open ones, then closed ones of the category within the repeat period.

    A category is the top of the business tree: B21 and B23 are both B2.
    """
    since = on - timedelta(days=limits_of(user).repeat)
    above = tops(codes_of(user))
    category = above.get(business, business)
    codes = [code for code, top in above.items() if top == category]
    is_open = Q(state__in=choices.OPEN)
    lately = Q(received_at__date__gte=since, business__in=codes) & ~Q(state=choices.State.REFUSED)
    found = complaints(user).filter(is_open | lately, customer_id=customer_id, merged_into=None).exclude(pk=but)
    return list(with_all(found).order_by("-received_at", "-pk")[:20])


def tops(codes: Mapping[str, ComplaintCode]) -> dict[str, str]:
    """The top code above each code."""

    def top(code: str) -> str:
        parent = codes[code].parent
        return top(parent) if parent in codes else code

    return {code: top(code) for code in codes}


def code_choices(dimension: str, codes: Mapping[str, ComplaintCode]) -> list[tuple[str, str]]:
    """Codes of a dimension with their names, in the order of the dictionary."""
    found = [one for one in codes.values() if one.dimension == dimension]
    return [(one.code, f"{one.code} {one.name}") for one in found]


def events(complaint: Complaint) -> QuerySet[ComplaintEvent]:
    """Its activity, newest first, each with the name of who did it as `by_name`."""
    named = Person.objects.filter(person_no=OuterRef("by")).values("name")[:1]
    return complaint.events.order_by("-at", "-id").annotate(by_name=Subquery(named))


def extensions(complaint: Complaint) -> QuerySet[Extension]:
    """Its extensions, newest first."""
    return complaint.extensions.order_by("-asked_at", "-id")


def handlers(user: Any) -> list[Person]:
    """People of one's place who handle complaints; who does not give them out only has themselves."""
    if not user.has_perm(ASSIGN):
        return [user]
    found = Person.objects.filter(is_active=True, role__in=HANDLERS).select_related("unit")
    units = current_scope(user).units
    if units is not ALL:
        found = found.filter(unit_id__in=units)
    return list(found.order_by("name", "pk")[:300])


HANDLERS = (Role.MANAGER, Role.LEADER, Role.BRANCH_HEAD, Role.RISK, Role.SERVICE)


def handler_named(user: Any, person_no: str) -> Person | None:
    """One of `handlers` by number."""
    return next((one for one in handlers(user) if one.person_no == person_no), None)


def person_named(person_no: str) -> Person | None:
    """Anybody on the staff by number: the one complained of may work anywhere, and may have left."""
    return Person.objects.select_related("unit").filter(person_no=person_no).first()


def by_number(user: Any, text: str) -> Complaint | None:
    """A complaint by its number, as far as the person sees it."""
    return with_all(complaints(user)).filter(number__iexact=text.strip()).first()
