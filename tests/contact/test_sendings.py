"""One message to many: the question with its numbers, a row for everybody, undo, and a kill in the middle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from kajing.contact.drafts import CannotSend, draft_of
from kajing.contact.models import Message, Sending, TemplateVersion
from kajing.contact.selectors import messages as selectors
from kajing.contact.selectors import previews
from kajing.contact.services import sendings as services
from kajing.customers.models import Customer
from kajing.customers.services import place_hold
from kajing.lib.errors import NotAllowed
from kajing.org.models import Person
from kajing.queue import outbox
from kajing.queue.models import Job
from kajing.queue.worker import Worker
from tests.contact.gateways import gateway
from tests.factories.contact import reach, template
from tests.factories.customers import account, card, customer, figures

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
State = Message.State


@pytest.fixture
def version() -> TemplateVersion:
    return template(body="尊敬的{customer.title}，尾号{card.last4}的账单已出。")


def with_card(ana: Person, **values: Any) -> Customer:
    made = reach(customer(ana), **{"mobile": "12955550033", **values})
    card(account(made))
    return made


@pytest.fixture
def five(ana: Person, at: datetime) -> list[str]:
    """Two to be written to, one held, one without a card, one without a number."""
    good = [with_card(ana).pk for _ in range(2)]
    held = with_card(ana)
    place_hold(actor="system", customer=held, kind="DECEASED", source="test", at=at)
    return [*good, held.pk, reach(customer(ana)).pk, with_card(ana, mobile="").pk]


def test_the_question_counts_and_names_who_gets_nothing(
    ana: Person, at: datetime, five: list[str], version: TemplateVersion
) -> None:
    shown = previews.survey(ana, five, draft_of(version), at)
    assert (shown.asked, shown.tried, shown.now, shown.later, shown.refused) == (5, 5, 2, 0, 3)
    assert [one.customer_id for one in shown.blocked] == [five[2]]
    assert [one.customer_id for one in shown.unmergeable] == five[3:]
    assert shown.sample is not None
    assert "尊敬的王先生" in shown.sample.text
    assert not Message.objects.exists()


def test_everybody_gets_a_message_or_a_row_that_says_why_not(
    ana: Person, five: list[str], version: TemplateVersion, settings: Any
) -> None:
    sending = services.send_to_selection(actor=ana, ids=five, version=version, at=timezone.now())
    Worker().work_until_empty()
    sending.refresh_from_db()
    told = selectors.delivery(sending)
    assert told.states == {State.WAITING: 2, State.BLOCKED: 1, State.FAILED: 2}
    assert sending.finished_at is not None
    assert {one.rule.split(":")[0] for one in sending.messages.exclude(reason="")} == {
        "DECEASED", "merge.missing", "address.missing",
    }  # fmt: skip
    assert all(one.reason_text for one in sending.messages.exclude(reason=""))
    with gateway(settings) as known:
        while outbox.send_one():
            pass
    assert len(known.taken) == 2


def test_undo_calls_off_what_has_not_left(
    ana: Person, five: list[str], version: TemplateVersion, settings: Any
) -> None:
    sending = services.send_to_selection(actor=ana, ids=five, version=version, at=timezone.now())
    Worker().work_until_empty()
    with gateway(settings) as known:
        assert outbox.send_one() is True
        assert services.cancel_sending(actor=ana, sending=sending, at=timezone.now()) == 1
        assert outbox.send_one() is None
    assert len(known.taken) == 1
    before = services.send_to_selection(actor=ana, ids=five, version=version, at=timezone.now())
    assert services.cancel_sending(actor=ana, sending=before, at=timezone.now()) == 0
    Worker().work_until_empty()
    assert not before.messages.exists()
    assert Job.objects.get(pk=before.job_id).state == Job.State.CANCELLED


def test_a_leader_who_calls_a_sending_off_stops_its_job(
    ana: Person, lee: Person, five: list[str], version: TemplateVersion
) -> None:
    sending = services.send_to_selection(actor=ana, ids=five, version=version, at=timezone.now())
    services.cancel_sending(actor=lee, sending=sending, at=timezone.now())
    Worker().work_until_empty()
    assert not sending.messages.exists()


def test_the_list_costs_the_same_for_many(
    ana: Person, five: list[str], version: TemplateVersion, sign_in: Callable[..., Any],
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    for _n in range(8):
        services.send_to_selection(actor=ana, ids=five[:1], version=version, at=timezone.now())
    Worker().work_until_empty()
    browser = sign_in(ana)
    browser.get("/contact/messages/sendings/")
    with django_assert_max_num_queries(12):
        assert browser.get("/contact/messages/sendings/").content.decode().count("<tr data-row") == 8


def test_a_job_that_died_goes_on_and_writes_to_nobody_twice(
    ana: Person, five: list[str], version: TemplateVersion
) -> None:
    sending = services.send_to_selection(actor=ana, ids=five, version=version, at=timezone.now())
    services.plan_chunk(sending=sending, ids=five[:3], at=timezone.now())  # … and here it dies, unacknowledged
    Worker().work_until_empty()
    assert sending.messages.count() == 5
    assert sending.messages.values("customer").distinct().count() == 5


def test_others_customers_are_left_out(ana: Person, ben: Person, version: TemplateVersion) -> None:
    mine, foreign = with_card(ana), with_card(ben)
    sending = services.send_to_selection(actor=ana, ids=[mine.pk, foreign.pk], version=version, at=timezone.now())
    Worker().work_until_empty()
    assert [one.customer_id for one in sending.messages.all()] == [mine.pk]
    assert not selectors.sendings(ben).exists()


def test_who_may_not_and_what_is_too_much(
    ana: Person, auditor: Person, five: list[str], version: TemplateVersion
) -> None:
    with pytest.raises(NotAllowed):
        services.send_to_selection(actor=auditor, ids=five, version=version, at=timezone.now())
    with pytest.raises(CannotSend):
        services.send_to_selection(actor=ana, ids=[], version=version, at=timezone.now())
    with pytest.raises(CannotSend):
        services.send_to_selection(actor=ana, ids=map(str, range(5001)), version=version, at=timezone.now())  # type: ignore[arg-type]
    version.state = "RETIRED"
    with pytest.raises(CannotSend):
        services.send_to_selection(actor=ana, ids=five, version=version, at=timezone.now())


def test_pages_and_api(
    ana: Person, ben: Person, five: list[str], version: TemplateVersion, sign_in: Callable[..., Any]
) -> None:
    for one in Customer.objects.all():
        figures(one)
    browser = sign_in(ana)
    form = {"ids": five, "template": version.pk}
    question = browser.post("/contact/messages/bulk/", {**form, "act": "preview"})
    assert question.status_code == 200
    assert five[2] in question.content.decode()
    made = browser.post("/contact/messages/bulk/", {**form, "act": "send"})
    sending = Sending.objects.get()
    assert (made.status_code, made["Location"]) == (302, f"/contact/messages/sendings/{sending.pk}/")
    Worker().work_until_empty()
    page = browser.get(made["Location"]).content.decode()
    assert five[0] in page
    assert browser.get(f"{made['Location']}?state=BLOCKED").content.decode().count("<tr data-row") == 1
    assert sign_in(ben).get(made["Location"]).status_code == 404
    assert browser.get("/contact/messages/sendings/").status_code == 200
    told = browser.get(f"/api/v1/sendings/{sending.pk}").json()
    assert told["states"] == {"WAITING": 2, "BLOCKED": 1, "FAILED": 2}
    assert browser.post(f"{made['Location']}cancel/").status_code == 302
    assert sending.messages.filter(state=State.CANCELLED).count() == 2
    body = {"template_id": version.template_id, "customer_ids": five[:2]}
    assert browser.post("/api/v1/sendings", body, content_type="application/json").status_code == 201
