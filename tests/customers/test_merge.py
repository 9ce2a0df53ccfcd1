"""Merging customers: everything moves, old numbers lead on, the feed follows, and undo gives back every byte."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kajing.audit.models import AuditRow
from kajing.complaints.models import ComplaintEvent
from kajing.contact.models import Interaction
from kajing.customers import selectors
from kajing.customers.models import (
    Assignment,
    Card,
    CardAccount,
    Consent,
    ContactPoint,
    Customer,
    CustomerFigures,
    DuplicatePair,
    MergedCustomer,
    Relation,
)
from kajing.customers.personal import blind, seal
from kajing.customers.selectors.merging import FIELDS, count_of, named_by, source_of
from kajing.customers.services import merge_customers, place_hold, record_consent, refresh_figures
from kajing.customers.services.feeds import absorb_accounts, absorb_cards, absorb_customers
from kajing.customers.services.merging import CannotMerge
from kajing.lib.errors import NotAllowed
from kajing.org.models import AccessGrant
from kajing.records.models import Attachment, FieldDefinition, FieldValue, Reversal, StoredFile, Tag, Tagging
from kajing.records.undo.conflicts import preview
from kajing.records.undo.returning import undo
from kajing.risk.models import Alert
from kajing.risk.services.night import absorb_alerts
from kajing.workflow.models import Task
from kajing.workflow.services import open_task
from tests.factories.complaints import complaint
from tests.factories.customers import account, card, customer, figures
from tests.factories.risk import alert
from tests.factories.workflow import task
from tests.tables import differing, tables

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)


class Day:
    business_date = date(2026, 11, 23)

    def observations(self, keys, columns):
        return []


def phone(who, number, source="feed"):
    return ContactPoint.objects.create(
        customer=who,
        kind="MOBILE",
        value_enc=seal("mobile", number),
        value_idx=blind("mobile", number),
        is_preferred=True,
        source=source,
    )


@pytest.fixture
def three(ana, lee, at):
    """Three customers that are one person, each with one of everything."""
    whos = [
        customer(
            ana,
            customer_id=f"C{n}",
            name="王小明",
            occupation="" if n == "1" else f"job {n}",
            opened_on=date(2023 - int(n), 1, 1),
            address_enc=seal("address", f"road {n}"),
        )
        for n in "123"
    ]
    other = customer(ana, customer_id="C9")
    for number, who in enumerate(whos):
        card(account(who, account_id=f"A{who.pk}"), card_id=f"K{who.pk}")
        figures(
            who,
            credit_limit=1_000_000 * (number + 1),
            balance=500_000,
            spend_90d=100,
            bucket=f"M{number}",
            spend_weeks=[1, 2],
            risk_score=10.0 * number,
            cash_share_90d=0.1 * number,
        )
        phone(who, f"1295555000{number}")
        Assignment.objects.create(
            customer=who,
            unit=ana.unit,
            manager_no=ana.person_no,
            valid_from=date(2024, 1, 1 + number // 2),
            source="feed",
        )
        record_consent(actor=ana, customer=who, purpose="MARKETING", channel="PHONE", text_version=str(number), at=at)
        place_hold(actor="system", customer=who, kind="COMPLAINT", source=f"complaint:{number}", at=at)
        about = complaint(who, handler=ana, answer="已退费")
        ComplaintEvent.objects.create(complaint=about, at=at, by="x", title="Complaint registered")
        raised = alert(who, account_id="")
        open_task(actor=None, owner=ana, title="x", due_at=at, at=at, customer=who, source=f"alert:{raised.pk}")
        task(ana, who)
        Interaction.objects.create(customer=who, **interaction(ana, at))
        Relation.objects.create(customer=who, other=other, role="SPOUSE", created_by="x", created_at=at)
        AccessGrant.objects.create(
            person=lee,
            customer_id=who.pk,
            source=f"task:{number}",
            first_day=TODAY,
            last_day=TODAY,
            reason="x",
            made_by="x",
        )
    kept = StoredFile.objects.create(sha256="0" * 64, size=1, media_type="text/plain", created_at=at)
    tag = Tag.objects.create(name="vip", key="vip", created_by="x", created_at=at)
    own = FieldDefinition.objects.create(
        kind="customer", name="hobby", label="hobby", type="TEXT", created_by="x", created_at=at
    )
    for who in whos:
        Tagging.objects.create(tag=tag, kind="customer", object_id=who.pk, by="x", at=at)
        Attachment.objects.create(kind="customer", object_id=who.pk, file=kept, name=f"{who.pk}.txt", by="x", at=at)
        if who is not whos[0]:
            FieldValue.objects.create(field=own, object_id=who.pk, text=f"hobby {who.pk}")
    Tagging.objects.create(tag=tag, kind="task", object_id="C2", by="x", at=at)  # another kind of record
    Relation.objects.create(customer=whos[0], other=whos[1], role="OTHER", created_by="x", created_at=at)
    DuplicatePair.objects.create(first=whos[0], second=whos[1], points=100, strength="SURE", found_at=at)
    DuplicatePair.objects.create(first=whos[1], second=other, points=50, strength="POSSIBLE", found_at=at)
    return whos


def interaction(person, at):
    """The least an interaction needs, whatever columns the room has by now."""
    given = {"channel": "PHONE", "at": at, "manager_no": person.person_no, "purpose": "SERVICE"}
    known = {f.name: f for f in Interaction._meta.concrete_fields}
    found = {name: value for name, value in given.items() if name in known}
    for name, field in known.items():
        if name in {"id", "customer"} or name in found or field.has_default() or field.null or field.blank:
            continue
        kind = field.get_internal_type()
        if kind == "ForeignKey":
            found[name] = person if field.related_model is type(person) else person.unit
        else:
            found[name] = at if kind == "DateTimeField" else 1 if "Integer" in kind else "x"
    return found


def merge(actor, at, survivor="C1", losers=("C2", "C3"), **choices):
    return merge_customers(actor=actor, survivor=survivor, losers=losers, choices=choices, reason="same person", at=at)


class TestMerge:
    def test_everything_moves_and_undo_gives_back_every_byte(self, lee, three, at):
        before = tables()
        done = merge(lee, at, address="C3")
        left = Customer.objects.get(pk="C1")
        assert not Customer.objects.filter(pk__in=["C2", "C3"]).exists()
        assert bytes(left.address_enc) == bytes(three[2].address_enc)
        assert (left.occupation, left.opened_on) == ("job 2", date(2020, 1, 1))  # filled, and the earliest
        assert {row.customer_id for row in CardAccount.objects.all()} == {"C1"}
        assert {row.customer_id for row in Card.objects.all()} == {"C1"}
        assert Consent.objects.filter(customer=left).count() == 3
        assert left.holds.count() == 3
        assert left.complaints.count() == 3  # none gives way: each has its own deadline
        assert left.contact_points.count() == 3
        assert left.contact_points.filter(is_preferred=True).count() == 1
        assert Interaction.objects.filter(customer=left).count() == 3
        assert set(AccessGrant.objects.values_list("customer_id", flat=True)) == {"C1"}
        assert left.assignments.filter(valid_to=None).count() == 1
        assert Relation.objects.count() == 1  # one spouse, and nobody is related to themselves
        assert Alert.objects.filter(state="OPEN").count() == 1
        assert Task.objects.filter(source__startswith="alert:", state="OPEN").count() == 1
        assert done.moved["customers.cardaccount"] == 2
        assert [(one.kind, one.object_id) for one in Tagging.objects.order_by("kind")] == [
            ("customer", "C1"),
            ("task", "C2"),
        ]
        assert Attachment.objects.filter(object_id="C1").count() == 3
        assert [(one.object_id, one.text) for one in FieldValue.objects.all()] == [("C1", "hobby C2")]
        for rows, _column in named_by(["C2", "C3"]):
            assert not rows.exists(), rows.model
        assert undo(actor=lee, reversal=Reversal.objects.get(pk=done.undo), at=at + timedelta(days=29)).kept == 0
        assert differing(before, tables()) == {}
        assert AuditRow.objects.filter(action="customers.merge").count() == 3

    def test_figures_are_those_of_one_person(self, lee, three, at):
        merge(lee, at)
        found = CustomerFigures.objects.get()
        assert (found.customer_id, found.credit_limit, found.balance, found.bucket) == (
            "C1",
            6_000_000,
            1_500_000,
            "M2",
        )
        assert (found.utilisation, found.risk_score, found.spend_weeks) == (0.25, 20.0, [3, 6])
        assert found.cash_share_90d == pytest.approx(0.1)

    def test_the_night_adds_up_old_numbers_and_undo_after_it_asks_nothing(self, lee, three, at):
        done = merge(lee, at)
        rows = [{"customer_id": f"C{n}", "balance": n, "spend_weeks": [n]} for n in (1, 2, 3)]
        counts = refresh_figures(as_of=TODAY, rows=rows)
        assert (counts["written"], counts["unknown"]) == (1, 0)
        assert CustomerFigures.objects.get().balance == 6
        reversal = Reversal.objects.get(pk=done.undo)
        assert preview(reversal, lee).undecided == 0
        undo(actor=lee, reversal=reversal, at=at + timedelta(days=1))
        assert set(Customer.objects.values_list("pk", flat=True)) == {"C1", "C2", "C3", "C9"}
        refresh_figures(as_of=TODAY, rows=rows)
        assert dict(CustomerFigures.objects.values_list("pk", "balance")) == {"C1": 1, "C2": 2, "C3": 3}

    def test_alerts_of_an_old_number_reach_the_survivor(self, lee, three, at):
        merge(lee, at)
        row = {"rule": "missed_payment", "customer_id": "C3", "account_id": "AC3", "severity": "L2", "reasons": []}
        counts = absorb_alerts(as_of=TODAY, rows=[row], at=at)
        assert counts["raised"] == 1
        assert Alert.objects.get(account_id="AC3").customer_id == "C1"


class TestFeed:
    def row(self, number, **values):
        return {
            "customer_id": number,
            "name": f"feed {number}",
            "unit_code": "T01",
            "manager_no": "P-ANA",
            "opened_on": date(2020, 1, 1),
            "business_date": Day.business_date,
            "occupation": f"feed {number}",
            "mobile_enc": seal("mobile", number),
            "mobile_idx": blind("mobile", number),
            "address_enc": seal("address", f"feed {number}"),
            **values,
        }

    def test_rows_of_old_numbers_fill_what_was_taken_from_them(self, lee, three, at):
        merge(lee, at, occupation="C2", name="C1")
        rows = [self.row(number) for number in ("C1", "C2", "C3", "C9")]
        done = absorb_customers(rows=rows, day=Day(), prepared=None)
        assert (done.changed, done.waiting) == (4, 0)
        left = Customer.objects.get(pk="C1")
        assert (left.name, left.occupation) == ("feed C1", "feed C2")
        assert not Customer.objects.filter(pk="C2").exists()
        points = {point.source: point.value_idx for point in left.contact_points.all()}
        assert points == {
            "feed": blind("mobile", "C1"),
            source_of("C2"): blind("mobile", "C2"),
            source_of("C3"): blind("mobile", "C3"),
        }
        absorb_customers(
            rows=[self.row("C2", occupation="old", business_date=date(2026, 11, 1))], day=Day(), prepared=None
        )
        left.refresh_from_db()
        assert left.occupation == "feed C2"  # a late file does not turn back time

    def test_accounts_and_cards_of_an_old_number_are_the_survivors(self, lee, three, at):
        done = merge(lee, at)
        same = {"business_date": Day.business_date, "opened_on": TODAY, "status": "NORMAL"}
        rows = [
            {"account_id": key, "customer_id": "C2", "credit_limit": 77, "statement_day": 1, **same}
            for key in ("AC2", "ANEW")
        ]
        assert absorb_accounts(rows=rows, day=Day(), prepared=None).waiting == 0
        cards = [
            {
                "card_id": "KC2",
                "account_id": "AC2",
                "customer_id": "C2",
                "approved_on": TODAY,
                "status": "ACTIVE",
                "business_date": Day.business_date,
            }
        ]
        assert absorb_cards(rows=cards, day=Day(), prepared=None).changed == 1
        assert set(CardAccount.objects.values_list("customer_id", flat=True)) == {"C1"}
        # Undo after that night asks nothing: the feed wrote other columns than the merge. What is new stays.
        reversal = Reversal.objects.get(pk=done.undo)
        assert preview(reversal, lee).undecided == 0
        undo(actor=lee, reversal=reversal, at=at + timedelta(days=1))
        assert CardAccount.objects.get(pk="AC2").customer_id == "C2"
        assert CardAccount.objects.get(pk="AC2").credit_limit == 77
        assert CardAccount.objects.get(pk="ANEW").customer_id == "C1"


class TestOldNumbers:
    def test_links_search_and_api_lead_to_the_survivor(self, lee, three, at, sign_in):
        merge(lee, at)
        browser = sign_in(lee)
        assert browser.get("/customers/C2/").headers["Location"] == "/customers/C1/"
        assert browser.get("/customers/C2/peek/").status_code == 200
        MergedCustomer.objects.create(old_id="OLD-77", survivor_id="C1", merged_at=at, merged_by="x")
        assert [row.pk for row in selectors.search(lee, "OLD-77")] == ["C1"]
        assert browser.get("/api/v1/customers/C2").json()["customer_id"] == "C1"

    def test_a_stranger_learns_nothing(self, ben, lee, three, at, sign_in):
        merge(lee, at)
        assert selectors.customer(ben, "C2") is None
        assert sign_in(ben).get("/customers/C2/").status_code == 404

    def test_a_survivor_can_be_merged_again(self, lee, three, at):
        merge(lee, at, survivor="C2", losers=["C3"])
        merge(lee, at + timedelta(minutes=1), survivor="C1", losers=["C2"])
        assert dict(MergedCustomer.objects.values_list("old_id", "survivor_id")) == {"C2": "C1", "C3": "C1"}
        assert Customer.objects.get(pk="C1").contact_points.count() == 3


class TestRefusals:
    def test_rights_reach_and_choices(self, ana, ben, lee, three, at):
        foreign = customer(ben)
        with pytest.raises(NotAllowed):
            merge(ana, at)
        for given in (
            {"losers": []},
            {"losers": ["C1"]},
            {"losers": ["C2", foreign.pk]},
            {"losers": ["C2", "NONE"]},
            {"losers": [f"C{n}" for n in range(2, 9)]},
        ):
            with pytest.raises(CannotMerge):
                merge(lee, at, **given)
        with pytest.raises(CannotMerge):
            merge(lee, at, name=foreign.pk)
        with pytest.raises(CannotMerge):
            merge(lee, at, unit_id="C1")
        assert Customer.objects.count() == 5
        assert not Reversal.objects.exists()

    def test_every_column_is_chosen_or_decided(self):
        """A new column of Customer needs a decision here: chosen in the merge, or the survivor's own."""
        own = {"customer_id", "unit", "manager", "feed_date", "assigned_by_hand"}
        chosen = {column for columns in FIELDS.values() for column in columns}
        assert chosen | own == {field.name for field in Customer._meta.concrete_fields}

    def test_count_of_what_would_move(self, three):
        found = count_of(["C1", "C2"])
        assert found["C2"]["customers.card"] == found["C2"]["customers.cardaccount"] == 1
        assert found["C2"]["workflow.task"] == 2
