"""Customers, accounts and cards of a feed day (feed contract): the newest business date wins per key, in any order.

A row is applied when nothing newer was applied before it; an older one only adds what is not there. Who managed whom
is a history by date, so a late file finds its own place in it. What a person set by hand here outranks the feed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from typing import Any, cast

from django.db import models
from django.db.models import Min, Q

from kajing.customers.models import Assignment, Card, CardAccount, ContactPoint, Customer
from kajing.customers.selectors.merging import source_of
from kajing.customers.services.merging.feeding import apart, follow, forwarded, kept_choices
from kajing.imports.registry import Absorbed, FeedDay, FeedTarget, Row, register
from kajing.org.models import Person, Unit

FEED = "feed"
OBSERVED = ("unit_code", "manager_no")

# Surnames read otherwise than their first character usually is; the two-character ones are tried first.
SURNAMES = {
    "万俟": "mq", "尉迟": "yc", "长孙": "zs", "单于": "cy", "澹台": "tt", "曾": "z", "单": "s", "解": "x", "仇": "q",
    "区": "o", "查": "z", "朴": "p", "盖": "g", "缪": "m", "乐": "y", "种": "c", "冼": "x", "逄": "p", "员": "y",
    "召": "s", "翟": "z", "折": "s", "秘": "b", "祭": "z", "覃": "q", "繁": "p", "纪": "j", "谌": "c", "郇": "x",
    "瞿": "q", "晟": "c", "燕": "y", "任": "r", "华": "h", "那": "n", "柏": "b", "隗": "w", "重": "c", "黑": "h",
    "盛": "s", "适": "k", "奇": "q", "佴": "n", "乜": "n", "车": "c", "长": "c", "沈": "s", "石": "s", "叶": "y",
}  # fmt: skip


def register_feeds() -> None:
    """Take the three feeds, and look at people for managers who were not there when their customers came."""
    register(FeedTarget(feed="people", absorb=adopt_managers, prepare=read_dictionary))
    register(FeedTarget(feed="customers", absorb=absorb_customers, prepare=observe_late))
    register(FeedTarget(feed="accounts", absorb=absorb_accounts))
    register(FeedTarget(feed="cards", absorb=absorb_cards))


def read_dictionary(**_chunk: object) -> None:
    """The dictionary of readings takes half a second to load: before a transaction, not in one."""
    _letter("王")


def name_initials(name: str) -> str:
    """Pinyin initials by the readings surnames have: 曾小单 → zxd, 解晓东 → xxd, 尉迟恭 → ycg; Latin letters stay."""
    for length in (2, 1):
        if name[:length] in SURNAMES and len(name) > length:
            return (SURNAMES[name[:length]] + _letters(name[length:]))[:40]
    return _letters(name)[:40]


def _letters(text: str) -> str:
    return "".join(_letter(char) for char in text if not char.isspace())


@cache
def _letter(char: str) -> str:
    from pypinyin import Style, lazy_pinyin  # a large dictionary, wanted by imports only

    return "".join(lazy_pinyin(char, style=Style.FIRST_LETTER)).lower()


# -- customers --------------------------------------------------------------------------------------------------------
CUSTOMER_FIELDS = (
    "name", "initials", "gender", "birth_date", "id_type", "id_number_enc", "id_number_idx", "region", "address_enc",
    "employer_enc", "occupation", "education", "marital_status", "annual_income", "income_verified", "is_student",
    "opened_on", "unit_id", "manager_id", "referrer_no", "status", "feed_date",
)  # fmt: skip


@dataclass(frozen=True)
class _Held:
    """What is known of a customer before a chunk is applied."""

    feed_date: date | None
    place: tuple[str, str]
    manager: str | None
    by_hand: bool


def observe_late(*, rows: Sequence[Row], day: FeedDay) -> dict[str, list[dict[str, Any]]]:
    """For customers whose history the file may touch in its middle: all their loaded days."""
    held = _held_customers([row["customer_id"] for row in rows])
    return _observations(day, [row["customer_id"] for row in rows if _is_late(row, held, day)])


def absorb_customers(
    *, rows: Sequence[Row], day: FeedDay, prepared: Mapping[str, list[dict[str, Any]]] | None
) -> Absorbed:
    """Apply customer rows: the customer, the ways to reach them, and who manages them from when."""
    units = _existing(Unit, rows, "unit_code")
    rows, merged = apart(rows)
    placed = [row for row in rows if row["unit_code"] in units]
    held = _held_customers([row["customer_id"] for row in placed])
    newest = [row for row in placed if _applies(held.get(row["customer_id"]), row)]
    people = _people(row.get("manager_no") for row in newest)
    _upsert(Customer, kept_choices([_customer(row, held, people) for row in newest]), CUSTOMER_FIELDS)
    _reach([(row["customer_id"], FEED, row) for row in newest])
    for old, row in merged:
        follow(old, _customer(row, {}, set()))
    _reach([(old.survivor_id, source_of(old.pk), row) for old, row in merged])
    _assign(placed, held, day, dict(prepared or {}))
    return Absorbed(changed=len(newest) + len(merged), waiting=len(rows) - len(placed))


def _held_customers(keys: Sequence[str]) -> dict[str, _Held]:
    """Customers and the place their running assignment names (a manager not known here is named there only)."""
    rows = Customer.objects.filter(pk__in=keys).values_list("pk", "feed_date", "manager_id", "assigned_by_hand")
    running = Assignment.objects.filter(customer__in=keys, valid_to=None)
    places = {pk: (unit, number) for pk, unit, number in running.values_list("customer_id", "unit_id", "manager_no")}
    # django-stubs takes manager_id for the key of Person; it is the person_no the relation points to.
    return {pk: _Held(on, places.get(pk, ("", "")), cast("str | None", no), by_hand) for pk, on, no, by_hand in rows}


def _applies(held: _Held | None, row: Row) -> bool:
    return held is None or held.feed_date is None or held.feed_date <= row["business_date"]


def _is_late(row: Row, held: Mapping[str, _Held], day: FeedDay) -> bool:
    """Whether the row is not simply the next day of its customer: older than what is known, or of the same day."""
    before = held.get(row["customer_id"])
    if row["business_date"] > day.business_date:
        return True
    if before is None or before.feed_date is None or before.feed_date < row["business_date"]:
        return False
    return before.feed_date > row["business_date"] or before.place != _place(row)


def _people(numbers: Iterable[str | None]) -> set[str]:
    wanted = {number for number in numbers if number}
    return set(Person.objects.filter(person_no__in=wanted).values_list("person_no", flat=True))


def _customer(row: Row, held: Mapping[str, _Held], people: set[str]) -> Customer:
    before = held.get(row["customer_id"])
    unit, manager = _place(row)
    if before and before.by_hand:
        unit, manager = before.place[0], before.manager or ""
    texts = ("id_type", "region", "occupation", "education", "marital_status", "referrer_no")
    return Customer(
        customer_id=row["customer_id"],
        name=row["name"],
        initials=name_initials(row["name"]),
        gender=row.get("gender") or Customer.Gender.UNKNOWN,
        birth_date=row.get("birth_date"),
        id_number_enc=row.get("id_number_enc"),
        id_number_idx=row.get("id_number_idx") or "",
        address_enc=row.get("address_enc"),
        employer_enc=row.get("employer_enc"),
        annual_income=row.get("annual_income"),
        income_verified=row.get("income_verified"),
        is_student=bool(row.get("is_student")),
        opened_on=row["opened_on"],
        unit_id=unit,
        manager_id=manager if manager in people or (before and before.by_hand and manager) else None,
        status=row.get("status") or Customer.Status.ACTIVE,
        feed_date=row["business_date"],
        **{name: row.get(name) or "" for name in texts},
    )


def _reach(told: Sequence[tuple[str, str, Row]]) -> None:
    """Set the feed's own contact points of (customer, source, row); what the newest row no longer names is removed."""
    for kind in (ContactPoint.Kind.MOBILE, ContactPoint.Kind.EMAIL):
        column = kind.value.lower()
        gone: defaultdict[str, list[str]] = defaultdict(list)
        points = []
        for customer_id, source, row in told:
            if row.get(f"{column}_enc"):
                points.append(_point(customer_id, source, row, kind, column))
            else:
                gone[source].append(customer_id)
        for source, customer_ids in gone.items():
            ContactPoint.objects.filter(customer_id__in=customer_ids, kind=kind, source=source).delete()
        _revive(points)
        ContactPoint.objects.bulk_create(
            points,
            update_conflicts=True,
            unique_fields=["customer", "kind", "source"],
            update_fields=["value_enc", "value_idx", "tail_idx", "feed_date"],
        )


