"""Acts on customers: consent, holds, relations, hand-over, figures, export."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from django.http import QueryDict

from kajing.audit.models import AuditRow
from kajing.customers import selectors, services
from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import Assignment, Consent, CustomerFigures, Relation
from kajing.customers.services import exports
from kajing.customers.services.consents import TextVersionMissing, UnknownConsent
from kajing.customers.services.marks import HoldAlreadyLifted
from kajing.customers.services.portfolio import CannotAssign
from kajing.customers.services.relations import CannotRelate
from kajing.customers.signals import consent_recorded, portfolio_reassigned
from kajing.lib.cells import harmless
from kajing.lib.errors import NotAllowed
from kajing.org.models import Role
from kajing.queue.models import Job
from kajing.queue.worker import Worker
from kajing.records.services import bulk
from tests.factories.customers import account, card, customer, figures
from tests.factories.org import person

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}


@pytest.fixture
def wang(ana):
    return customer(ana, name="王小明")


@pytest.fixture
def carl(units):
    return person("carl", Role.MANAGER, units["T01"], name="柯立")


class TestConsent:
    def give(self, actor, who, at, purpose="MARKETING", channel="PHONE", version="2026-01"):
        return services.record_consent(
            actor=actor, customer=who, purpose=purpose, channel=channel, text_version=version, at=at
        )

    def test_ledger_grows_and_the_newest_word_counts(self, ana, wang, at):
        assert selectors.consent_given(wang, "MARKETING", "PHONE") is None
        self.give(ana, wang, at)
        assert selectors.consent_given(wang, "MARKETING", "PHONE") is True
        assert selectors.consent_given(wang, "MARKETING", "SMS") is None
        services.withdraw_consent(
            actor=ana, customer=wang, purpose="MARKETING", channel="PHONE", at=at + timedelta(hours=1)
        )
        assert selectors.consent_given(wang, "MARKETING", "PHONE") is False
        assert [entry.given for entry in selectors.consent_entries(wang)] == [False, True]
        assert Consent.objects.first().text_version == "2026-01"  # the text that is withdrawn from

    def test_withdrawing_all_withdraws_each_until_given_again(self, ana, wang, at):
        self.give(ana, wang, at)
        services.withdraw_consent(
            actor=ana, customer=wang, purpose="MARKETING", channel="ANY", at=at + timedelta(hours=1)
        )
        assert selectors.consent_given(wang, "MARKETING", "PHONE") is False
        self.give(ana, wang, at + timedelta(hours=2))
        assert selectors.consent_given(wang, "MARKETING", "PHONE") is True

    def test_is_audited_marked_and_told(self, ana, wang, at):
        heard = []
        consent_recorded.connect(lambda **news: heard.append(news), weak=False, dispatch_uid="test")
        entry = self.give(ana, wang, at)
        consent_recorded.disconnect(dispatch_uid="test")
        assert AuditRow.objects.get(action="customers.record_consent").customer_id == wang.pk
        assert wang.marks.get().source == f"consent:{entry.pk}"
        assert (heard[0]["given"], heard[0]["channel"]) == (True, "PHONE")

    def test_refusals(self, ana, auditor, wang, at):
        with pytest.raises(NotAllowed):
            self.give(auditor, wang, at)
        with pytest.raises(TextVersionMissing):
            self.give(ana, wang, at, version=" ")
        with pytest.raises(UnknownConsent):
            self.give(ana, wang, at, purpose="ANYTHING")
        assert not wang.consents.exists()

    def test_by_page(self, ana, wang, sign_in):
        sent = {"purpose": "MARKETING", "channel": "PHONE", "given": "1", "text_version": "2026-01"}
        found = sign_in(ana).post(f"/customers/{wang.pk}/consent/", sent, **PARTIAL)
        assert found.status_code == 200
        assert b'id="consents"' in found.content
        assert b"2026-01" in found.content
        bad = sign_in(ana).post(f"/customers/{wang.pk}/consent/", {**sent, "text_version": ""}, **PARTIAL)
        assert bad.status_code == 422
        assert sign_in(ana).post(f"/customers/{wang.pk}/consent/", sent).status_code == 302


class TestHolds:
    def test_one_source_holds_once_and_is_lifted_once(self, wang, at):
        hold = services.place_hold(actor="system", customer=wang, kind="COMPLAINT", source="complaint:41", at=at)
        again = services.place_hold(actor="system", customer=wang, kind="COMPLAINT", source="complaint:41", at=at)
        assert hold == again
        assert selectors.open_holds(wang, TODAY) == [hold]
        services.lift_hold(actor="system", hold=hold, at=at)
        assert selectors.open_holds(wang, TODAY) == []
        with pytest.raises(HoldAlreadyLifted):
            services.lift_hold(actor="system", hold=hold, at=at)

    def test_ends_by_itself(self, wang, at):
        services.place_hold(actor="system", customer=wang, kind="REFUSAL", source="call:7", at=at, until=TODAY)
        assert selectors.open_holds(wang, TODAY)
        assert not selectors.open_holds(wang, TODAY + timedelta(days=1))


class TestRelations:
    def test_both_pages_show_a_spouse(self, ana, wang, at, sign_in):
        li = customer(ana, name="李秀英")
        services.add_relation(actor=ana, customer=wang, other=li, role="SPOUSE", at=at)
        assert [(tie.name, tie.relation.role) for tie in selectors.relations(ana, wang)] == [("李秀英", "SPOUSE")]
        assert [(tie.name, tie.relation.role) for tie in selectors.relations(ana, li)] == [("王小明", "SPOUSE")]
        for one, name in ((wang, "李秀英"), (li, "王小明")):
            assert name in sign_in(ana).get(f"/customers/{one.pk}/section/relations/").content.decode()

    def test_a_parent_is_a_child_from_the_other_side(self, ana, wang, at):
        li = customer(ana, name="李秀英")
        services.add_relation(actor=ana, customer=wang, other=li, role="PARENT", at=at)
        assert selectors.relations(ana, wang)[0].role == str(Relation.Role.PARENT.label)
        assert selectors.relations(ana, li)[0].role == str(Relation.Role.CHILD.label)
        with pytest.raises(CannotRelate):
            services.add_relation(actor=ana, customer=li, other=wang, role="CHILD", at=at)

    def test_refusals(self, ana, auditor, wang, at):
        with pytest.raises(CannotRelate):
            services.add_relation(actor=ana, customer=wang, other=wang, role="SPOUSE", at=at)
        with pytest.raises(NotAllowed):
            services.add_relation(actor=auditor, customer=wang, other=customer(ana), role="SPOUSE", at=at)

    def test_an_end_out_of_reach_is_counted_not_named(self, ana, ben, wang, at, sign_in):
        zhao = customer(ben, name="赵别人")
        Relation.objects.create(customer=wang, other=zhao, role="SPOUSE", created_by="P-X", created_at=at)
        page = sign_in(ana).get(f"/customers/{wang.pk}/section/relations/").content.decode()
        assert zhao.pk not in page
        assert "赵" not in page

    def test_by_page(self, ana, ben, wang, sign_in):
        li, zhao = customer(ana), customer(ben)
        browser = sign_in(ana)
        sent = {"other": li.pk, "role": "SPOUSE"}
        assert browser.post(f"/customers/{wang.pk}/relation/", sent, **PARTIAL).status_code == 200
        assert browser.post(f"/customers/{wang.pk}/relation/", sent, **PARTIAL).status_code == 422
        foreign = browser.post(f"/customers/{wang.pk}/relation/", {**sent, "other": zhao.pk}, **PARTIAL)
        missing = browser.post(f"/customers/{wang.pk}/relation/", {**sent, "other": "C-NOBODY"}, **PARTIAL)
        assert foreign.status_code == missing.status_code == 422
        tie = Relation.objects.get()
        assert browser.post(f"/customers/{li.pk}/relation/{tie.pk}/remove/", **PARTIAL).status_code == 200
        assert not Relation.objects.exists()


class TestPortfolio:
    def move(self, actor, ids, to, at, unit=None, reason="leave"):
        return services.assign_portfolio(
            actor=actor, customer_ids=ids, manager=to, unit=unit, on=TODAY, at=at, reason=reason
        )

    def test_hand_over_is_effective_dated_audited_and_told(self, ana, carl, lee, wang, at):
        Assignment.objects.create(
            customer=wang, unit=ana.unit, manager_no=ana.person_no, valid_from=date(2024, 1, 1), source="feed"
        )
        figures(wang, bucket="M2")
        heard = []
        portfolio_reassigned.connect(lambda **news: heard.append(news), weak=False, dispatch_uid="test")
        assert self.move(lee, [wang.pk], carl, at) == 1
        portfolio_reassigned.disconnect(dispatch_uid="test")
        wang.refresh_from_db()
        assert (wang.manager_id, wang.assigned_by_hand) == (carl.person_no, True)
        old, new = wang.assignments.order_by("valid_from")
        assert (old.valid_to, new.valid_from, new.manager_no) == (TODAY, TODAY, carl.person_no)
        assert new.overdue_when_taken
        assert heard[0]["customer_ids"] == [wang.pk]
        assert AuditRow.objects.get(action="customers.assign").changes["manager"] == [ana.person_no, carl.person_no]
        assert selectors.customer(ana, wang.pk) is None
        assert selectors.customer(carl, wang.pk) is not None

    def test_twice_on_one_day_keeps_one_row(self, ana, carl, lee, wang, at):
        self.move(lee, [wang.pk], carl, at)
        self.move(lee, [wang.pk], ana, at)
        assert wang.assignments.get().manager_no == ana.person_no

    def test_the_same_again_moves_nobody(self, carl, lee, wang, at):
        self.move(lee, [wang.pk], carl, at)
        assert self.move(lee, [wang.pk], carl, at) == 0

    def test_into_the_pool(self, ana, lee, wang, at):
        self.move(lee, [wang.pk], None, at, unit=ana.unit)
        wang.refresh_from_db()
        assert wang.manager_id is None
        assert selectors.customer(ana, wang.pk) is None
        assert selectors.customer(lee, wang.pk) is not None

    def test_refusals(self, ana, ben, lee, auditor, carl, wang, at):
        with pytest.raises(NotAllowed):
            self.move(ana, [wang.pk], carl, at)
        with pytest.raises(CannotAssign):  # outside the leader's unit
            self.move(lee, [wang.pk], ben, at)
        with pytest.raises(CannotAssign):  # a customer out of reach
            self.move(lee, [wang.pk, customer(ben).pk], carl, at)
        with pytest.raises(CannotAssign):
            self.move(lee, [wang.pk], auditor, at)
        wang.refresh_from_db()
        assert wang.manager_id == ana.person_no

    def test_by_page(self, lee, carl, wang, sign_in):
        browser = sign_in(lee)
        asked = browser.post("/customers/assign/", {"ids": [wang.pk], "query": "order=-spend"}, **PARTIAL)
        assert asked.status_code == 200
        assert wang.pk in asked.content.decode()
        sent = {"ids": [wang.pk], "query": "order=-spend", "manager": carl.person_no, "reason": "leave"}
        assert browser.post("/customers/assign/", {**sent, "unit": "T01"}, **PARTIAL).status_code == 422
        assert browser.post("/customers/assign/", sent, **PARTIAL)["HX-Redirect"].startswith("/customers/")
        wang.refresh_from_db()
        assert wang.manager_id == carl.person_no

    def test_many_go_as_a_job(self, ana, lee, carl, at, monkeypatch):
        rows = [customer(ana) for _n in range(7)]
        monkeypatch.setattr(bulk, "AT_ONCE", 3)
        monkeypatch.setattr(bulk, "CHUNK", 3)
        chosen = selectors.selection(
            lee, CUSTOMERS, ids=[], query=QueryDict("order=-spend"), everything=True, today=TODAY
        )
        done = services.assign_selection(
            actor=lee, chosen=chosen, manager=carl.person_no, unit="", on=TODAY, at=at, reason="leave"
        )
        assert (done.act.asked, done.act.state) == (7, "WORKING")
        Worker().work_until_empty()
        assert Job.objects.get().result == {"done": 7, "failed": 0}
        assert carl.customers.count() == len(rows)


class TestFigures:
    ROW = {
        "state": "ACTIVE",
        "spend_30d": 100,
        "utilisation": 0.5,
        "last_purchase_on": date(2026, 11, 20),
        "spend_weeks": [1, 2],
    }

    def test_writes_updates_and_drops(self, ana, wang):
        gone = figures(customer(ana))
        rows = [{"customer_id": wang.pk, **self.ROW}, {"customer_id": "C-UNKNOWN", **self.ROW}]
        day = date(2026, 11, 23)
        assert services.refresh_figures(as_of=day, rows=rows) == {"written": 1, "unknown": 1, "dropped": 1}
        kept = CustomerFigures.objects.get()
        assert (kept.spend_30d, kept.last_purchase_on, kept.spend_weeks, kept.segment) == (
            100,
            date(2026, 11, 20),
            [1, 2],
            "",
        )
        assert not CustomerFigures.objects.filter(pk=gone.pk).exists()
        services.refresh_figures(as_of=day, rows=[{"customer_id": wang.pk, **self.ROW, "spend_30d": None}])
        kept.refresh_from_db()
        assert kept.spend_30d is None

    def test_again_changes_nothing(self, wang):
        rows = [{"customer_id": wang.pk, **self.ROW}]
        services.refresh_figures(as_of=TODAY, rows=rows)
        before = CustomerFigures.objects.values().get()
        assert services.refresh_figures(as_of=TODAY, rows=rows)["dropped"] == 0
        assert CustomerFigures.objects.values().get() == before


class TestExport:
    def export(self, actor, text, at, **values):
        chosen = selectors.selection(actor, CUSTOMERS, ids=[], query=QueryDict(text), everything=True, today=TODAY)
        return services.export_selection(actor=actor, chosen=chosen, reason="check", at=at, **values)

    def test_a_file_of_what_is_seen(self, lee, ana, ben, at):
        mine = customer(ana, name="=cmd|calc")
        figures(mine, spend_30d=123_456)
        card(account(mine), last4="8841")
        customer(ben)
        made = self.export(lee, "order=-spend", at)
        rows = list(csv.reader(io.StringIO(made.content.decode("utf-8-sig"))))
        assert made.rows == 1
        assert rows[1][0] == mine.pk
        assert "'=cmd|calc" in rows[1]
        assert "1234.56" in rows[1]
        assert any(lee.person_no in cell for row in rows[2:] for cell in row)
        row = AuditRow.objects.get(action="customers.export")
        assert (row.reason, row.changes["rows"]) == ("check", 1)
        assert rows[-1][1] == row.changes["reference"]

    def test_names_stay_masked_for_who_may_not_know_them(self, risk, ana, at):
        figures(customer(ana, name="王小明"))
        text = self.export(risk, "order=-spend", at).content.decode()
        assert "王**" in text
        assert "王小明" not in text

    def test_too_many_rows_are_refused_with_words(self, lee, ana, at, monkeypatch):
        monkeypatch.setattr(exports, "MOST_EXPORTED", 2)
        for _n in range(3):
            figures(customer(ana))
        with pytest.raises(services.TooManyRows) as refused:
            self.export(lee, "order=-spend", at)
        assert "3" in str(refused.value)
        assert not AuditRow.objects.filter(action="customers.export").exists()

    def test_right(self, ana, at):
        with pytest.raises(NotAllowed):
            self.export(ana, "order=-spend", at)

    @pytest.mark.parametrize("text", ["=1+1", "+86", "-2", "@x", "\tx", "＝1", "＋1", "－1", "＠x"])
    def test_formula_starts_are_made_safe(self, text):
        assert harmless(text) == f"'{text}"


def test_replacement_chains(wang):
    line = account(wang)
    old = card(line, status="REPLACED")
    new = card(line, replaces_card_id=old.pk, approved_on=date(2025, 1, 1))
    other = card(line)
    found = [[one.pk for one in chain] for chain in selectors.accounts(wang)[0].chains]
    assert [new.pk, old.pk] in found
    assert [other.pk] in found
