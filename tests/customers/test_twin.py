"""The copy of unit, manager and status beside the figures: it never differs, and lists read from it are the same."""

from __future__ import annotations

import itertools
import threading
from datetime import date

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.models import F, Q

from kajing.customers import selectors, twin
from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import Customer, CustomerFigures
from kajing.customers.pool_list import POOL
from kajing.customers.selectors.search import search
from kajing.customers.services import refresh_figures
from kajing.org.models import AccessGrant
from kajing.records.lists import Context, ListState, NotUnderstood, neighbours, page, walk
from tests.factories.customers import customer, figures
from tests.tables import differing_twins as differing

TODAY, AS_OF = date(2026, 11, 23), date(2026, 11, 22)
pytestmark = pytest.mark.django_db


class TestCopy:
    def test_a_new_row_takes_it_from_the_customer(self, ana):
        made = figures(customer(ana))
        made.refresh_from_db()
        assert (made.unit_id, made.manager_id, made.status) == (ana.unit_id, ana.person_no, "ACTIVE")

    @pytest.mark.parametrize("change", [{"manager": None}, {"unit": "B02"}, {"status": "CLOSED"}, {"unit": "S01"}])
    def test_every_change_is_passed_on(self, ana, units, change):
        made = figures(customer(ana))
        values = {"unit_id": change["unit"]} if "unit" in change else change
        Customer.objects.filter(pk=made.pk).update(**values)
        assert differing() == []
        made.refresh_from_db()
        assert all(
            getattr(made, name if name != "manager" else "manager_id") == value for name, value in values.items()
        )

    def test_a_customer_saved_or_written_by_a_feed_passes_it_on(self, ana, ben):
        one = customer(ana)
        figures(one)
        one.manager, one.unit = ben, ben.unit
        one.save()
        assert differing() == []
        Customer.objects.bulk_create(
            [Customer(pk=one.pk, name="王小明", unit=ana.unit, manager=ana, opened_on=one.opened_on)],
            update_conflicts=True, unique_fields=["customer_id"], update_fields=["unit", "manager", "status"],
        )  # fmt: skip
        assert differing() == []
        assert CustomerFigures.objects.get().manager_id == ana.person_no

    def test_what_is_written_to_the_copy_itself_does_not_stay(self, ana, ben):
        made = figures(customer(ana))
        CustomerFigures.objects.filter(pk=made.pk).update(unit=ben.unit, manager=ben, status="CLOSED")
        made.unit, made.balance = ben.unit, 7
        made.save()
        assert differing() == []
        assert CustomerFigures.objects.get().balance == 7

    def test_the_night_writes_figures_and_leaves_the_copy(self, ana, ben):
        old, new = customer(ana), customer(ben)
        figures(old)
        rows = [{"customer_id": one.pk, "balance": 5} for one in (old, new)]
        for _twice in range(2):
            assert refresh_figures(as_of=AS_OF, rows=rows)["written"] == 2
            assert differing() == []
        assert set(CustomerFigures.objects.values_list("manager_id", flat=True)) == {ana.person_no, ben.person_no}

    def test_migrations_put_back_triggers_that_sqlite_lost_and_what_was_missed(self, ana, ben):
        made = figures(customer(ana))
        twin.remove(connection)
        Customer.objects.filter(pk=made.pk).update(manager=ben)
        assert differing() == [made.pk]
        twin.after_migrating(connection)
        assert differing() == []
        Customer.objects.filter(pk=made.pk).update(manager=None)
        assert differing() == []

    def test_rows_from_before_the_columns_are_filled_in_portions(self, ana, monkeypatch):
        made = [figures(customer(ana)).pk for _one in range(5)]
        twin.remove(connection)
        CustomerFigures.objects.update(unit=None, manager=None, status=None)
        monkeypatch.setattr(twin, "BATCH", 2)
        assert twin.fill(connection) == 5
        assert twin.fill(connection) == 0
        twin.install(connection)
        assert differing() == []
        assert CustomerFigures.objects.filter(pk__in=made, manager=ana).count() == 5


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_customer_moved_while_the_figures_are_made_is_not_missed(ana, ben):
    if "sqlite" in settings.DATABASES["default"]["ENGINE"]:
        pytest.skip("SQLite lets one writer in after the other; its tests share one connection in memory")
    one, began = customer(ana), threading.Event()

    def move() -> None:
        began.wait(5)
        Customer.objects.filter(pk=one.pk).update(manager=ben, unit=ben.unit)
        connections.close_all()

    other = threading.Thread(target=move)
    other.start()
    with transaction.atomic():
        figures(one)
        began.set()
        other.join(0.5)
        assert other.is_alive(), "the move waits for the row that is being made"
    other.join(5)
    assert differing() == []


