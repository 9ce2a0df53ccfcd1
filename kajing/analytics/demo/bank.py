"""The demo bank's org tree and staff, sized to its customers."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property

from kajing.analytics.demo import names
from kajing.analytics.demo.sources import City

CUSTOMERS_PER_MANAGER = 200
MANAGERS_PER_TEAM = 6
# The people whose sign-in names the feed contract promises, and where they sit.
OFFICERS = (
    ("risk1", "RISK"),
    ("service1", "SERVICE"),
    ("compliance1", "COMPLIANCE"),
    ("admin1", "ADMIN"),
    ("auditor1", "AUDITOR"),
)


@dataclass(frozen=True)
class Unit:
    unit_code: str
    parent_code: str | None
    name: str
    kind: str
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True)
class Person:
    person_no: str
    name: str
    unit_code: str
    role: str
    hired_on: date
    left_on: date | None
    mobile: str
    email: str
    sign_in: str | None = None


@dataclass(frozen=True)
class Desk:
    """One manager's seat: who holds it now, who held it before `change_on`, its team and city."""

    person_no: str
    former_no: str
    change_on: date
    unit_code: str
    city: int
    care: float
    scripted: bool


@dataclass
class Bank:
    """Units, people and manager desks of one demo bank, fixed by size, seed and period."""

    customers: int
    seed: int
    start: date
    until: date
    cities: list[City]
    settled: bool = False  # nobody leaves and no unit merges (converted data sets)
    units: list[tuple[date, Unit]] = field(default_factory=list)
    people: list[tuple[date, Person]] = field(default_factory=list)
    desks: list[Desk] = field(default_factory=list)
    hired: int = 0

    def __post_init__(self) -> None:
        self._add_head_office()
        for branch in range(self.branches):
            self._add_branch(branch)
        if not self.settled:
            self._merge_sub_branches()
        self.desks.sort(key=lambda desk: not desk.scripted)

    @cached_property
    def managers(self) -> int:
        return max(4, -(-self.customers // CUSTOMERS_PER_MANAGER))

    @cached_property
    def branches(self) -> int:
        return 2 if self.managers < 10 else min(len(self.cities), max(4, self.managers // 40))

    def draw(self, *key: object) -> float:
        """A number in [0, 1) fixed by the seed and the key."""
        digest = hashlib.blake2b(repr((self.seed, *key)).encode(), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64

    def _add_head_office(self) -> None:
        born = date(2004, 3, 1)
        self._unit(Unit("HO", None, "卡经演示银行总行", "HEAD_OFFICE", born))
        self._unit(Unit("CC", "HO", "信用卡中心", "CARD_CENTRE", born))
        for sign_in, role in OFFICERS:
            self._hire("CC", role, sign_in)

    def _add_branch(self, branch: int) -> None:
        city = self.cities[branch].name
        code = f"B{branch + 1:02d}"
        self._unit(Unit(code, "CC", f"{city}分行", "BRANCH", date(2006, 5, 8)))
        self._hire(code, "BRANCH_HEAD", "branchhead1" if branch == 0 else None)
        desks = self.managers // self.branches + (branch < self.managers % self.branches)
        teams = max(1, -(-desks // MANAGERS_PER_TEAM))
        for team in range(teams):
            seats = desks // teams + (team < desks % teams)
            self._add_team(branch, team, team // 2 if teams > 4 else team, seats)

    def _add_team(self, branch: int, team: int, sub_branch: int, seats: int) -> None:
        parent = self._sub_branch(branch, sub_branch)
        code = f"{parent}T{team + 1:02d}"
        self._unit(
            Unit(code, parent, f"{self._place(branch, sub_branch)}客户经理{team + 1}组", "TEAM", date(2012, 1, 4))
        )
        self._hire(code, "LEADER", "leader1" if (branch, team) == (0, 0) else None)
        for seat in range(seats):
            self._add_desk(code, branch, first=team == seat == 0)

    def _sub_branch(self, branch: int, number: int) -> str:
        code = f"B{branch + 1:02d}S{number + 1:02d}"
        if all(unit.unit_code != code for _, unit in self.units):
            name = f"{self.cities[branch].name}{self._place(branch, number)}支行"
            self._unit(Unit(code, f"B{branch + 1:02d}", name, "SUB_BRANCH", date(2009, 9, 1)))
        return code

    def _place(self, branch: int, number: int) -> str:
        districts = self.cities[branch].districts
        name = districts[number % len(districts)].split(":")[1].removesuffix("区")
        return name if number < len(districts) else f"{name}{names.ROADS[number % len(names.ROADS)]}"

    def _add_desk(self, unit: str, branch: int, *, first: bool) -> None:
        """Seat a manager; on one seat in nine the manager has changed within the period."""
        scripted = first and branch < 2
        holder = self._hire(unit, "MANAGER", f"manager{branch + 1}" if scripted else None)
        former, change_on = holder, self.until + timedelta(365)
        if not (scripted or self.settled) and self.draw("leaver", holder.person_no) < 0.12:
            change_on = self.start + timedelta(60 + int(self.draw("left", holder.person_no) * 560))
            change_on = min(change_on, self.until - timedelta(20))
            former = self._replace(holder, change_on)
        self.desks.append(
            Desk(
                person_no=holder.person_no,
                former_no=former.person_no,
                change_on=change_on,
                unit_code=unit,
                city=branch + 1,
                care=0.75 + 0.25 * self.draw("care", holder.person_no),
                scripted=scripted,
            )
        )

    def _replace(self, holder: Person, change_on: date) -> Person:
        """Let a predecessor leave on `change_on` and the holder join twenty days earlier."""
        self.people.pop()
        former = self._hire(holder.unit_code, "MANAGER", None)
        left = replace(former, left_on=change_on)
        joined = replace(holder, hired_on=change_on - timedelta(20))
        self.people.append((joined.hired_on, joined))
        self.people.append((change_on, left))
        return former

    def _unit(self, unit: Unit) -> None:
        self.units.append((self.start, unit))

    def _hire(self, unit: str, role: str, sign_in: str | None) -> Person:
        self.hired += 1
        number = 10000 + self.hired
        person_no = f"P{number}"
        surname = names.surname_tickets()
        given = names.GIVEN_MALE if self.draw("sex", number) < 0.45 else names.GIVEN_FEMALE
        person = Person(
            person_no=person_no,
            name=surname[int(self.draw("surname", number) * len(surname))]
            + given[int(self.draw("given", number) * len(given))],
            unit_code=unit,
            role=role,
            hired_on=self.start - timedelta(200 + int(self.draw("hired", number) * 3000)),
            left_on=None,
            mobile=f"129{30000000 + number:08d}",
            email=f"{sign_in or person_no.lower()}@bank.example",
            sign_in=sign_in,
        )
        self.people.append((self.start, person))
        return person

    def _merge_sub_branches(self) -> None:
        """In the last branch that has two sub-branches the second joins the first."""
        merged_on = self.until - timedelta(130)
        subs = [unit for _, unit in self.units if unit.kind == "SUB_BRANCH" and unit.unit_code.endswith("S02")]
        if not subs or merged_on <= self.start:
            return
        gone, heir = subs[-1], subs[-1].unit_code[:-3] + "S01"
        self.units.append((merged_on, replace(gone, valid_to=merged_on)))
        for _, unit in list(self.units):
            if unit.parent_code == gone.unit_code:
                self.units.append((merged_on, replace(unit, parent_code=heir)))
