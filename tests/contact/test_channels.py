"""The HTTP contract with a real gateway: signatures, receipts, replies, and no way into our own network."""

from __future__ import annotations

import json
import socket
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kajing.contact import channels
from kajing.contact.drafts import Draft
from kajing.contact.models import ChannelEvent, Message, StrayMessage
from kajing.contact.services import messages as services
from kajing.contact.services import messages_incoming
from kajing.customers.selectors import consent_given
from kajing.customers.services import record_consent
from kajing.lib import outgoing, webhooks
from kajing.notifications.models import Notification
from kajing.org.models import Person
from kajing.queue import outbox
from kajing.queue.models import OutboxMessage
from tests.contact.gateways import SECRET, gateway
from tests.factories.contact import reach
from tests.factories.customers import customer

State = Message.State
db = pytest.mark.django_db


def sent(ana: Person, mobile: str) -> Message:
    about = reach(customer(ana), mobile=mobile)
    draft = Draft(channel="SMS", purpose="SERVICE", text="您的资料已收到。")
    return services.send_message(actor=ana, customer=about, draft=draft, at=timezone.now())


def call(kind: str, secret: str = SECRET, event_id: str = "", at: datetime | None = None, **data: Any) -> Any:
    body = json.dumps({"type": kind, "data": data}).encode()
    headers = webhooks.sign(secret, id=event_id or uuid.uuid4().hex, at=at or timezone.now(), body=body)
    return Client().post("/contact/channels/sms/callback/", body, content_type="application/json", headers=headers)


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


# -- the signature ----------------------------------------------------------------------------------------------------
def test_the_signature_is_the_standards_own() -> None:
    """The example that Standard Webhooks publishes."""
    body, at = b'{"test": 2432232314}', datetime.fromtimestamp(1614265330).astimezone()
    secret, call_id = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    headers = webhooks.sign(secret, id=call_id, at=at, body=body)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert webhooks.verify(secret, headers, body, now=at) == call_id
    for wrong in (
        {"now": at + timedelta(minutes=6)}, {"now": at - timedelta(minutes=6)}, {"body": body + b" "}, {"secret": "x"},
        {"headers": {**headers, "webhook-id": "other"}}, {"headers": {}},
    ):  # fmt: skip
        given: dict[str, Any] = {"secret": secret, "headers": headers, "body": body, "now": at, **wrong}
        with pytest.raises(webhooks.BadSignature):
            webhooks.verify(given["secret"], given["headers"], given["body"], now=given["now"])


# -- where calls may go (S18) -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/", "http://localhost:9/", "https://[::1]/", "http://169.254.169.254/latest", "https://10.1.2.3/",
        "https://192.168.0.1/", "http://93.184.215.14/", "ftp://93.184.215.14/", "https://user:pw@93.184.215.14/",
        "https://[::ffff:127.0.0.1]/", "https://0.0.0.0/", "https://224.0.0.1/", "https:///x", "http://2130706433/",
    ],
)  # fmt: skip
def test_calls_do_not_reach_our_own_network(url: str) -> None:
    with pytest.raises((outgoing.Forbidden, OSError)) as refused:
        outgoing.post(url, b"{}", {}, reach=outgoing.Reach(), timeout=0.5)
    assert isinstance(refused.value, outgoing.Forbidden), refused.value


def test_a_name_is_checked_by_every_address_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """One public and one private address: a name that may turn to our own network is refused whole."""
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("93.184.215.14", "10.0.0.5")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(outgoing.Forbidden):
        outgoing.post("https://gateway.example/", b"{}", {}, reach=outgoing.Reach(), timeout=0.5)


def test_redirects_are_not_followed(settings: Any) -> None:
    with gateway(settings) as known:
        known.take = lambda headers, body: (302, {})  # type: ignore[method-assign,assignment]
        with pytest.raises(channels.NotNow):
            channels.channel_of("SMS").send(channels.Letter(message_id=uuid.uuid4(), to="12955550033", text="x"))


@db
def test_a_forbidden_gateway_keeps_messages_waiting(ana: Person, settings: Any, rules: None) -> None:
    settings.KAJING_CHANNELS = {"SMS": {"url": "http://127.0.0.1:9/", "secret": SECRET}}
    settings.KAJING_CHANNEL_LOOPBACK = False
    sent(ana, "12955550033")
    assert outbox.send_one() is False
    assert OutboxMessage.objects.get().state == OutboxMessage.State.WAITING


# -- receipts and replies ---------------------------------------------------------------------------------------------
@db
def test_a_delivery_is_taken_once(ana: Person, settings: Any, rules: None) -> None:
    message = sent(ana, "12955550033")
    with gateway(settings):
        assert outbox.send_one() is True
        told = [call("message.delivered", event_id="e1", id=str(message.message_id)).json() for _ in range(2)]
    assert told == [{"taken": True}, {"taken": False}]
    message.refresh_from_db()
    assert message.state == State.DELIVERED
    assert ChannelEvent.objects.count() == 1


@db
def test_calls_that_are_not_the_gateways_are_refused(ana: Person, settings: Any, rules: None) -> None:
    message = sent(ana, "12955550033")
    with gateway(settings):
        known = {"id": str(message.message_id)}
        assert call("message.delivered", secret="guess", **known).status_code == 401
        assert call("message.delivered", at=timezone.now() - timedelta(minutes=6), **known).status_code == 401
        assert call("message.delivered", id=str(uuid.uuid4())).status_code == 400
        assert call("message.exploded", **known).status_code == 400
        assert call("message.reply", **{"from": "", "text": "x"}).status_code == 400
        assert (
            Client().post("/contact/channels/sms/callback/", b"{", content_type="application/json").status_code == 401
        )
        assert Client().post("/contact/channels/email/callback/", b"{}", content_type="x").status_code == 404
        assert Client().get("/contact/channels/sms/callback/").status_code == 405
    message.refresh_from_db()
    assert message.state == State.WAITING
    assert not ChannelEvent.objects.exists()


