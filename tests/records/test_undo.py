"""Taking acts back: byte-equal rows, conflicts that are asked about, jobs that survive a kill, who may."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from kajing.audit.models import AuditRow
from kajing.customers.models import Assignment, ContactPoint, Customer, Relation
from kajing.customers.services import assign_portfolio
from kajing.lib.errors import NotAllowed
from kajing.org.models import Role
from kajing.queue.models import Job
from kajing.queue.worker import Worker
from kajing.records import selectors
from kajing.records.models import Reversal
from kajing.records.undo import TooMuchToUndo, begin, finish, journal, recording, returning
from kajing.records.undo.conflicts import Trouble, preview
from kajing.records.undo.images import images_of, put_back
from kajing.records.undo.returning import CannotUndo, MustDecide, forget, undo
from kajing.workflow.models import Task
from kajing.workflow.services import open_task
from tests.factories.customers import account, card, customer, figures
from tests.factories.org import person
from tests.factories.risk import alert
from tests.factories.workflow import task, tasks_for
from tests.tables import differing, tables

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
# What the receiver of a book was told stays when the transfer is undone.
TOLD = ("org.person", "customers.handover", "customers.handoveritem", "notifications.notification")
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}


@pytest.fixture
def carl(units):
    return person("carl", Role.MANAGER, units["T01"], name="柯立")


def act(actor, at, **options):
    return journal(kind="test.act", title="Act", actor=actor, at=at, until=at + timedelta(days=30), **options)


def only() -> Reversal:
    return Reversal.objects.get(state="OPEN", kind="test.act")


class TestImages:
    def test_every_kind_of_field_comes_back_as_it_was(self, ana, at):
        who = customer(ana, address_enc=b"\x00\xff\x10", annual_income=2**40, income_verified=None)
        account(who, temp_limit_until=date(2026, 12, 1))
        figures(who, risk_score=0.1 + 0.2, spend_weeks=[1, None, 2.5, "x"])
        task(
            ana, who, params={"a": [1, {"b": None}], "名": "值"}, created_at=datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
        )
        ContactPoint.objects.create(customer=who, kind="MOBILE", value_enc=bytes(range(256)), value_idx="x")
        before = tables()
        kept = {
            model: images_of(model, [str(pk) for pk in model._base_manager.values_list("pk", flat=True)])
            for model in (Customer, Task, ContactPoint, type(who.figures), type(who.accounts.get()))
        }
        Customer.objects.update(name="x", address_enc=None, annual_income=None, income_verified=True)
        Task.objects.all().delete()
        who.figures.delete()
        for model, found in kept.items():
            put_back(model, list(found.values()))
        assert differing(before, tables()) == {}


class TestAct:
    def test_added_changed_and_deleted_rows_go_back(self, ana, at):
        who, gone = customer(ana), customer(ana)
        tie = Relation.objects.create(customer=who, other=gone, role="SPOUSE", created_by="x", created_at=at)
        before = tables()
        with act(ana, at) as log:
            log.before(Customer.objects.filter(pk=who.pk))
            Customer.objects.filter(pk=who.pk).update(name="另一个")
            log.before(Relation.objects.filter(pk=tie.pk))
            tie.delete()
            task(ana, who)  # by save(): seen by itself
            gone.occupation = "x"
            gone.save()
        shown = {row["model"]: row for row in preview(only(), ana).tables}
        assert shown["customers.customer"]["changed"] == 2
        assert shown["customers.relation"]["deleted"] == 1
        assert shown["workflow.task"]["added"] == 1
        done = undo(actor=ana, reversal=only(), at=at + timedelta(days=1))
        assert (done.rows, done.kept, done.queued) == (4, 0, False)
        assert differing(before, tables()) == {}
        assert AuditRow.objects.get(action="records.undo").changes == {"act": "test.act", "rows": 4, "kept": 0}

    def test_undo_can_be_undone(self, ana, at):
        who = customer(ana)
        with act(ana, at):
            task(ana, who)
        after = tables()
        undo(actor=ana, reversal=only(), at=at)
        redo = Reversal.objects.get(kind="records.undo")
        undo(actor=ana, reversal=redo, at=at)
        assert differing(after, tables()) == {}

    def test_a_failed_act_leaves_no_reversal_and_a_void_one_none(self, ana, at):
        who = customer(ana)
        with pytest.raises(ZeroDivisionError), act(ana, at):
            task(ana, who)
            raise ZeroDivisionError
        with act(ana, at) as log:
            log.before(Customer.objects.filter(pk=who.pk))
        task(ana, who)  # outside of any act
        assert not Reversal.objects.exists()
        assert Task.objects.count() == 1

    def test_acts_inside_an_act_are_one(self, ana, at):
        who = customer(ana)
        with act(ana, at), act(ana, at):
            task(ana, who)
        assert Reversal.objects.count() == 1

    def test_too_much_is_refused_whole(self, ana, at, monkeypatch):
        monkeypatch.setattr("kajing.records.undo.writing.MOST_ROWS", 1)
        who = customer(ana)
        with pytest.raises(TooMuchToUndo), act(ana, at):
            task(ana, who)
            task(ana, who)
        assert not Task.objects.exists()

    def test_audit_and_jobs_are_left_alone(self, ana, at):
        who = customer(ana)
        with act(ana, at):
            open_task(actor=ana, owner=ana, customer=who, title="x", due_at=at + timedelta(days=1), at=at)
        assert not only().entries.filter(model__startswith="audit").exists()
        audited = AuditRow.objects.count()
        undo(actor=ana, reversal=only(), at=at)
        assert AuditRow.objects.count() == audited + 1


class TestConflicts:
    def test_a_row_changed_since_is_asked_about_and_either_answer_holds(self, ana, at):
        for answer, name in (("keep", "later"), ("restore", "first")):
            who = customer(ana, occupation="first")
            with act(ana, at):
                who.occupation = "act"
                who.save()
            who.occupation = "later"
            who.save()
            found = preview(only(), ana)
            assert [(one.key, one.trouble) for one in found.conflicts] == [(who.pk, Trouble.CHANGED)]
            assert [(d.name, d.then, d.now) for d in found.conflicts[0].differences] == [
                ("occupation", "first", "later")
            ]
            with pytest.raises(MustDecide):
                undo(actor=ana, reversal=only(), at=at)
            reversal = only()
            done = undo(actor=ana, reversal=reversal, at=at, decisions={found.conflicts[0].entry: answer})
            who.refresh_from_db()
            assert who.occupation == name
            assert done.kept == (answer == "keep")
            reversal.refresh_from_db()
            assert reversal.state == ("PARTLY" if answer == "keep" else "UNDONE")
        # What was overwritten is not lost: the undo itself can be taken back.
        undo(actor=ana, reversal=Reversal.objects.filter(kind="records.undo").first(), at=at)
        who.refresh_from_db()
        assert who.occupation == "later"

    def test_what_others_changed_in_other_columns_stays_without_a_question(self, ana, at):
        who = customer(ana, occupation="first", education="first")
        with act(ana, at):
            who.occupation = "act"
            who.save()
        Customer.objects.update(education="later", feed_date=TODAY)
        assert preview(only(), ana).conflicts == []
        undo(actor=ana, reversal=only(), at=at)
        who.refresh_from_db()
        assert (who.occupation, who.education, who.feed_date) == ("first", "later", TODAY)

    def test_chunks_of_one_row_are_looked_at_together(self, ana, at):
        who = customer(ana, occupation="first", education="first")
        reversal = begin(kind="test.act", title="Act", actor=ana, at=at, until=at + timedelta(days=30))
        for name in ("occupation", "education", "occupation"):
            with recording(reversal):
                setattr(who, name, getattr(who, name) + "+")
                who.save()
        finish(reversal)
        Customer.objects.update(education="later")
        (found,) = preview(only(), ana).conflicts
        assert [(d.name, d.then, d.now) for d in found.differences if d.name == "education"] == [
            ("education", "first", "later")
        ]
        undo(actor=ana, reversal=only(), at=at, default="restore")
        who.refresh_from_db()
        assert (who.occupation, who.education) == ("first", "first")

    def test_deleted_since_and_back_again(self, ana, at):
        who, other = customer(ana), customer(ana)
        tie = Relation.objects.create(customer=who, other=other, role="SPOUSE", created_by="x", created_at=at)
        with act(ana, at) as log:
            log.before(Relation.objects.all())
            Relation.objects.all().delete()
            other.occupation = "y"
            other.save()
        Relation.objects.create(pk=tie.pk, customer=who, other=other, role="CHILD", created_by="x", created_at=at)
        Customer.objects.filter(pk=other.pk).update(occupation="z")
        assert {one.trouble for one in preview(only(), ana).conflicts} == {Trouble.BACK, Trouble.CHANGED}
        undo(actor=ana, reversal=only(), at=at, default="restore")
        assert Relation.objects.get().role == "SPOUSE"

    def test_what_newer_rows_belong_to_stays(self, ana, at):
        with act(ana, at):
            who = customer(ana)
        task(ana, who)  # somebody worked on it since
        assert [one.trouble for one in preview(only(), ana).conflicts] == [Trouble.USED]
        done = undo(actor=ana, reversal=only(), at=at)
        assert done.kept == 1
        assert Customer.objects.filter(pk=who.pk).exists()

    def test_personal_columns_are_never_shown(self, ana, at):
        who = customer(ana)
        with act(ana, at) as log:
            log.before(Customer.objects.filter(pk=who.pk))
            Customer.objects.filter(pk=who.pk).update(id_number_idx="secret1", address_enc=b"1")
        Customer.objects.filter(pk=who.pk).update(id_number_idx="secret2", address_enc=b"2")
        assert {(d.then, d.now) for d in preview(only(), ana).conflicts[0].differences} == {("•••", "•••")}


class TestWhoAndWhen:
    def test_own_acts_leaders_those_of_their_unit(self, ana, ben, lee, admin, compliance, at):
        with act(ana, at):
            customer(ana)
        for stranger in (ben, admin, compliance):
            with pytest.raises(NotAllowed):
                undo(actor=stranger, reversal=only(), at=at)
        assert list(selectors.reversals(ben)) == []
        assert list(selectors.reversals(admin)) == [only()]  # sees that it was done, not into it
        assert list(selectors.undoable(admin)) == []
        assert undo(actor=lee, reversal=only(), at=at).rows == 1

    def test_not_twice_and_not_too_late(self, ana, at):
        with act(ana, at):
            customer(ana)
        reversal = only()
        with pytest.raises(CannotUndo):
            undo(actor=ana, reversal=reversal, at=at + timedelta(days=30))
        undo(actor=ana, reversal=reversal, at=at)
        with pytest.raises(CannotUndo):
            undo(actor=ana, reversal=reversal, at=at)

    def test_images_are_forgotten_when_their_time_is_over(self, ana, at):
        with act(ana, at):
            customer(ana)
        assert forget(at + timedelta(days=30)) == 0
        assert forget(at + timedelta(days=32)) == 1
        assert not Reversal.objects.exists()


class TestJobs:
    def chunks(self, ana, at, who, count=5):
        reversal = begin(kind="test.act", title="Act", actor=ana, at=at, until=at + timedelta(days=30))
        for number in range(count):
            with recording(reversal):
                who.occupation = str(number)
                who.save()
                task(ana, who, title=f"t{number}")
        return finish(reversal)

    def test_a_large_act_goes_back_as_a_job_that_resumes(self, ana, at, monkeypatch):
        monkeypatch.setattr(returning, "AT_ONCE", 3)
        known = customer(ana)
        before = tables()
        reversal = self.chunks(ana, at, known)
        real, seen = returning.undo_chunk, []

        def breaks(**given):
            seen.append(given["chunk"])
            if seen == [5, 4, 3]:
                raise RuntimeError("killed")
            return real(**given)

        monkeypatch.setattr(returning, "undo_chunk", breaks)
        done = undo(actor=ana, reversal=reversal, at=timezone.now())
        assert done.queued
        Worker().work_until_empty()
        job = Job.objects.get(task="records.undo")
        assert (job.state, Task.objects.count()) == ("FAILED", 3)
        Job.objects.update(run_after=timezone.now())
        Worker().work_until_empty()
        assert seen == [5, 4, 3, 3, 2, 1]
        assert differing(before, tables()) == {}
        reversal.refresh_from_db()
        assert reversal.state == "UNDONE"

    def test_an_act_at_work_waits(self, ana, at):
        reversal = begin(kind="test.act", title="Act", actor=ana, at=at, until=at + timedelta(days=30))
        with pytest.raises(CannotUndo):
            undo(actor=ana, reversal=reversal, at=at)


class TestBulk:
    def test_a_hand_over_and_its_tasks_go_back(self, ana, carl, lee, at):
        whos = [customer(ana) for _n in range(3)]
        for who in whos:
            Assignment.objects.create(
                customer=who, unit=ana.unit, manager_no=ana.person_no, valid_from=date(2024, 1, 1), source="feed"
            )
            figures(who), card(account(who)), alert(who), task(ana, who)
        Assignment.objects.create(customer=whos[0], unit=ana.unit, manager_no="P-OLD", valid_from=TODAY, source="feed")
        before = tables()
        moved = assign_portfolio(
            actor=lee, customer_ids=[who.pk for who in whos], manager=carl, on=TODAY, at=at, reason="leave"
        )
        assert moved == 3
        assert set(Task.objects.values_list("owner", flat=True)) == {carl.person_no}
        undo(actor=lee, reversal=Reversal.objects.get(), at=at + timedelta(days=29))
        assert differing(before, tables()) == {}

    def test_by_page_with_the_toast(self, ana, carl, lee, sign_in):
        who = customer(ana)
        before = tables(*TOLD)
        browser = sign_in(lee)
        sent = {"ids": [who.pk], "manager": carl.person_no, "unit": "", "reason": "on leave"}
        answer = browser.post("/customers/assign/", sent, **PARTIAL)
        assert answer.status_code == 204
        reversal = Reversal.objects.get()
        assert f"undo:/undo/{reversal.pk}/do/" in browser.get("/customers/").content.decode()
        assert "1" in browser.get("/undo/").content.decode()
        assert browser.get(f"/undo/{reversal.pk}/").status_code == 200
        assert browser.post(f"/undo/{reversal.pk}/do/", **PARTIAL).headers["HX-Redirect"] == "/undo/"
        who.refresh_from_db()
        assert who.manager == ana
        assert differing(before, tables(*TOLD)) == {}

    def test_tasks_for_many_go_back_unless_worked_on(self, ana, at, sign_in):
        whos = [customer(ana) for _n in range(3)]
        now = timezone.now()
        made = tasks_for(ana, whos, due_at=now + timedelta(days=1), at=now)
        Task.objects.filter(customer=whos[0]).update(state="DONE")
        browser = sign_in(ana)
        asked = browser.post(f"/undo/{made.reversal_id}/do/")
        assert asked.status_code == 409
        assert browser.post(f"/undo/{made.reversal_id}/do/", {"default": "keep"}).status_code == 302
        assert [one.customer_id for one in Task.objects.all()] == [whos[0].pk]

    def test_by_api(self, ana, sign_in):
        now = timezone.now()
        made = tasks_for(ana, [customer(ana)], due_at=now + timedelta(days=1), at=now)
        browser = sign_in(ana)
        listed = browser.get("/api/v1/undo").json()["items"]
        assert [(one["id"], one["state"]) for one in listed] == [(made.reversal_id, "OPEN")]
        looked = browser.get(f"/api/v1/undo/{made.reversal_id}").json()
        assert {"table": "workflow.task", "added": 1, "changed": 0, "deleted": 0} in looked["tables"]
        done = browser.post(f"/api/v1/undo/{made.reversal_id}", {}, content_type="application/json")
        assert done.json() == {"rows": 1, "kept": 0, "queued": False}
        again = browser.post(f"/api/v1/undo/{made.reversal_id}", {}, content_type="application/json")
        assert again.status_code == 409
