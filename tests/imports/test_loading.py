"""Feed days in: once, in any order, corrected, waiting, held, refused."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from kajing.audit.models import AuditRow
from kajing.customers import personal
from kajing.customers.models import Assignment, Card, CardAccount, ContactPoint, Customer
from kajing.imports.models import Batch, BatchChunk
from kajing.imports.services import DayReport, ImportRunning
from kajing.imports.services.loading import one_importer
from kajing.org.models import Person, Unit
from tests.imports.bank import UNITS, account, card, customer, transaction, write_bank, write_day
from tests.imports.picture import picture

Load = Callable[..., list[DayReport]]


def counts(report: DayReport) -> dict[str, tuple[int, ...]]:
    return {b.feed: (b.accepted, b.duplicate, b.corrected, b.quarantined, b.waiting) for b in report.loaded}


def test_a_day_reaches_the_tables_and_the_warehouse(load: Load, tmp_path: Path) -> None:
    days = write_bank(tmp_path / "feeds")
    [report] = load(days[0])
    assert report.exit_code == 0
    assert {batch.state for batch in report.loaded} == {Batch.State.DONE}
    assert counts(report)["customers"] == (5, 0, 0, 0, 0)
    one = Customer.objects.get(pk="C0001")
    assert (one.initials, one.unit_id, one.manager_id, one.annual_income) == ("zxm", "T01", "P1", 12_000_000)
    assert personal.unseal("address", one.address_enc) == "上海市浦东新区世纪大道1号"
    assert one.id_number_idx == personal.blind("id_number", "110101199001010001")
    mobile = ContactPoint.objects.get(customer=one, kind="MOBILE")
    assert personal.unseal("mobile", mobile.value_enc) == "12900000001"
    assert mobile.value_idx == personal.blind("mobile", "12900000001")
    assert mobile.tail_idx == personal.blind_tail("12900000001")
    assert CardAccount.objects.get(pk="A0001").credit_limit == 2_000_000
    assert Card.objects.count() == 5
    assert Unit.objects.get(pk="T01").path == "/HQ/B01/T01/"
    assert Assignment.objects.filter(customer=one).values_list("valid_from", "valid_to").get() == (
        date(2026, 11, 20),
        None,
    )
    assert not BatchChunk.objects.exists()
    assert AuditRow.objects.filter(action="imports.loaded").count() == len(report.loaded)


def test_the_same_file_twice_is_loaded_before_and_changes_nothing(load: Load, tmp_path: Path) -> None:
    feeds = tmp_path / "feeds"
    write_bank(feeds)
    load(feeds)
    before, batches = picture(), Batch.objects.count()
    reports = load(feeds)
    assert [len(report.loaded) for report in reports] == [0, 0, 0]
    assert {batch.feed for batch in reports[0].again} == {
        "units",
        "people",
        "customers",
        "accounts",
        "cards",
        "transactions",
    }
    assert picture() == before
    assert Batch.objects.count() == batches


@pytest.mark.slow
@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[1:])
def test_days_in_any_order_come_out_the_same(load: Load, tmp_path: Path, home: Path, order: tuple[int, ...]) -> None:
    days = write_bank(tmp_path / "feeds")
    for place in order:
        load(days[place])
    shuffled = picture()
    histories = set(Assignment.objects.values_list("customer_id", "manager_no", "valid_from", "valid_to"))
    # What the first customer's managers were, worked out by hand: P1, on the 21st P2, on the 22nd P1 again.
    assert {row[1:] for row in histories if row[0] == "C0001"} == {
        ("P1", date(2026, 11, 20), date(2026, 11, 21)),
        ("P2", date(2026, 11, 21), date(2026, 11, 22)),
        ("P1", date(2026, 11, 22), None),
    }
    _forget_all(home)
    load(tmp_path / "feeds")
    straight = picture()
    assert shuffled == straight


def _forget_all(home: Path) -> None:
    for model in (Assignment, ContactPoint, Card, CardAccount, Customer, Batch):
        model._default_manager.all().delete()
    Person.objects.all().delete()
    Unit.objects.update(parent=None)
    Unit.objects.all().delete()
    (home / "warehouse").rename(home / "first")


def test_an_older_file_only_fills_gaps(load: Load, tmp_path: Path) -> None:
    old = write_day(tmp_path / "old", "2026-11-19", {"customers": [customer(1, name="旧名"), customer(9)]})
    load(write_bank(tmp_path / "feeds")[0])
    [report] = load(old)
    assert counts(report)["customers"][2] == 1  # a version of a known row
    assert Customer.objects.get(pk="C0001").name == "曾小明"
    assert Customer.objects.get(pk="C0009").feed_date == date(2026, 11, 19)
    assert Assignment.objects.get(customer="C0001").valid_from == date(2026, 11, 19)


def test_rows_wait_for_what_they_refer_to(load: Load, tmp_path: Path) -> None:
    cards = write_day(
        tmp_path / "k", "2026-11-20", {"cards": [card(1)], "transactions": [transaction(5, "2026-11-20")]}
    )
    accounts = write_day(tmp_path / "a", "2026-11-20", {"accounts": [account(1)]})
    customers = write_day(tmp_path / "c", "2026-11-20", {"customers": [customer(1)]})
    units = write_day(tmp_path / "u", "2026-11-20", {"units": UNITS})
    load(cards)
    load(accounts)
    load(customers)
    assert not Customer.objects.exists()
    # The transaction lives in the warehouse, where its card and account are; the others wait for the customer's unit.
    waiting = {"cards": 1, "transactions": 0, "accounts": 1, "customers": 1}
    assert dict(Batch.objects.values_list("feed", "waiting")) == waiting
    load(units)
    assert Card.objects.get(pk="K0001").customer_id == "C0001"
    assert not Batch.objects.filter(waiting__gt=0).exists()


def test_a_manager_who_comes_later_gets_the_customers_that_name_them(load: Load, tmp_path: Path) -> None:
    feeds = {"units": UNITS, "customers": [customer(1), customer(2, manager_no="P2")]}
    load(write_day(tmp_path / "a", "2026-11-20", feeds))
    assert Customer.objects.get(pk="C0001").manager is None
    people = [{"person_no": "P1", "name": "安娜", "unit_code": "T01", "role": "MANAGER"}]
    load(write_day(tmp_path / "b", "2026-11-20", {"people": people}))
    assert Customer.objects.get(pk="C0001").manager_id == "P1"
    assert Customer.objects.get(pk="C0002").manager is None


def test_a_move_by_hand_outranks_the_feed(load: Load, tmp_path: Path) -> None:
    days = write_bank(tmp_path / "feeds")
    load(days[0])
    Assignment.objects.filter(customer="C0003").update(valid_to=date(2026, 11, 21))
    Assignment.objects.create(
        customer_id="C0003", unit_id="T02", manager_no="P2", valid_from=date(2026, 11, 21), source="transfer"
    )
    Customer.objects.filter(pk="C0003").update(unit="T02", manager="P2", assigned_by_hand=True)
    load(days[1])
    moved = Customer.objects.get(pk="C0003")
    assert (moved.name, moved.unit_id, moved.manager_id) == ("单丽", "T02", "P2")
    assert Assignment.objects.filter(customer="C0003").count() == 2


def test_a_wrong_total_refuses_the_file_and_says_by_how_much(load: Load, tmp_path: Path) -> None:
    day = write_bank(tmp_path / "feeds")[0]
    told = json.loads((day / "manifest.json").read_text())
    told["files"]["transactions"]["amount_sum"] = "1.00"
    told["files"]["cards"]["rows"] = 6
    (day / "manifest.json").write_text(json.dumps(told))
    [report] = load(day)
    assert report.exit_code == 1
    refused = {batch.feed: batch.problem for batch in report.loaded if batch.state == Batch.State.REFUSED}
    assert set(refused) == {"transactions", "cards"}
    assert "6" in refused["cards"]["en"]
    assert "相差" in refused["transactions"]["zh"]
    assert not Card.objects.exists()
    told["files"]["transactions"].pop("amount_sum")
    told["files"]["cards"]["rows"] = 5
    (day / "manifest.json").write_text(json.dumps(told))
    [again] = load(day)
    assert {batch.feed: batch.state for batch in again.loaded} == {"transactions": "DONE", "cards": "DONE"}
    assert Card.objects.count() == 5


def test_a_file_that_the_manifest_names_and_nobody_sent_is_refused(load: Load, tmp_path: Path) -> None:
    day = write_bank(tmp_path / "feeds")[0]
    (day / "cards.csv").unlink()
    [report] = load(day)
    assert report.exit_code == 1
    assert {batch.feed for batch in report.loaded if batch.state == "REFUSED"} == {"cards"}


def test_without_a_manifest_only_when_told(load: Load, tmp_path: Path) -> None:
    day = write_day(tmp_path / "feeds", "2026-11-20", {"units": UNITS}, manifest=False)
    [refused] = load(day)
    assert refused.exit_code == 1
    assert refused.problem is not None
    [report] = load(day, need_manifest=False)
    assert [(batch.state, batch.has_manifest) for batch in report.loaded] == [("DONE", False)]


def test_too_many_bad_rows_wait_for_a_person(load: Load, tmp_path: Path, at: datetime) -> None:
    rows = [customer(n, opened_on="2026-13-01" if n < 3 else "2021-03-01") for n in range(1, 11)]
    [report] = load(write_day(tmp_path / "feeds", "2026-11-20", {"units": UNITS, "customers": rows}))
    assert report.exit_code == 2
    held = Batch.objects.get(feed="customers")
    assert (held.state, held.quarantined, held.accepted) == ("HELD", 2, 8)
    assert not Customer.objects.exists()


def test_a_few_bad_rows_are_quarantined_and_the_good_ones_load(load: Load, tmp_path: Path) -> None:
    rows = [customer(n, opened_on="2026-13-01" if n == 3 else "2021-03-01") for n in range(1, 41)]
    [report] = load(write_day(tmp_path / "feeds", "2026-11-20", {"units": UNITS, "customers": rows}))
    assert report.exit_code == 2
    assert Customer.objects.count() == 39
    assert not Customer.objects.filter(pk="C0003").exists()


def test_two_imports_do_not_run_at_once(load: Load, tmp_path: Path) -> None:
    day = write_bank(tmp_path / "feeds")[0]
    with one_importer(), pytest.raises(ImportRunning):
        load(day)
    assert not Batch.objects.exists()
    assert load(day)[0].exit_code == 0
