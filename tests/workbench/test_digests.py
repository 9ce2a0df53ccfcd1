"""The morning digest."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from kajing.notifications.models import Notification
from kajing.org.models import Person
from kajing.queue.models import OutboxMessage
from kajing.workbench.services import send_digests
from tests.factories.customers import customer
from tests.factories.workflow import task

pytestmark = pytest.mark.django_db


def test_one_digest_for_who_has_something_to_do(ana: Person, ben: Person, as_of: date, at: datetime) -> None:
    ana.email = "ana@bank.example"
    ana.save()
    about = customer(ana, name="王小明")
    task(ana, about, title="回访")
    assert send_digests(as_of=as_of, at=at)["sent"] == 1
    assert send_digests(as_of=as_of, at=at)["sent"] == 0
    item = Notification.objects.get()
    assert (item.person, item.params["due"]) == (ana, 1)
    body = OutboxMessage.objects.get().body
    assert about.pk in body
    assert "王小明" not in body  # an e-mail leaves the house: customers by number only