def _revive(told: Sequence[ContactPoint]) -> None:
    """An address that was found dead counts again when the bank tells another one in its place."""
    values = {(point.customer_id, point.kind, point.source): point.value_idx for point in told}
    dead = ContactPoint.objects.filter(customer__in=[point.customer_id for point in told], valid=False)
    other = [
        point.pk
        for point in dead
        if point.value_idx != values.get((point.customer_id, point.kind, point.source), point.value_idx)
    ]
    ContactPoint.objects.filter(pk__in=other).update(valid=True)


def _point(customer_id: str, source: str, row: Row, kind: ContactPoint.Kind, column: str) -> ContactPoint:
    return ContactPoint(
        customer_id=customer_id,
        kind=kind,
        value_enc=row[f"{column}_enc"],
        value_idx=row[f"{column}_idx"],
        tail_idx=row.get(f"{column}_tail_idx") or "",
        is_preferred=kind == ContactPoint.Kind.MOBILE and source == FEED,
        source=source,
        feed_date=row["business_date"],
    )


# -- who manages whom -------------------------------------------------------------------------------------------------
def _assign(
    rows: Sequence[Row], held: Mapping[str, _Held], day: FeedDay, observed: dict[str, list[dict[str, Any]]]
) -> None:
    """Open the first assignment of new customers, follow newer days, and set the history right for late ones."""
    late = {row["customer_id"] for row in rows if _is_late(row, held, day)}
    observed |= _observations(day, [key for key in late if key not in observed])
    _rebuild(sorted(late), observed)
    on_time = [row for row in rows if row["customer_id"] not in late]
    moved = [row for row in on_time if _moves(held.get(row["customer_id"]), row)]
    running = Assignment.objects.filter(customer__in=[row["customer_id"] for row in moved], valid_to=None)
    running.update(valid_to=day.business_date)
    Assignment.objects.bulk_create(_assignment(row["customer_id"], _place(row), day.business_date) for row in moved)


