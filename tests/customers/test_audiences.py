"""Audiences: live, shared, frozen; always within reach, and honest about what they cannot know."""

from __future__ import annotations

from datetime import date

import pytest
from django.http import QueryDict
from django.utils import timezone

from kajing.audit.models import AuditRow
from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import AnsweredCustomer, Audience, AudienceMember, WarehouseAnswer
from kajing.customers.selectors import audiences as asked
from kajing.customers.selectors import selection
from kajing.customers.services import audiences as acts
from kajing.lib.errors import NotAllowed
from kajing.org.models import Person
from kajing.records.lists import Context, ListState, NotUnderstood, conditions, page
from tests.factories.customers import customer, figures

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
NOW = timezone.now()


@pytest.fixture
def book(ana, ben) -> dict[str, str]:
    made = {
        "low": figures(customer(ana), bucket="M0", spend_30d=1_00).pk,
        "high": figures(customer(ana), bucket="M1", spend_30d=9_000_00).pk,
    }
    return made | {"bens": figures(customer(ben), bucket="M1", spend_30d=9_000_00).pk}


def define(who, where="bucket = M1", name="逾期", **about):
    return acts.define_audience(actor=who, spec=CUSTOMERS, name=name, where=where, today=TODAY, at=NOW, **about)


def inside(who, row, text="") -> set[str]:
    state = ListState(query={"where": [text or f"audience = {row.pk}"]}, limit=200)
    return {one.pk for one in page(CUSTOMERS, state, Context(who, TODAY)).rows}


def chosen(who, *ids, query="", everything=False):
    return selection(who, CUSTOMERS, ids=ids, query=QueryDict(query), everything=everything, today=TODAY)


def test_live_counted_and_told(ana, lee, head, book):
    row = define(head, share=True, roles=["LEADER", "MANAGER"])
    assert (row.count, row.as_of) == (1, date(2026, 11, 22))
    assert inside(ana, row) == {book["high"]}
    figures_of_low = book["low"]
    from kajing.customers.models import CustomerFigures

    CustomerFigures.objects.filter(pk=figures_of_low).update(bucket="M1")
    assert inside(ana, row) == {book["high"], book["low"]}  # no refresh needed
    assert acts.count_audience(actor=head, spec=CUSTOMERS, audience=row, today=TODAY, at=NOW).count == 2
    assert AuditRow.objects.filter(action="customers.define_audience", object_id=str(row.pk)).exists()


def test_who_may_use_it(ana, lee, head, ben, risk, book):
    own = define(ana, name="mine")
    shared = define(head, name="shared", share=True, roles=["LEADER"])
    assert set(asked.audiences(ana)) == {own}
    assert set(asked.audiences(lee)) == {shared}
    assert set(asked.audiences(ben)) == set()
    with pytest.raises(NotUnderstood):
        inside(ben, shared)
    with pytest.raises(acts.CannotDefine):
        define(ana, share=True)
    with pytest.raises(NotAllowed):
        acts.delete_audience(actor=lee, audience=shared, at=NOW)
    with pytest.raises(NotAllowed):
        acts.change_audience(
            actor=lee, spec=CUSTOMERS, audience=shared, version=1, name="x", where="unassigned", today=TODAY, at=NOW
        )


def test_me_and_scope_are_of_who_looks(ana, ben, risk, book):
    row = define(risk, where="manager = me or bucket = M1", share=True)
    assert inside(ana, row) == {book["low"], book["high"]}
    assert inside(ben, row) == {book["bens"]}


def test_frozen_lists_stay_and_scope_still_counts(ana, ben, risk, book):
    row = acts.freeze_selection(
        actor=risk, chosen=chosen(risk, query="bucket=M1", everything=True), name="名单", at=NOW
    )
    assert row.count == 2 and AudienceMember.objects.count() == 2
    from kajing.customers.models import CustomerFigures

    CustomerFigures.objects.update(bucket="M0")
    Audience.objects.update(unit="HQ")
    assert inside(ana, row) == {book["high"]}
    assert inside(ben, row) == {book["bens"]}
    again = acts.freeze_selection(actor=risk, chosen=chosen(risk, book["low"], book["high"]), name="", into=row, at=NOW)
    assert again.pk == row.pk and row.members.count() == 3
    assert acts.remove_members(actor=risk, audience=row, ids=[book["low"]], at=NOW) == 1
    with pytest.raises(acts.CannotDefine):
        acts.freeze_selection(actor=risk, chosen=chosen(risk, book["low"]), name="x", into=define(risk), at=NOW)
    with pytest.raises(acts.CannotDefine):
        acts.freeze_selection(actor=ana, chosen=chosen(ana, book["bens"]), name="foreign", at=NOW)


def test_many_go_as_a_job(ana, monkeypatch, book):
    from kajing.queue.models import Job
    from kajing.queue.worker import Worker

    monkeypatch.setattr(acts, "AT_ONCE", 1)
    row = acts.freeze_selection(
        actor=ana, chosen=chosen(ana, query="order=customer_id", everything=True), name="all", at=NOW
    )
    row.refresh_from_db()
    assert row.filling and not row.members.exists()
    assert Job.objects.get(task=acts.FILL_JOB).kwargs["ids"] == []  # the job walks the list itself
    with pytest.raises(acts.CannotDefine):  # the job would bring them back
        acts.remove_members(actor=ana, audience=row, ids=[book["low"]], at=NOW)
    Worker().work_until_empty()
    row.refresh_from_db()
    assert (row.filling, row.count) == (False, 2)
    assert acts.remove_members(actor=ana, audience=row, ids=[book["low"]], at=NOW) == 1


