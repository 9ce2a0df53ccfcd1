"""Webhooks: signed so that the public library agrees, kept until taken, never to a private address."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.conf import settings
from standardwebhooks import Webhook, WebhookVerificationError

from kajing.lib import outgoing
from kajing.lib.errors import NotAllowed
from kajing.org.models import Person
from kajing.queue import outbox
from kajing.queue.models import OutboxMessage
from kajing.queue.services import send_again
from kajing.workflow import webhooks
from kajing.workflow.services.rules import new_endpoint, switch_endpoint

pytestmark = pytest.mark.django_db


class Receiver:
    """A real HTTP server on loopback; `answers` are the statuses it gives, the last one for ever."""

    def __init__(self) -> None:
        self.answers, self.got = [200], []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                status = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "http://169.254.169.254/")
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setattr(settings, "KAJING_WEBHOOK_HOSTS", frozenset({"127.0.0.1"}))
    one = Receiver()
    yield one
    one.server.shutdown()
    one.server.server_close()


def due_now(message: OutboxMessage) -> None:
    OutboxMessage.objects.filter(pk=message.pk).update(not_before=message.created_at)


def test_the_public_library_verifies_what_arrives(receiver: Receiver, admin: Person, at: datetime) -> None:
    endpoint, secret = new_endpoint(actor=admin, name="crm", url=receiver.url, at=at)
    assert secret.encode() not in bytes(endpoint.secret_enc)
    message = webhooks.post(endpoint=endpoint, event="rule.r1", data={"customer_id": "C1", "note": "中文"}, at=at)
    assert outbox.send_one() is True
    headers, body = receiver.got[0]
    told = Webhook(secret).verify(body, headers)
    assert (told["type"], told["data"]["note"]) == ("rule.r1", "中文")
    assert headers["webhook-id"] == f"msg_{message.message_id.hex}"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body.replace(b"C1", b"C2"), headers)


def test_a_receiver_that_is_down_loses_nothing(receiver: Receiver, admin: Person, at: datetime) -> None:
    endpoint, secret = new_endpoint(actor=admin, name="crm", url=receiver.url, at=at)
    receiver.answers = [500, 503, 302, 200]
    message = webhooks.post(endpoint=endpoint, event="e", data={}, at=at)
    for attempt in range(1, 4):
        assert outbox.send_one() is False
        message.refresh_from_db()
        assert (message.state, message.attempts) == ("WAITING", attempt)
        due_now(message)
    assert outbox.send_one() is True
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 1  # a repetition is known as one
    assert json.loads(receiver.got[-1][1])["type"] == "e"
    for headers, body in receiver.got:
        Webhook(secret).verify(body, headers)


def test_given_up_ones_lie_in_the_dead_list_and_can_be_sent_again(
    receiver: Receiver, admin: Person, at: datetime
) -> None:
    endpoint, _secret = new_endpoint(actor=admin, name="crm", url=receiver.url, at=at)
    receiver.answers = [410, 200]
    message = webhooks.post(endpoint=endpoint, event="e", data={}, at=at)
    assert outbox.send_one() is False
    message.refresh_from_db()
    assert message.state == "DEAD"
    send_again(actor=admin.person_no, message=message, at=at)
    assert outbox.send_one() is True
    switch_endpoint(actor=admin, endpoint=endpoint, enabled=False, at=at)
    other = webhooks.post(endpoint=endpoint, event="e", data={}, at=at)
    assert outbox.send_one() is False
    other.refresh_from_db()
    assert other.state == "DEAD"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://user:pass@example.com/",
        "ftp://example.com/",
        "https:///x",
        "https://example.com/#x",
    ],
)
def test_addresses_that_are_refused_when_written(url: str, admin: Person, at: datetime) -> None:
    with pytest.raises(webhooks.BadAddress):
        new_endpoint(actor=admin, name="bad", url=url, at=at)


@pytest.mark.parametrize("found", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "0.0.0.0"])
def test_names_that_lead_to_a_private_network_are_refused_when_sent(
    found: str, admin: Person, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, _secret = new_endpoint(actor=admin, name="evil", url="https://evil.example.com/", at=at)
    monkeypatch.setattr(outgoing.socket, "getaddrinfo", lambda *_a, **_k: [(0, 0, 0, "", (found, 443))])
    message = webhooks.post(endpoint=endpoint, event="e", data={}, at=at)
    assert outbox.send_one() is False
    message.refresh_from_db()
    assert (message.state, "private" in message.error or "内网" in message.error) == ("DEAD", True)


def test_only_who_shapes_processes_registers_addresses(ana: Person, compliance: Person, at: datetime) -> None:
    for who in (ana, compliance):
        with pytest.raises(NotAllowed):
            new_endpoint(actor=who, name="x", url="https://example.com/", at=at)