def _moves(held: _Held | None, row: Row) -> bool:
    """Whether a row on time begins another assignment; a move by hand outranks it."""
    return held is None or (not held.by_hand and held.place != _place(row))


def _rebuild(keys: Sequence[str], observed: Mapping[str, list[dict[str, Any]]]) -> None:
    """The feed's part of these histories, from every day that was loaded, up to the first move by hand."""
    mine = Assignment.objects.filter(customer__in=keys)
    by_hand = mine.exclude(source=FEED).values_list("customer_id").annotate(Min("valid_from"))
    units = set(Unit.objects.values_list("pk", flat=True))
    wanted: list[Assignment] = []
    for key, first_move in {**dict.fromkeys(keys), **dict(by_hand)}.items():
        seen = [one for one in observed[key] if first_move is None or one["business_date"] < first_move]
        wanted += _history(key, [one for one in seen if one["unit_code"] in units], first_move)
    mine.filter(source=FEED).delete()
    Assignment.objects.bulk_create(wanted)


def _history(customer_id: str, seen: Sequence[Mapping[str, Any]], end: date | None) -> Iterator[Assignment]:
    """One assignment per run of days with the same place; it ends where the next begins."""
    by_day = {one["business_date"]: _place(one) for one in seen}
    starts = [next(days) for _same, days in groupby(sorted(by_day), key=by_day.__getitem__)]
    for start, stop in zip(starts, [*starts[1:], end], strict=False):
        yield _assignment(customer_id, by_day[start], start, stop)


def _assignment(customer_id: str, place: tuple[str, str], start: date, end: date | None = None) -> Assignment:
    unit, manager = place
    return Assignment(
        customer_id=customer_id, unit_id=unit, manager_no=manager, valid_from=start, valid_to=end, source=FEED
    )