def test_a_list_deleted_before_it_is_filled_leaves_no_job_behind(ana, monkeypatch, book):
    from kajing.queue.models import Job
    from kajing.queue.worker import Worker

    monkeypatch.setattr(acts, "AT_ONCE", 1)
    everybody = chosen(ana, query="order=customer_id", everything=True)
    acts.delete_audience(
        actor=ana, audience=acts.freeze_selection(actor=ana, chosen=everybody, name="all", at=NOW), at=NOW
    )
    Worker().work_until_empty()
    assert Job.objects.get(task=acts.FILL_JOB).state == "DONE"


def test_an_audience_in_an_audience_but_never_in_itself(ana, book):
    inner = define(ana)
    outer = define(ana, where=f"audience = {inner.pk} and spend > 1", name="outer")
    assert inside(ana, outer) == {book["high"]}
    Audience.objects.filter(pk=inner.pk).update(condition={"field": "audience", "op": "=", "value": str(outer.pk)})
    with pytest.raises(NotUnderstood):
        inside(ana, outer)
    assert asked.shown(ana, CUSTOMERS, Audience.objects.get(pk=inner.pk), TODAY).problem


def test_what_only_the_warehouse_knows(ana, book, monkeypatch):
    told = []

    def buyers(feature, value):
        told.append((feature, value))
        return [(book["low"], 500_00), ("NOT-ON-FILE", 1)]

    monkeypatch.setattr(acts, "buyers", buyers)
    with pytest.raises(NotUnderstood):  # nothing is guessed before it was asked
        inside(ana, None, "bought = TRAVEL")
    row = define(ana, where="bought = TRAVEL and not bucket = M1")
    assert inside(ana, row) == {book["low"]} and row.count == 1
    assert told == [("mcc_group", "TRAVEL")]
    define(ana, where='bought_at = "星巴克" or bought in (TRAVEL)')
    assert told[1:] == [("merchant", "星巴克")]
    assert WarehouseAnswer.objects.count() == 2 and AnsweredCustomer.objects.count() == 2
    done = acts.refresh_audiences(spec=CUSTOMERS, as_of=date(2026, 11, 24), at=NOW)
    assert done == {"counted": 2, "problems": 0} and len(told) == 4
    with pytest.raises(NotUnderstood):
        define(ana, where="bought = NOGROUP")


def test_pages_and_live_count(ana, lee, book, sign_in):
    browser = sign_in(ana)
    assert browser.get("/customers/audiences/").status_code == 200
    found = browser.post("/customers/audiences/preview/", {"where": "bucket = M1"}).content.decode()
    assert ">1<" in found
    assert "M99" in browser.post("/customers/audiences/preview/", {"where": "bucket = M99"}).content.decode()
    wrong = browser.post("/customers/audiences/new/", {"name": "x", "where": "bucket ="})
    assert wrong.status_code == 422 and "bucket =" in wrong.content.decode()
    made = browser.post("/customers/audiences/new/", {"name": "逾期客户", "where": "bucket = M1"})
    assert made.status_code == 302
    row = Audience.objects.get()
    assert "逾期客户" in browser.get(made.url).content.decode()
    assert {one.pk for one in browser.get(f"/customers/?audience={row.pk}").context["page"].rows} == {book["high"]}
    changed = browser.post(made.url, {"name": "逾期", "where": "bucket in (M0,M1)", "version": "1"})
    assert changed.status_code == 302
    assert browser.post(made.url, {"name": "逾期", "where": "bucket = M0", "version": "1"}).status_code == 422
    assert Audience.objects.get().count == 2
    frozen = browser.post("/customers/audiences/freeze/", {"ids": [book["low"]], "name": "名单", "query": ""})
    assert frozen.status_code == 302 and AudienceMember.objects.count() == 1
    api = browser.get("/api/v1/audiences").json()
    assert {one["name"] for one in api["items"]} == {"逾期", "名单"}
    by_api = browser.post(
        "/api/v1/audiences",
        {"name": "api", "condition": {"field": "bucket", "op": "=", "value": "M1"}},
        content_type="application/json",
    )
    assert by_api.status_code == 200 and by_api.json()["count"] == 1
    refused = browser.post("/api/v1/audiences", {"name": "api", "where": "bucket ="}, content_type="application/json")
    assert refused.status_code == 422
    assert sign_in(lee).get(made.url).status_code == 404
    assert browser.post(f"{made.url}delete/").status_code == 302


def test_builder_data_and_dialog(ana, book, sign_in):
    browser = sign_in(ana)
    answer = browser.get("/views/customers/where/?where=bucket+%3D+M1")
    built = answer.context["builder"]
    assert built["tree"] == {"field": "bucket", "op": "=", "value": "M1"}
    assert {"spend", "tag", "audience", "bought"} <= {one["name"] for one in built["fields"]}
    told = browser.post("/views/customers/where/", {"query": "order=-spend", "where": "bucket = "})
    assert told.status_code == 422 and "bucket =" in told.content.decode()
    gone = browser.post("/views/customers/where/", {"query": "order=-spend&bucket=M1", "where": "spend > 1"})
    assert gone.status_code == 302 and "where=spend" in gone.url and "bucket=M1" in gone.url
    assert conditions.parse("spend > 1")
    assert Person.objects.exists()