@db
def test_not_delivered_is_told_and_a_dead_number_marked(ana: Person, settings: Any, rules: None) -> None:
    message = sent(ana, "12955550033")
    with gateway(settings):
        call("message.failed", id=str(message.message_id), code="absent", address_invalid=True)
    message.refresh_from_db()
    assert (message.state, message.params) == (State.FAILED, {"code": "absent"})
    assert not message.customer.contact_points.get(kind="MOBILE").valid
    assert Notification.objects.get(person=ana).kind == "message.failed"


@db
def test_a_reply_finds_its_thread_and_its_manager(ana: Person, lee: Person, settings: Any, rules: None) -> None:
    message = sent(ana, "12955550033")
    with gateway(settings):
        call("message.reply", **{"from": "12955550033", "text": "好的", "in_reply_to": str(message.message_id)})
        call("message.reply", **{"from": "+8612955550033", "text": "我要投诉你们"})
    first, second = Message.objects.filter(direction="IN").order_by("pk")
    assert first.thread_id == second.thread_id == message.thread_id
    assert (first.body, first.sensitive, second.sensitive) == ("好的", [], ["投诉"])
    assert not first.from_elsewhere
    assert {(one.person, one.kind) for one in Notification.objects.all()} == {
        (ana, "message.sensitive"), (lee, "message.sensitive"),
    }  # fmt: skip
    message.thread.refresh_from_db()
    assert message.thread.waiting_since is not None
    services.answer(actor=ana, thread=message.thread, text="已转交专人处理。", at=timezone.now())
    message.thread.refresh_from_db()
    assert message.thread.waiting_since is None


@db
@pytest.mark.parametrize("word", ["TD", "退订", "Ｔ", " r\n", "Unsubscribe", "拒收。"])
def test_a_word_of_refusal_withdraws_consent(ana: Person, settings: Any, rules: None, word: str) -> None:
    message = sent(ana, "12955550033")
    about = message.customer
    record_consent(
        actor=ana,
        customer=about,
        purpose="MARKETING",
        channel="ANY",
        text_version="1",
        at=timezone.now() - timedelta(1),
    )
    with gateway(settings):
        for _ in range(2):
            call("message.reply", **{"from": "12955550033", "text": word, "in_reply_to": str(message.message_id)})
    withdrawn = about.consents.filter(given=False, purpose="MARKETING")
    assert [(one.channel, one.recorded_by) for one in withdrawn] == [("SMS", "customer")]
    assert consent_given(about, "MARKETING", "SMS") is False
    message.thread.refresh_from_db()
    assert message.thread.waiting_since is None


@db
@pytest.mark.parametrize("text", ["不退订", "我不要T恤", "请问怎么退订？谢谢", "stop sending at night please"])
def test_other_words_withdraw_nothing(ana: Person, settings: Any, rules: None, text: str) -> None:
    message = sent(ana, "12955550033")
    with gateway(settings):
        call("message.reply", **{"from": "12955550033", "text": text, "in_reply_to": str(message.message_id)})
    assert not message.customer.consents.exists()


@db
def test_a_reply_of_nobody_waits_for_a_person(
    ana: Person, service: Person, settings: Any, rules: None, sign_in: Callable[..., Any]
) -> None:
    about = reach(customer(ana), mobile="12955550033")
    with gateway(settings):
        call("message.reply", **{"from": "12955559999", "text": "卡怎么还没到"})
    stray = StrayMessage.objects.get()
    assert (stray.sender, stray.body) == ("12955559999", "卡怎么还没到")
    browser = sign_in(service)
    page = browser.get("/contact/messages/strays/").content.decode()
    assert "卡怎么还没到" in page
    # Looked up by name, each under its own field.
    assert f'hx-get="/customers/find/?field=customer&amp;into=stray-{stray.pk}-customer"' in page
    assert f'id="stray-{stray.pk}-customer-found"' in page
    assert sign_in(ana).get("/contact/messages/strays/").status_code == 403
    browser.post(f"/contact/messages/strays/{stray.pk}/", {"customer": "CNOBODY", "act": "place"})
    assert not Message.objects.exists()
    browser.post(f"/contact/messages/strays/{stray.pk}/", {"customer": about.pk, "act": "place"})
    message = Message.objects.get()
    assert (message.customer_id, message.body, message.from_elsewhere) == (about.pk, "卡怎么还没到", True)
    assert (
        browser.post(f"/contact/messages/strays/{stray.pk}/", {"customer": about.pk, "act": "place"}).status_code == 404
    )
    stray.refresh_from_db()
    with pytest.raises(messages_incoming.CannotPlace):
        messages_incoming.dismiss_stray(actor=service, stray=stray, at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_the_whole_way_with_the_simulator(ana: Person, settings: Any, live_server: Any, at: datetime) -> None:
    """Sent, delivered and answered by real calls both ways."""
    from kajing.reference.services import load_reference

    load_reference(actor="system", at=at)
    message = sent(ana, "12955550077")
    record_consent(
        actor=ana, customer=message.customer, purpose="MARKETING", channel="ANY", text_version="1",
        at=timezone.now() - timedelta(1),
    )  # fmt: skip
    with gateway(settings, callback=live_server.url, delay=0.1):
        assert outbox.send_one() is True
        wait_for(lambda: Message.objects.filter(direction="IN").exists())
    message.refresh_from_db()
    assert message.state == State.DELIVERED
    assert Message.objects.get(direction="IN").body == "TD"
    assert consent_given(message.customer, "MARKETING", "SMS") is False
