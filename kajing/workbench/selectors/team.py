"""The team board: who needs help, who is away and where their tasks went."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q

from kajing.customers.person_panel import give_url
from kajing.customers.selectors import customers
from kajing.lib.periods import SHANGHAI
from kajing.lib.scope import ALL
from kajing.org.models import Person, Role, Substitution
from kajing.org.scoping import current_scope
from kajing.reference.selectors import engine_parameters
from kajing.risk import selectors as risk
from kajing.workbench.selectors.book import SUMS, Book
from kajing.workflow import selectors as workflow

ORDERS = ("load", "overdue", "alerts", "spend", "active", "book", "name")
PAGE = 28  # lines, up to 45 elements each, within the page's budget of 1,500
NONE = Book(0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(slots=True)
class Member:
    """One manager's line on the board."""

    person: Person
    book: Book = NONE
    due: int = 0
    overdue: int = 0
    open: int = 0
    done: int = 0
    alerts: dict[str, int] = field(default_factory=dict)
    norm: int = 25
    substitute: Person | None = None
    away_until: Any = None

    @property
    def give_url(self) -> str:
        """Where the whole book is handed over."""
        return give_url(self.person.person_no)

    @property
    def severe(self) -> int:
        """Open alerts of L3 and worse."""
        return sum(count for level, count in self.alerts.items() if level >= "L3")

    @property
    def severe_words(self) -> str:
        """3 × L3+."""
        return f"{self.severe} × L3+"

    @property
    def all_alerts(self) -> int:
        """Open alerts of every level."""
        return sum(self.alerts.values())

    @property
    def load(self) -> float:
        """Open tasks ÷ the norm of open tasks."""
        return self.open / self.norm if self.norm else 0.0


@dataclass(frozen=True, slots=True)
class Board:
    """One page of the board; `total` counts all managers."""

    members: list[Member]
    total: int
    page: int = 1

    @property
    def first(self) -> int:
        """The place of the first line, from 1."""
        return (self.page - 1) * PAGE + 1

    @property
    def last(self) -> int:
        """The place of the last line."""
        return self.first + len(self.members) - 1

    @property
    def before(self) -> int | None:
        """The page before this one."""
        return self.page - 1 if self.page > 1 else None

    @property
    def after(self) -> int | None:
        """The page after this one."""
        return self.page + 1 if self.last < self.total else None


def board(user: Any, *, order: str = "load", page: int = 1) -> Board:
    """A page of `team`; a page past the end is the last one."""
    everybody = team(user, order=order)
    page = max(min(page, -(-len(everybody) // PAGE)), 1)
    return Board(everybody[(page - 1) * PAGE : page * PAGE], len(everybody), page)


def team(user: Any, *, order: str = "load") -> list[Member]:
    """The managers this person leads, with their books, tasks and alerts; the heaviest load first."""
    present = workflow.present_of(user)
    norm = int(engine_parameters(present.today).get("tasks_per_manager_norm", 25))  # type: ignore[arg-type]
    members = {person.person_no: Member(person, norm=norm) for person in _people(user)}
    _add_books(user, members)
    _add_tasks(user, members, present)
    for manager, levels in risk.by_manager(user).items():
        if manager in members:
            members[manager].alerts = levels
    _add_absences(members, present)
    return sorted(members.values(), key=_KEYS.get(order, _KEYS["load"]))


def _people(user: Any) -> list[Person]:
    found = Person.objects.filter(is_active=True, role=Role.MANAGER).select_related("unit")
    units = current_scope(user).units
    return list((found if units is ALL else found.filter(unit_id__in=units)).order_by("name"))


def _add_books(user: Any, members: dict[str, Member]) -> None:
    rows = customers(user).filter(status="ACTIVE", manager__in=list(members)).order_by().values("manager_id")
    for row in rows.annotate(**{f"n_{name}": value for name, value in SUMS.items()}):
        members[row["manager_id"]].book = Book(**{name: row[f"n_{name}"] or 0 for name in SUMS})


def _add_tasks(user: Any, members: dict[str, Member], present: workflow.Moment) -> None:
    awake = workflow.awake(present)
    rows = workflow.tasks(user).filter(owner__in=list(members)).order_by().values("owner_id")
    counted = rows.annotate(
        n_open=Count("pk", filter=awake),
        n_due=Count("pk", filter=awake & Q(due_at__lt=present.day_end)),
        n_overdue=Count("pk", filter=awake & Q(due_at__lt=present.now)),
        n_done=Count("pk", filter=workflow.done_today(present)),
    )
    for row in counted:
        member = members[str(row["owner_id"])]
        member.open, member.due = row["n_open"], row["n_due"]
        member.overdue, member.done = row["n_overdue"], row["n_done"]


def _add_absences(members: dict[str, Member], present: workflow.Moment) -> None:
    day = present.at.astimezone(SHANGHAI).date()
    away = Substitution.objects.filter(first_day__lte=day, last_day__gte=day, person__person_no__in=list(members))
    for one in away.select_related("person", "substitute"):
        member = members[one.person.person_no]
        member.substitute, member.away_until = one.substitute, one.last_day


_KEYS: dict[str, Any] = {
    "load": lambda one: (-one.load, one.person.name),
    "overdue": lambda one: (-one.overdue, one.person.name),
    "alerts": lambda one: (-one.severe, -one.all_alerts, one.person.name),
    "spend": lambda one: (one.book.spend_change if one.book.spend_change is not None else 9, one.person.name),
    "active": lambda one: (one.book.active_rate if one.book.active_rate is not None else 9, one.person.name),
    "book": lambda one: (-one.book.customers, one.person.name),
    "name": lambda one: one.person.name,
}
