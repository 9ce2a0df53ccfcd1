"""Lists: filters read and refuse, paging visits every row once in order, both ways, whatever is empty or tied."""

from __future__ import annotations

import random
from datetime import date

import pytest
from django.http import QueryDict

from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import Customer
from kajing.records.lists import Context, CursorRefused, ListState, NotUnderstood, neighbours, page, read_state, walk
from tests.factories.customers import customer, figures

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)


@pytest.fixture
def book(ana) -> list[Customer]:
    """60 customers: tied amounts, empty ones, and some without figures at all."""
    chance = random.Random(7)
    rows = []
    for place in range(60):
        one = customer(ana)
        rows.append(one)
        if place % 7:
            figures(one, spend_30d=chance.choice([None, 0, 0, 100, 200, 300]))
    return rows


def expected(book, *, descending: bool) -> list[str]:
    amount = {one.pk: getattr(getattr(one, "figures", None), "spend_30d", None) for one in book}
    filled = sorted(
        (pk for pk in amount if amount[pk] is not None), key=lambda pk: (amount[pk], pk), reverse=descending
    )
    return filled + sorted(pk for pk in amount if amount[pk] is None)


@pytest.mark.parametrize("order", ["spend", "-spend"])
@pytest.mark.parametrize("limit", [1, 7, 25, 200])
def test_pages_visit_every_row_once_and_back(ana, book, order, limit):
    context, state = Context(ana, TODAY), ListState(order=order, limit=limit)
    wanted = expected(book, descending=order.startswith("-"))
    seen, starts, last = [], [], None
    while True:
        found = page(CUSTOMERS, state, context)
        seen += [row.pk for row in found.rows]
        starts.append(found.start)
        last = found
        if not found.next:
            break
        state = ListState(order=order, limit=limit, cursor=found.next)
    assert seen == wanted
    assert starts == list(range(0, 60, limit))
    back = [row.pk for row in last.rows]
    while last.previous:
        last = page(CUSTOMERS, ListState(order=order, limit=limit, cursor=last.previous), context)
        back = [row.pk for row in last.rows] + back
    assert back == wanted
    assert last.start == 0


def test_a_row_added_before_the_cursor_shifts_nothing(ana, book):
    context = Context(ana, TODAY)
    first = page(CUSTOMERS, ListState(order="-spend", limit=10), context)
    figures(customer(ana), spend_30d=999_999)
    second = page(CUSTOMERS, ListState(order="-spend", limit=10, cursor=first.next), context)
    assert [row.pk for row in second.rows] == expected(book, descending=True)[10:20]


def test_cursor_of_another_order_or_made_up_is_refused(ana, book):
    context = Context(ana, TODAY)
    cursor = page(CUSTOMERS, ListState(order="-spend", limit=10), context).next
    for order, text in (("spend", cursor), ("-spend", cursor[:-2]), ("-spend", "made-up")):
        with pytest.raises(CursorRefused):
            page(CUSTOMERS, ListState(order=order, cursor=text), context)


def test_walk_gives_all_in_order(ana, book):
    chunks = list(walk(CUSTOMERS, ListState(order="-spend"), Context(ana, TODAY), most=1000, chunk=13))
    assert [pk for chunk in chunks for pk in chunk] == expected(book, descending=True)
    assert sum(map(len, walk(CUSTOMERS, ListState(order="-spend"), Context(ana, TODAY), most=20, chunk=13))) == 20


def test_neighbours_and_place(ana, book):
    wanted = expected(book, descending=True)
    context, state = Context(ana, TODAY), ListState(order="-spend")
    for place in (0, 1, 20, 58, 59):
        found = neighbours(CUSTOMERS, state, context, wanted[place])
        assert found.position == place + 1
        assert found.total == 60
        assert found.previous == (wanted[place - 1] if place else None)
        assert found.next == (wanted[place + 1] if place < 59 else None)


def read(ana, text: str) -> ListState:
    return read_state(CUSTOMERS, QueryDict(text), Context(ana, TODAY))


def found(ana, text: str) -> set[str]:
    state = read(ana, text)
    assert not state.errors
    return {row.pk for row in page(CUSTOMERS, ListState(query=state.query, limit=200), Context(ana, TODAY)).rows}


def test_filters_narrow(ana, units):
    low = figures(customer(ana), utilisation=0.2, bucket="M0", spend_30d=100_00, last_purchase_on=date(2026, 11, 20)).pk
    high = figures(customer(ana), utilisation=0.95, bucket="M1", spend_30d=900_00, last_purchase_on=date(2026, 8, 1)).pk
    never = figures(customer(ana), utilisation=None, bucket="M2", spend_30d=0, last_purchase_on=None).pk
    assert found(ana, "utilisation=80..") == {high}
    assert found(ana, "utilisation=..20") == {low}
    assert found(ana, "bucket=M0,M2") == {low, never}
    assert found(ana, "bucket=!M0") == {high, never}
    assert found(ana, "bucket=M0&bucket=M1") == {low, high}
    assert found(ana, "spend=100..500") == {low}
    assert found(ana, "last_purchase=-30d..") == {low}
    assert found(ana, "last_purchase=..-30d") == {high}
    assert found(ana, "last_purchase=none") == {never}
    assert found(ana, "last_purchase=2026-07-01..2026-08-31") == {high}
    assert found(ana, "manager=me") == {low, high, never}
    assert found(ana, "unassigned=1") == set()
    assert found(ana, "unit=T01") == {low, high, never}


@pytest.mark.parametrize(
    "text",
    [
        "bucket=M99",
        "utilisation=abc",
        "utilisation=..",
        "last_purchase=soon",
        "unassigned=perhaps",
        "order=name",
        "limit=0",
        "limit=999",
        "utilisation=1e99..",
        "search=" + "x" * 200,
    ],
)
def test_what_cannot_be_read_is_told(ana, text):
    state = read(ana, text)
    assert state.errors
    assert not state.query


def test_unknown_filter_of_a_view_shows_nothing_rather_than_everything(ana, book):
    with pytest.raises(NotUnderstood):
        CUSTOMERS.narrowed({"no_such_filter": ["1"]}, Context(ana, TODAY))


def test_the_address_is_the_state(ana):
    text = "bucket=M1&bucket=M2&utilisation=80..&order=-dpd&columns=name,limit&limit=100"
    state = read(ana, text)
    again = read(ana, state.address())
    assert (again.query, again.order, again.columns, again.limit) == (
        {"bucket": ["M1", "M2"], "utilisation": ["80.."]}, "-dpd", ("name", "limit"), 100,
    )  # fmt: skip
