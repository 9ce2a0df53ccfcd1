"""One task for each of many customers, from the bulk bar of the list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from kajing.org.models import Person
from kajing.workflow.models import Task
from kajing.workflow.services import CannotOpen, open_for_each
from tests.factories.customers import customer

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}
FILLED = {"title": "讲解年费", "kind": "follow_up", "due_at": "2026-11-27T17:30"}


def test_each_chosen_customer_gets_a_task(ana: Person, sign_in: SignIn) -> None:
    chosen = [customer(ana), customer(ana)]
    browser = sign_in(ana)
    ids = [row.pk for row in chosen]
    asked = browser.post("/tasks/bulk/", {"ids": ids}, **PARTIAL)
    assert asked.status_code == 200
    assert "<html" not in asked.content.decode()
    assert not Task.objects.exists()
    assert browser.post("/tasks/bulk/", {"ids": ids, **FILLED}, **PARTIAL).status_code in {200, 204}
    assert sorted(Task.objects.values_list("customer_id", flat=True)) == sorted(ids)
    assert set(Task.objects.values_list("owner_id", "title")) == {(ana.person_no, "讲解年费")}


def test_customers_of_others_drop_out(ana: Person, ben: Person, sign_in: SignIn) -> None:
    own, foreign = customer(ana), customer(ben)
    sign_in(ana).post("/tasks/bulk/", {"ids": [own.pk, foreign.pk], **FILLED})
    assert list(Task.objects.values_list("customer_id", flat=True)) == [own.pk]
    refused = sign_in(ana).post("/tasks/bulk/", {"ids": [foreign.pk], **FILLED}, **PARTIAL)
    assert refused.status_code == 422
    assert Task.objects.count() == 1


def test_a_leaders_tasks_go_to_the_managers(ana: Person, lee: Person, at: datetime) -> None:
    about = customer(ana)
    assert open_for_each(actor=lee, customers=[about], title="回访", due_at=at + timedelta(days=1), at=at).count == 1
    assert Task.objects.get().owner_id == ana.person_no


def test_too_many_at_once_are_refused_whole(ana: Person, at: datetime) -> None:
    about = customer(ana)
    with pytest.raises(CannotOpen):
        open_for_each(actor=ana, customers=[about] * 201, title="x", due_at=at, at=at)
    assert not Task.objects.exists()