def _place(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["unit_code"], row.get("manager_no") or ""


def _observations(day: FeedDay, keys: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {key: [] for key in keys}
    for row in day.observations(keys, ("customer_id", *OBSERVED)) if keys else ():
        found[row["customer_id"]].append(row)
    return found


def adopt_managers(*, rows: Sequence[Row], day: FeedDay, prepared: Any) -> Absorbed:
    """Give customers to a manager whose own row came after theirs; the open assignment already names the person."""
    numbers = [row["person_no"] for row in rows]
    orphans = Customer.objects.filter(manager=None, assigned_by_hand=False)
    named = Q(assignments__valid_to=None, assignments__manager_no__in=numbers)
    pairs = orphans.filter(named).values_list("pk", "assignments__manager_no")
    by_manager: defaultdict[str, list[str]] = defaultdict(list)
    for customer_id, number in pairs:
        by_manager[number].append(customer_id)
    for number, customers in by_manager.items():
        Customer.objects.filter(pk__in=customers).update(manager=number)
    return Absorbed(changed=sum(map(len, by_manager.values())))


# -- accounts and cards -----------------------------------------------------------------------------------------------
ACCOUNT_FIELDS = (
    "customer_id", "product_id", "currency", "credit_limit", "temp_limit", "temp_limit_until", "cash_limit",
    "statement_day", "due_days", "opened_on", "closed_on", "status", "feed_date",
)  # fmt: skip
CARD_FIELDS = (
    "account_id", "customer_id", "product_id", "bin", "last4", "supplementary", "approved_on", "activated_on",
    "expires_on", "closed_on", "replaces_card_id", "policy_function", "status", "feed_date",
)  # fmt: skip
DUE_DAYS = 20  # the contract's default


def absorb_accounts(*, rows: Sequence[Row], day: FeedDay, prepared: Any) -> Absorbed:
    """Apply account rows; an account whose customer is not there yet waits."""
    rows = forwarded(rows)
    customers = _existing(Customer, rows, "customer_id")
    ready = [row for row in rows if row["customer_id"] in customers]
    newest = _newest(CardAccount, ready, "account_id")
    _upsert(CardAccount, [_account(row) for row in newest], ACCOUNT_FIELDS)
    return Absorbed(changed=len(newest), waiting=len(rows) - len(ready))


def _account(row: Row) -> CardAccount:
    same = ("account_id", "customer_id", "credit_limit", "statement_day", "opened_on", "status")
    maybe = ("temp_limit", "temp_limit_until", "cash_limit", "closed_on")
    due_days = row.get("due_days")
    return CardAccount(
        product_id=row.get("product_id") or "",
        currency=row.get("currency") or "CNY",
        due_days=DUE_DAYS if due_days is None else due_days,
        feed_date=row["business_date"],
        **{name: row[name] for name in same},
        **{name: row.get(name) for name in maybe},
    )


def absorb_cards(*, rows: Sequence[Row], day: FeedDay, prepared: Any) -> Absorbed:
    """Apply card rows; a card whose account or holder is not there yet waits."""
    rows = forwarded(rows)
    accounts, customers = _existing(CardAccount, rows, "account_id"), _existing(Customer, rows, "customer_id")
    ready = [row for row in rows if row["account_id"] in accounts and row["customer_id"] in customers]
    newest = _newest(Card, ready, "card_id")
    _upsert(Card, [_card(row) for row in newest], CARD_FIELDS)
    return Absorbed(changed=len(newest), waiting=len(rows) - len(ready))


def _card(row: Row) -> Card:
    same = ("card_id", "account_id", "customer_id", "approved_on", "status")
    texts = ("product_id", "bin", "last4", "replaces_card_id")
    maybe = ("activated_on", "expires_on", "closed_on")
    return Card(
        supplementary=bool(row.get("supplementary")),
        policy_function=bool(row.get("policy_function")),
        feed_date=row["business_date"],
        **{name: row[name] for name in same},
        **{name: row.get(name) or "" for name in texts},
        **{name: row.get(name) for name in maybe},
    )


# -- shared -----------------------------------------------------------------------------------------------------------
def _existing(model: type[models.Model], rows: Sequence[Row], key: str) -> set[str]:
    found = model._default_manager.filter(pk__in={row[key] for row in rows})  # noqa: SLF001
    return set(found.values_list("pk", flat=True))


def _newest(model: type[models.Model], rows: Sequence[Row], key: str) -> list[Row]:
    """Rows to which nothing newer has been applied."""
    held = model._default_manager.filter(pk__in=[row[key] for row in rows])  # noqa: SLF001
    dates = dict(held.values_list("pk", "feed_date"))
    return [row for row in rows if (dates.get(row[key]) or row["business_date"]) <= row["business_date"]]


def _upsert(model: type[models.Model], rows: Sequence[models.Model], fields: Sequence[str]) -> None:
    names = [model._meta.get_field(name).name for name in fields]  # noqa: SLF001
    pk = model._meta.pk.name  # noqa: SLF001
    model._default_manager.bulk_create(  # noqa: SLF001
        rows, update_conflicts=True, unique_fields=[pk], update_fields=names
    )
