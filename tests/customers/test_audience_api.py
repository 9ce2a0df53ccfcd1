"""Audiences and pairs of duplicates over the API: what their pages do, by the same rules and refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kajing.audit.models import AuditRow
from kajing.customers.models import Audience, AudienceMember, Customer, CustomerFigures, DuplicatePair
from kajing.org.models import Person
from kajing.queue.models import Job
from tests.factories.customers import customer, figures

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


def ask(browser: Client, path: str, body: dict[str, Any] | None = None, method: str = "POST", **headers: str) -> Any:
    text = json.dumps(body or {})
    return browser.generic(method, f"/api/v1{path}", text, content_type="application/json", headers=headers)


@pytest.fixture
def book(ana: Person, ben: Person) -> dict[str, str]:
    made = {
        "low": figures(customer(ana), bucket="M0", spend_30d=1_00).pk,
        "high": figures(customer(ana), bucket="M1", spend_30d=9_000_00).pk,
    }
    return made | {"bens": figures(customer(ben), bucket="M1", spend_30d=9_000_00).pk}


# -- audiences ---------------------------------------------------------------------------------------------------------
def test_tried_defined_changed_counted_and_deleted(ana: Person, book: dict[str, str], sign_in: SignIn) -> None:
    mine = sign_in(ana)
    tried = ask(mine, "/audiences/try", {"where": "bucket = M1 and (spend > 1 or search = x)"}).json()
    assert (tried["count"], tried["more"], tried["as_of"]) == (1, False, "2026-11-22")
    assert [one["customer_id"] for one in tried["sample"]] == [book["high"]]
    assert not Audience.objects.exists()
    made = ask(mine, "/audiences", {"name": "逾期", "condition": {"field": "bucket", "op": "=", "value": "M1"}}).json()
    assert (made["count"], made["version"], made["roles"], made["note"]) == (1, 1, [], "")
    path = f"/audiences/{made['id']}"
    shown = mine.get(f"/api/v1{path}").json()
    assert (shown["text"], shown["problem"]) == ("bucket = M1", "") and "M1" in shown["words"]
    renamed = ask(mine, path, {"version": 1, "name": "逾期客户"}, "PATCH").json()
    assert (renamed["name"], renamed["condition"], renamed["version"]) == ("逾期客户", made["condition"], 2)
    assert ask(mine, path, {"version": 1, "name": "too late"}, "PATCH").status_code == 409
    wider = ask(mine, path, {"version": 2, "where": "bucket in (M0, M1)", "note": "both"}, "PATCH").json()
    assert (wider["count"], wider["note"], wider["name"]) == (2, "both", "逾期客户")
    CustomerFigures.objects.filter(pk=book["low"]).update(bucket="M3")
    assert ask(mine, f"{path}/count").json()["count"] == 1
    assert ask(mine, path, method="DELETE").json()["name"] == "逾期客户"
    assert mine.get(f"/api/v1{path}").status_code == 404
    acts = {"customers.define_audience", "customers.change_audience", "customers.delete_audience"}
    assert set(AuditRow.objects.filter(object_kind="audience").values_list("action", flat=True)) == acts


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"where": "bukket = M1"}, "bukket"),
        ({"where": "bucket = M99"}, "M99"),
        ({"where": "bucket ="}, "9"),
        ({"where": ""}, ""),
        ({"condition": {"all": []}}, "all"),
        ({"condition": {"field": "bucket", "op": "~", "value": "M1"}}, "(op)"),
        ({"condition": ["bucket"]}, "condition"),
        ({"where": 7}, "where"),
        ({"where": "bucket = M1", "owner_no": "P-BEN"}, "owner_no"),
    ],
)
def test_what_cannot_be_read_is_named(body: dict[str, Any], said: str, ana: Person, sign_in: SignIn) -> None:
    for path, more in (("/audiences/try", {}), ("/audiences", {"name": "x"})):
        answer = ask(sign_in(ana), path, body | more)
        assert answer.status_code == 422 and said in answer.content.decode(), (path, answer.content.decode())
    assert not Audience.objects.exists()


def test_only_the_owner_changes_and_only_leaders_share(
    ana: Person, lee: Person, book: dict[str, str], sign_in: SignIn
) -> None:
    body = {"name": "shared", "where": "bucket = M1", "share": True, "roles": ["MANAGER"]}
    assert ask(sign_in(ana), "/audiences", body).status_code == 422
    assert ask(sign_in(lee), "/audiences", body | {"roles": ["EMPEROR"]}).status_code == 422
    made = ask(sign_in(lee), "/audiences", body).json()
    assert (made["unit"], made["roles"]) == ("T01", ["MANAGER"])
    path, mine = f"/audiences/{made['id']}", sign_in(ana)
    assert mine.get(f"/api/v1{path}").json()["name"] == "shared"
    for answer in (
        ask(mine, path, {"version": 1, "name": "mine now"}, "PATCH"), ask(mine, f"{path}/count"),
        ask(mine, path, method="DELETE"),
    ):  # fmt: skip
        assert answer.status_code == 403
    assert Audience.objects.get().name == "shared"


def test_frozen_by_number_and_by_query_and_never_more_than_was_meant(
    ana: Person, book: dict[str, str], sign_in: SignIn
) -> None:
    mine = sign_in(ana)
    rule = ask(mine, "/audiences", {"name": "逾期", "where": "bucket = M1"}).json()
    body = {"query": f"audience={rule['id']}", "name": "名单"}
    first = ask(mine, "/audiences/freeze", body, **{"Idempotency-Key": "k"})
    assert (first.status_code, first.json()["kind"], first.json()["count"]) == (201, "LIST", 1)
    again = ask(mine, "/audiences/freeze", body, **{"Idempotency-Key": "k"})
    assert again.json() == first.json() and Audience.objects.filter(kind="LIST").count() == 1
    into = first.json()["id"]
    added = ask(mine, "/audiences/freeze", {"customer_ids": [book["low"], book["high"], book["bens"]], "into": into})
    assert added.json()["count"] == 2
    assert ask(mine, f"/audiences/{into}", {"version": 1, "where": "bucket = M1"}, "PATCH").status_code == 422
    members = AudienceMember.objects.count()
    refused = [
        {"query": "bukket=M1", "name": "x"}, {"query": "bucket=M99", "name": "x"}, {"query": "audience=987654", "name": "x"},
        {"query": "where=bukket%3D1", "name": "x"}, {"customer_ids": [book["bens"]], "name": "x"}, {"name": "x"},
        {"customer_ids": [book["low"]]}, {"customer_ids": [book["low"]], "into": rule["id"]},
        {"customer_ids": [book["low"]], "into": 987654},
    ]  # fmt: skip
    for body in refused:
        answer = ask(mine, "/audiences/freeze", body)
        assert answer.status_code == 422 and answer.json()["title"], body
    assert AudienceMember.objects.count() == members and Audience.objects.count() == 2


def test_customers_leave_a_fixed_list_by_page_and_by_api(
    ana: Person, lee: Person, book: dict[str, str], sign_in: SignIn
) -> None:
    mine = sign_in(ana)
    made = ask(mine, "/audiences/freeze", {"customer_ids": [book["low"], book["high"]], "name": "名单"}).json()
    rule = ask(mine, "/audiences", {"name": "逾期", "where": "bucket = M1"}).json()
    path = f"/audiences/{made['id']}"
    assert ask(mine, f"{path}/leave", {"customer_ids": []}).status_code == 422
    assert ask(mine, f"/audiences/{rule['id']}/leave", {"customer_ids": [book["high"]]}).status_code == 422
    assert ask(mine, f"{path}/leave", {"customer_ids": [book["bens"], book["low"]]}).json()["count"] == 1
    form = {"ids": [book["high"]], "query": f"audience={made['id']}"}
    dialog = mine.get("/customers/audiences/leave/", form)
    assert dialog.context["form"].initial["audience"] == str(made["id"])
    assert mine.post("/customers/audiences/leave/", form | {"audience": rule["id"]}).status_code == 422
    assert mine.post("/customers/audiences/leave/", form | {"audience": made["id"]}).status_code == 302
    assert not AudienceMember.objects.exists() and Audience.objects.get(pk=made["id"]).count == 0
    assert AuditRow.objects.filter(action="customers.remove_from_audience").count() == 2


def test_who_it_is_shared_with_reads_how_many_they_see(
    head: Person, ana: Person, book: dict[str, str], sign_in: SignIn
) -> None:
    made = ask(sign_in(head), "/audiences", {"name": "x", "where": "bucket in (M0,M1)", "share": True}).json()
    assert sign_in(ana).get(f"/api/v1/audiences/{made['id']}").json()["seen"] == "2"
    assert "其中您可见 2 位" in sign_in(ana).get(f"/customers/audiences/{made['id']}/").content.decode()


def test_an_unread_filter_hands_nobody_over_and_takes_nothing_out(
    lee: Person, ana: Person, book: dict[str, str], sign_in: SignIn
) -> None:
    leads = sign_in(lee)
    for query in ("bukket=M1", "bucket=M99", "audience=987654"):
        give = {"query": query, "manager": lee.person_no, "reason": "only the overdue ones"}
        answer = ask(leads, "/assignments", give)
        assert answer.status_code == 422 and answer.json()["detail"], query
        assert ask(leads, "/exports/file", {"query": query, "reason": "monthly report"}).status_code == 422
    assert Customer.objects.filter(manager=ana).count() == 2


def test_an_audience_that_cannot_be_read_any_more_is_not_everybody(
    ana: Person, book: dict[str, str], sign_in: SignIn
) -> None:
    row = Audience.objects.create(
        name="old", kind="RULE", owner_no=ana.person_no, created_at=timezone.now(),
        condition={"field": "gone", "op": "=", "value": "1"},
    )  # fmt: skip
    mine = sign_in(ana)
    assert "gone" in mine.get(f"/api/v1/audiences/{row.pk}").json()["problem"]
    assert ask(mine, f"/audiences/{row.pk}/count").status_code == 422
    page = mine.post("/customers/audiences/freeze/", {"all": "1", "query": f"audience={row.pk}", "name": "x"})
    assert page.status_code == 409 and "gone" in page.content.decode()
    assert "数据未改动" in page.content.decode()  # nobody was faster
    assert not AudienceMember.objects.exists()


# -- duplicates --------------------------------------------------------------------------------------------------------
def test_a_pair_is_said_to_be_two_people_and_doubted_again(lee: Person, ana: Person, sign_in: SignIn) -> None:
    first, second = customer(ana), customer(ana)
    pair = DuplicatePair.objects.create(
        first=first, second=second, points=100, strength="SURE", reasons=["same_name"], found_at=timezone.now()
    )
    leads, path = sign_in(lee), f"/duplicates/{pair.pk}"
    assert ask(leads, f"{path}/again").status_code == 404  # nobody has decided yet
    told = ask(leads, f"{path}/different", {"note": "twins"}).json()
    assert (told["state"], told["decided_by"], told["note"]) == ("DIFFERENT", lee.person_no, "twins")
    assert leads.get("/api/v1/duplicates").json()["items"] == []
    assert [one["id"] for one in leads.get("/api/v1/duplicates?state=DIFFERENT").json()["items"]] == [pair.pk]
    assert ask(leads, f"{path}/different", {"note": "twins"}).status_code == 404
    assert ask(leads, f"{path}/again").json()["state"] == "OPEN"
    assert ask(sign_in(ana), f"{path}/different", {}).status_code == 403
    assert AuditRow.objects.filter(object_kind="duplicate_pair").count() == 4  # both customers, both acts


def test_the_book_is_searched_once_at_a_time(lee: Person, sign_in: SignIn) -> None:
    leads = sign_in(lee)
    started = ask(leads, "/duplicates/search")
    assert started.status_code == 202 and started.json()["state"] == "READY"
    assert leads.get(f"/api/v1/jobs/{started.json()['id']}").json()["task"] == "customers.find_duplicates"
    assert ask(leads, "/duplicates/search").status_code == 409
    assert Job.objects.count() == 1
    assert leads.get("/api/v1/duplicates?strength=STRONG").status_code == 422