@pytest.fixture
def bank(units, ana, ben) -> list[Customer]:
    """Customers of two managers and of pools, of every status, with figures, empty figures and none."""
    places = [(ana, ana.unit), (ben, ben.unit), (None, units["S01"]), (None, units["B02"])]
    rows = []
    for number, (manager, unit) in zip(range(48), itertools.cycle(places), strict=False):
        status = ("ACTIVE", "ACTIVE", "CLOSED", "DECEASED")[number // 4 % 4]
        one = customer(manager, unit=unit, status=status, name=("王小明", "欧阳娜娜", "阿卜杜拉买买提")[number % 3])
        rows.append(one)
        if number % 5:
            figures(
                one, spend_30d=[None, 0, 5000, 90_000][number % 4], utilisation=[None, 0.1, 0.9][number % 3],
                spend_prev_30d=[100_000, None][number % 2], dpd=number % 3, bucket=["M0", "M1", ""][number % 3],
                state=["ACTIVE", "DORMANT"][number % 2], last_purchase_on=[None, date(2026, 11, number % 20 + 1)][number % 2],
            )  # fmt: skip
    return rows


QUERIES = [
    {},
    {"status": ["ACTIVE"]},
    {"status": ["!ACTIVE"], "bucket": ["M1"]},
    {"bucket": ["M1", "M2"]},
    {"bucket": ["!M1"]},
    {"state": ["ACTIVE"], "bucket": ["!M0"]},
    {"utilisation": ["80.."], "status": ["ACTIVE"]},
    {"spend": ["..100"], "unassigned": ["1"]},
    {"dpd": ["1.."], "manager": ["me"]},
    {"dpd": ["1.."], "unit": ["B02"]},
    {"dpd": ["0.."], "manager": ["!me"]},
    {"last_purchase": ["none"]},
    {"last_purchase": ["2026-11-05..2026-11-15"], "opened": ["2020-01-01.."]},
    {"dpd": ["0.."], "search": ["欧阳"]},
    {"dpd": ["0.."], "missing": ["mobile"]},
    {"spend_falls": ["1"]},
    {"dpd": ["0.."], "birthday": ["1"]},
    {"dpd": ["0.."], "has_task": ["1"]},
    {"where": ["dpd > 0 or utilisation > 80"]},
    {"where": ["dpd > 0 or gender = M"]},
    {"where": ["not (dpd > 0)"]},
    {"where": ["dpd > 0 and bucket not empty and gender = M and born < 2000-01-01"]},
    {"where": ["spend empty"]},
]


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_a_list_is_the_same_from_either_table(query, bank, ana, lee, head, risk, auditor):
    AccessGrant.objects.create(
        person=ana, customer_id=bank[1].pk, source="task:1", first_day=date(2020, 1, 1), last_day=date(2099, 1, 1),
        reason="x", made_by="x",
    )  # fmt: skip
    for person in (ana, lee, head, risk, auditor):
        context = Context(person, TODAY)
        plain = CUSTOMERS.narrowed(query, context)
        wanted = set(plain.values_list("pk", flat=True))
        keyed = CUSTOMERS.keyed(query, context)
        assert set(keyed.rows().values_list("pk", flat=True)) == wanted
        for path in ("figures__spend_30d", "figures__utilisation", "figures__last_purchase_on"):
            for by in ((path, "pk"), (f"-{path}", "-pk")):
                filled = Q(**{f"{path}__isnull": False})
                rows = plain.filter(filled).order_by(*by).values_list(path, "pk")
                assert list(keyed.keys(path, by, filled)) == list(rows)
        state = ListState(query=query, order="-spend", limit=7)
        found = page(CUSTOMERS, state, context)
        assert found.total == len(wanted)
        walked = [pk for chunk in walk(CUSTOMERS, state, context, most=100, chunk=5) for pk in chunk]
        assert set(walked) == wanted
        assert [row.pk for row in found.rows] == walked[:7]
        for place, pk in enumerate(walked[:3]):
            assert neighbours(CUSTOMERS, state, context, pk).position == place + 1


def test_the_filters_above_are_all_known(ana):
    with pytest.raises(NotUnderstood):
        CUSTOMERS.narrowed({"made_up": ["1"]}, Context(ana, TODAY))


def test_the_pool_is_the_same_from_either_table(bank, ana, lee, head):
    for person in (ana, lee, head):
        context = Context(person, TODAY)
        for query in ({}, {"state": ["DORMANT"]}, {"credit_limit": ["1.."], "unit": ["S01"]}):
            wanted = set(POOL.narrowed(query, context).values_list("pk", flat=True))
            assert set(POOL.keyed(query, context).rows().values_list("pk", flat=True)) == wanted
            assert {row.pk for row in page(POOL, ListState(query=query), context).rows} <= wanted


def test_figures_alone_are_asked_where_they_hold_everything(ana, django_assert_num_queries):
    context = Context(ana, TODAY)
    held = CUSTOMERS.keyed({"utilisation": ["80.."], "status": ["ACTIVE"]}, context).rows()
    assert held.model is CustomerFigures
    assert 'customers_customer"' not in str(held.query)
    assert CUSTOMERS.keyed({"status": ["ACTIVE"]}, context).rows().model is Customer
    assert CUSTOMERS.keyed({"bucket": ["!M1"]}, context).rows().model is Customer


def test_a_column_compared_with_is_turned_too(ana):
    said = Q(figures__spend_30d__lt=F("figures__balance") * 2) & ~Q(opened_on__gt=F("birth_date"))
    turned = Q(spend_30d__lt=F("balance") * 2) & ~Q(customer__opened_on__gt=F("customer__birth_date"))
    assert str(CUSTOMERS.twin.turned(said)) == str(turned)  # an expression remembers what it was made of


@pytest.mark.parametrize(
    ("text", "found"),
    [("小明", 16), ("娜娜", 16), ("阳娜", 16), ("买提", 16), ("杜拉买", 16), ("明小", 0), ("买娜", 0)],
)
def test_parts_of_names_are_found_wherever_they_stand(text, found, bank, auditor):
    assert len(search(auditor, text, limit=40)) == found


def test_migrating_again_changes_nothing(ana):
    made = figures(customer(ana))
    call_command("migrate", "customers", verbosity=0)
    Customer.objects.filter(pk=made.pk).update(manager=None)
    assert differing() == []
    assert selectors.seen_figures(ana).count() == 0
