"""Writing to customers: merged, checked, asked of the gate twice, sent once, told truthfully."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from kajing.audit.models import AuditRow
from kajing.contact import forbidden
from kajing.contact.drafts import CannotSend, Draft, NoAddress, draft_of
from kajing.contact.merging import MissingValue
from kajing.contact.models import Message, Override
from kajing.contact.selectors import may_contact
from kajing.contact.selectors import messages as selectors
from kajing.contact.services import messages as services
from kajing.contact.services import wordings
from kajing.contact.services.messages_delivery import deliver
from kajing.customers.models import ContactPoint, Customer
from kajing.customers.services import place_hold, withdraw_consent
from kajing.lib.errors import NotAllowed
from kajing.notifications.models import Notification
from kajing.org.models import Person
from kajing.queue import outbox
from kajing.queue.models import OutboxMessage
from tests.contact.gateways import gateway
from tests.factories.contact import noon, reach, template
from tests.factories.customers import account, card, customer, figures

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
State = Message.State
SERVICE = Draft(channel="SMS", purpose="SERVICE", text="您的资料已收到，谢谢。")
Willing = Callable[[Person], Customer]
Licensed = Callable[[Person], Person]


def send(actor: Person, about: Customer, at: datetime, draft: Draft = SERVICE, **values: Any) -> Message:
    return services.send_message(actor=actor, customer=about, draft=draft, at=at, **values)


def row_of(message: Message) -> OutboxMessage:
    return OutboxMessage.objects.get(pk=message.outbox_id)


def test_a_message_is_written_with_its_outbox_row_and_holds_nothing_personal_in_clear(
    ana: Person, at: datetime
) -> None:
    about = reach(customer(ana), mobile="12955550088")
    message = send(ana, about, at, draft_of(template(body="尊敬的{customer.title}，您好。")))
    assert (message.state, message.body, message.address_shown) == (
        State.WAITING,
        "尊敬的王先生，您好。",
        "129****0088",
    )
    row = row_of(message)
    assert (row.channel, row.state, row.body) == ("contact.SMS", "WAITING", "")
    with connection.cursor() as cursor:
        for table in ("contact_message", "queue_outboxmessage", "contact_messagethread"):
            cursor.execute(f"SELECT * FROM {table}")
            stored = repr([[bytes(v) if isinstance(v, memoryview) else v for v in line] for line in cursor.fetchall()])
            assert "12955550088" not in stored
            assert "王先生" not in stored
    assert AuditRow.objects.filter(action="contact.send_message", customer_id=about.pk).count() == 1


def test_it_leaves_over_a_real_gateway_with_the_address_read_at_the_last_moment(
    ana: Person, at: datetime, settings: Any
) -> None:
    about = reach(customer(ana), mobile="12955550033")
    message = send(ana, about, timezone.now())
    with gateway(settings) as known:
        assert outbox.send_one() is True
        assert outbox.send_one() is None
    (letter,) = known.taken.values()
    assert (letter["to"], letter["text"]) == ("12955550033", "您的资料已收到，谢谢。")
    assert letter["id"] == str(message.message_id)
    message.refresh_from_db()
    assert (message.state, message.provider_id) == (State.SENT, f"sim-{str(message.message_id)[:8]}")
    assert about.marks.filter(kind="message", source=f"message:{message.pk}").count() == 1


def test_a_missing_value_is_named_with_its_customer(ana: Person, at: datetime) -> None:
    about = reach(customer(ana))
    with pytest.raises(MissingValue) as refused:
        send(ana, about, at, draft_of(template(body="尾号{card.last4}")))
    assert about.pk in str(refused.value)
    assert refused.value.field == "card.last4"
    assert not Message.objects.exists()
    held = card(account(about), last4="4321", status="CLOSED")
    with pytest.raises(MissingValue):
        send(ana, about, at, draft_of(template(body="尾号{card.last4}")))
    held.status = "ACTIVE"
    held.save()
    assert send(ana, about, at, draft_of(template(body="尾号{card.last4}"))).body == "尾号4321"


def test_a_forbidden_phrase_that_comes_with_a_value_is_found(ana: Person, at: datetime) -> None:
    about = reach(customer(ana, name="包下卡"))
    with pytest.raises(forbidden.ForbiddenPhrase):
        send(ana, about, at, draft_of(template(body="{customer.name}，您好")))


def test_own_words_are_for_service_only_and_card_numbers_in_them_are_masked(ana: Person, at: datetime) -> None:
    about = reach(customer(ana))
    with pytest.raises(CannotSend):
        send(ana, about, at, Draft(channel="SMS", purpose="MARKETING", text="来办分期"))
    message = send(ana, about, at, Draft(channel="SMS", purpose="SERVICE", text="卡号4111111111111111"))
    assert message.body == "卡号**** **** **** 1111"


def test_who_may_not_or_has_no_address_is_told(ana: Person, ben: Person, auditor: Person, at: datetime) -> None:
    about = customer(ana)
    with pytest.raises(NoAddress):
        send(ana, about, at)
    reach(about)
    for stranger in (ben, auditor):
        with pytest.raises(NotAllowed):
            send(stranger, about, at)
    ContactPoint.objects.update(valid=False)
    with pytest.raises(NoAddress):
        send(ana, about, at)


def test_the_gate_refuses_at_planning_with_its_sentence(ana: Person, at: datetime, licensed: Licensed) -> None:
    about, offer = reach(customer(licensed(ana))), draft_of(template(purpose="MARKETING"))
    with pytest.raises(services.NotNowOrNever) as refused:
        send(ana, about, noon(at), offer)
    assert refused.value.verdict.code == "CONSENT"
    assert str(refused.value)
    assert not Message.objects.exists()


def test_at_the_wrong_hour_it_waits_for_the_right_one(
    ana: Person, at: datetime, licensed: Licensed, willing: Willing, settings: Any
) -> None:
    about, offer = reach(willing(licensed(ana)), mobile="12955550033"), draft_of(template(purpose="MARKETING"))
    late = at.replace(hour=21)
    message = send(ana, about, late, offer)
    tomorrow = at.replace(hour=9) + timedelta(days=1)
    assert (message.state, message.not_before) == (State.PLANNED, tomorrow)
    row = row_of(message)
    assert (row.not_before, row.created_at) == (tomorrow, tomorrow)
    with gateway(settings) as known, pytest.raises(outbox.Later) as later:
        deliver(row, at=late + timedelta(minutes=1))
    assert (later.value.until, known.taken) == (tomorrow, {})
    with gateway(settings) as known:
        deliver(row, at=tomorrow + timedelta(minutes=1))
    assert len(known.taken) == 1
    assert known.taken.popitem()[1]["text"].endswith("拒收请回复R")


def test_the_gate_is_asked_again_when_it_leaves(
    ana: Person, at: datetime, licensed: Licensed, willing: Willing, settings: Any
) -> None:
    about, offer = reach(willing(licensed(ana))), draft_of(template(purpose="MARKETING"))
    message = send(ana, about, noon(at), offer)
    withdraw_consent(actor=ana, customer=about, purpose="MARKETING", channel="ANY", at=noon(at))
    with gateway(settings) as known, pytest.raises(outbox.Dropped):
        deliver(row_of(message), at=noon(at) + timedelta(minutes=1))
    assert known.taken == {}
    message.refresh_from_db()
    assert (message.state, message.rule.split(":")[0]) == (State.BLOCKED, "CONSENT")
    assert Notification.objects.get(person=ana).kind == "message.blocked"
    assert message.reason_text


def test_blocked_at_sending_time_by_hold_or_withdrawn_template(
    ana: Person, lee: Person, at: datetime, settings: Any
) -> None:
    version = template()
    dead, gone = (send(ana, reach(customer(ana)), at, draft_of(version)) for _ in range(2))
    place_hold(actor="system", customer=dead.customer, kind="DECEASED", source="test", at=at)
    with pytest.raises(outbox.Dropped):
        deliver(row_of(dead), at=at)
    wordings.retire(actor=lee, version=version, at=at, reason="旧了")
    with pytest.raises(outbox.Dropped):
        deliver(row_of(gone), at=at)
    assert [m.rule.split(":")[0] for m in Message.objects.order_by("pk")] == ["DECEASED", "template.not_in_force"]


def test_a_message_on_its_way_counts_for_the_cap_but_not_against_itself(
    ana: Person, at: datetime, licensed: Licensed, willing: Willing, settings: Any
) -> None:
    about, offer = reach(willing(licensed(ana)), mobile="12955550033"), draft_of(template(purpose="MARKETING"))
    first = send(ana, about, noon(at), offer)
    assert may_contact(about, channel="PHONE", purpose="MARKETING", at=noon(at), actor=ana).code == "CAP_DAY"
    second = send(ana, about, noon(at), offer)
    assert (second.state, second.not_before.date()) == (State.PLANNED, at.date() + timedelta(days=1))
    with gateway(settings) as known:
        deliver(row_of(first), at=noon(at))
    assert len(known.taken) == 1


def test_a_leaders_pass_opens_one_message(
    ana: Person, at: datetime, licensed: Licensed, willing: Willing, settings: Any
) -> None:
    about, offer = reach(willing(licensed(ana)), mobile="12955550033"), draft_of(template(purpose="MARKETING"))
    place_hold(actor="system", customer=about, kind="COMPLAINT", source="test", at=at)
    Override.objects.create(
        customer=about, person=ana, channel="SMS", purpose="MARKETING", codes=["COMPLAINT"], reason="客户要求",
        granted_by="P-LEE", granted_at=at, expires_at=at + timedelta(hours=8),
    )  # fmt: skip
    message = send(ana, about, noon(at), offer)
    assert Override.objects.get().used_for == f"message:{message.pk}"
    with gateway(settings) as known:
        deliver(row_of(message), at=noon(at))
    assert len(known.taken) == 1
    with pytest.raises(services.NotNowOrNever):
        send(ana, about, noon(at), offer)


def test_called_off_is_never_sent(ana: Person, ben: Person, at: datetime, settings: Any) -> None:
    message = send(ana, reach(customer(ana)), timezone.now())
    services.cancel_message(actor=ana, message=message, at=at)
    with gateway(settings) as known:
        assert outbox.send_one() is None
        with pytest.raises(outbox.Dropped):
            deliver(row_of(message))
    assert known.taken == {}
    assert row_of(message).state == OutboxMessage.State.DROPPED
    with pytest.raises(services.CannotCancel):
        services.cancel_message(actor=ana, message=message, at=at)


def test_a_gateway_away_or_busy_is_asked_again_under_one_id(ana: Person, at: datetime, settings: Any) -> None:
    settings.KAJING_CHANNELS = {"SMS": {"url": "http://127.0.0.1:9/", "secret": "x"}}
    settings.KAJING_CHANNEL_LOOPBACK = True
    message = send(ana, reach(customer(ana), mobile="12955550011"), timezone.now())
    assert outbox.send_one() is False
    with gateway(settings) as known:
        for expected in (False, True):
            OutboxMessage.objects.update(not_before=timezone.now() - timedelta(seconds=1))
            assert outbox.send_one() is expected
        assert known.offered == {str(message.message_id): 2}
        assert len(known.taken) == 1
    message.refresh_from_db()
    assert message.state == State.SENT


def test_killed_after_the_gateway_took_it_nothing_is_sent_twice(ana: Person, settings: Any) -> None:
    message = send(ana, reach(customer(ana), mobile="12955550033"), timezone.now())
    with gateway(settings) as known:
        deliver(row_of(message))
        Message.objects.update(state=State.WAITING, sent_at=None)  # as a kill before the mark leaves it
        assert outbox.send_one() is True
        assert len(known.taken) == 1  # the same id: the gateway took it for the same message


def test_refused_for_good_ends_message_and_address(ana: Person, at: datetime, settings: Any) -> None:
    about = reach(customer(ana), mobile="12955550000")
    message = send(ana, about, timezone.now())
    with gateway(settings):
        assert outbox.send_one() is False
    message.refresh_from_db()
    assert (message.state, message.rule) == (State.FAILED, "channel.refused")
    assert row_of(message).state == OutboxMessage.State.DEAD
    assert not about.contact_points.get(kind="MOBILE").valid
    assert Notification.objects.get(person=ana).kind == "message.failed"


def test_without_a_gateway_messages_wait_untouched(ana: Person, at: datetime) -> None:
    message = send(ana, reach(customer(ana)), timezone.now())
    assert outbox.send_one() is None
    assert row_of(message).attempts == 0


def test_given_up_after_three_days_is_told(ana: Person, at: datetime) -> None:
    message = send(ana, reach(customer(ana)), timezone.now() - timedelta(days=4))
    assert outbox.expire(timezone.now()) == 1
    message.refresh_from_db()
    assert (message.state, message.rule) == (State.FAILED, "channel.given_up")
    assert Notification.objects.filter(person=ana, kind="message.failed").count() == 1


def test_lists_show_only_ones_own_customers(ana: Person, ben: Person, at: datetime) -> None:
    send(ana, reach(customer(ana)), at)
    assert selectors.messages(ana).count() == 1
    assert selectors.messages(ben).count() == 0


def test_pages(ana: Person, ben: Person, at: datetime, sign_in: Callable[..., Any]) -> None:
    about = reach(customer(ana))
    figures(about)
    version = template(body="尊敬的{customer.title}，{card.last4}")
    browser = sign_in(ana)
    form = {"customer": about.pk, "template": version.pk}
    shown = browser.post("/contact/messages/preview/", form, headers={"HX-Request": "true"}).content.decode()
    assert "尊敬的王先生" in shown
    assert browser.post("/contact/messages/new/", {**form, "act": "send"}).status_code == 422
    own = {"customer": about.pk, "channel": "SMS", "text": "您好", "act": "send"}
    assert browser.post("/contact/messages/new/", own).status_code == 302
    message = Message.objects.get()
    for page in (
        "/contact/messages/", f"/contact/messages/{message.pk}/", f"/contact/messages/threads/{message.thread_id}/",
        "/contact/messages/threads/?show=all", "/contact/messages/sendings/", f"/ui/panels/customer/messages/{about.pk}/",
    ):  # fmt: skip
        if page.startswith("/ui/"):
            continue
        assert browser.get(page).status_code == 200, page
        assert sign_in(ben).get(page).status_code in {200, 404}
    assert about.pk in browser.get("/contact/messages/").content.decode()
    assert "您好" in browser.get(f"/contact/messages/{message.pk}/").content.decode()
    assert browser.get(f"/customers/{about.pk}/").content.decode().count("panel-messages") == 1
    assert browser.post(f"/contact/messages/{message.pk}/cancel/").status_code == 302
    message.refresh_from_db()
    assert message.state == State.CANCELLED


def test_api(ana: Person, at: datetime, sign_in: Callable[..., Any]) -> None:
    about, browser = reach(customer(ana)), sign_in(ana)
    version = template(body="尊敬的{customer.title}")

    def post(path: str, **body: Any) -> Any:
        return browser.post(f"/api/v1{path}", body, content_type="application/json")

    assert [one["id"] for one in browser.get("/api/v1/message-templates").json()["items"]] == [version.template_id]
    told = post("/messages/preview", customer_id=about.pk, template_id=version.template_id).json()
    assert (told["text"], told["allowed"], told["problem"]) == ("尊敬的王先生", True, "")
    made = post("/messages", customer_id=about.pk, template_id=version.template_id)
    assert (made.status_code, made.json()["state"]) == (201, "WAITING")
    assert post(f"/messages/{made.json()['id']}/cancel").json()["state"] == "CANCELLED"
    assert post(f"/messages/{made.json()['id']}/cancel").status_code == 409
    assert post("/messages", customer_id=about.pk).status_code == 422
    assert post("/messages", customer_id="CNOBODY", channel="SMS", text="x").status_code == 404
    offer = template(purpose="MARKETING")
    refused = post("/messages", customer_id=about.pk, template_id=offer.template_id)
    assert refused.status_code == 409
    assert refused.json()["detail"]
    assert browser.get("/api/v1/messages").json()["total"] == 1
