"""The outbox against a real SMTP server: at least once, one id, patience, the dead list."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone, translation

from kajing.audit.models import AuditRow
from kajing.queue import outbox, registry, services
from kajing.queue.models import OutboxMessage

pytestmark = pytest.mark.django_db
State = OutboxMessage.State


class Postman:
    """Keeps what arrives; refuses recipients at `nowhere`."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.startswith("full@"):
            return "452 mailbox full"
        if address.endswith("@nowhere.example"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append(BytesParser(policy=default).parsebytes(envelope.content))
        return "250 OK"


@pytest.fixture
def port() -> int:
    """A free loopback port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def mail_server(port: int, settings: Any) -> Iterator[Callable[[], Postman]]:
    """Settings point at the port; calling the fixture starts the server."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.DEFAULT_FROM_EMAIL = "Kajing <kajing@bank.example>"
    running: list[Controller] = []

    def start() -> Postman:
        postman = Postman()
        controller = Controller(postman, hostname="127.0.0.1", port=port)
        controller.start()
        running.append(controller)
        return postman

    yield start
    for controller in running:
        controller.stop()


def _post(to: str = "ana@bank.example", **values: Any) -> OutboxMessage:
    return services.send_email(
        to=to, subject="今日任务", body="三位客户待跟进。\n", at=values.get("at", timezone.now())
    )


def _due_now() -> None:
    OutboxMessage.objects.update(not_before=timezone.now() - timedelta(seconds=1))


def test_mail_arrives_once_with_its_own_id(mail_server: Callable[[], Postman]) -> None:
    postman = mail_server()
    message = _post()
    assert outbox.send_one() is True
    assert outbox.send_one() is None
    (letter,) = postman.letters
    assert letter["Message-ID"] == f"<{message.message_id}@bank.example>"
    assert letter["Subject"] == "今日任务"
    assert letter.get_content().strip() == "三位客户待跟进。"
    message.refresh_from_db()
    assert message.state == State.SENT


def test_server_down_then_up(mail_server: Callable[[], Postman]) -> None:
    messages = [_post() for _ in range(3)]
    assert [outbox.send_one() for _ in range(4)] == [False, False, False, None]
    assert set(OutboxMessage.objects.values_list("state", "attempts")) == {(State.WAITING, 1)}
    assert "ConnectionRefusedError" in OutboxMessage.objects.all()[0].error
    postman = mail_server()
    _due_now()
    assert [outbox.send_one() for _ in range(4)] == [True, True, True, None]
    assert sorted(str(letter["Message-ID"]) for letter in postman.letters) == sorted(
        f"<{message.message_id}@bank.example>" for message in messages
    )


def test_patience_grows_and_ends_on_the_dead_list(mail_server: Callable[[], Postman]) -> None:
    message = _post()
    waits = []
    for _ in range(outbox.MAX_ATTEMPTS):
        _due_now()
        assert outbox.send_one() is False
        message.refresh_from_db()
        waits.append(round((message.not_before - timezone.now()).total_seconds(), -1))
    assert waits[:4] == [30, 60, 120, 240]
    assert max(waits) == 3600
    assert message.state == State.DEAD
    services.send_again(actor="P-ADMIN", message=message, at=timezone.now())
    assert AuditRow.objects.filter(action="queue.send_again").count() == 1
    mail_server()
    assert outbox.send_one() is True


def test_refused_recipient_is_dead_at_once_full_mailbox_is_not(mail_server: Callable[[], Postman]) -> None:
    mail_server()
    _post("gone@nowhere.example")
    _post("full@bank.example")
    assert [outbox.send_one(), outbox.send_one()] == [False, False]
    states = dict(OutboxMessage.objects.values_list("recipient", "state"))
    assert states == {"gone@nowhere.example": State.DEAD, "full@bank.example": State.WAITING}


def test_killed_between_sending_and_marking_sends_again_under_the_same_id(mail_server: Callable[[], Postman]) -> None:
    postman = mail_server()
    message = _post()
    claimed = outbox.claim()
    assert claimed is not None
    outbox.send_email(claimed)  # … and here the sender dies
    assert outbox.send_one() is None  # claimed: nobody else sends it meanwhile
    _due_now()
    assert outbox.send_one() is True
    assert {letter["Message-ID"] for letter in postman.letters} == {f"<{message.message_id}@bank.example>"}
    assert len(postman.letters) == 2


def test_without_a_mail_server_mail_waits_untouched(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = ""
    _post()
    assert outbox.send_one() is None
    assert OutboxMessage.objects.get().attempts == 0


def test_old_news_does_not_flood_a_mended_server() -> None:
    now = timezone.now()
    _post(at=now - timedelta(days=4))
    _post(at=now)
    assert outbox.expire(now) == 1
    assert sorted(OutboxMessage.objects.values_list("state", flat=True)) == [State.DEAD, State.WAITING]
    with translation.override("zh-hans"):
        assert OutboxMessage.objects.get(state=State.DEAD).problem == "三天内未能发出。"


def test_other_channels_join_by_registration() -> None:
    sent: list[str] = []
    registry.channel("tests.pigeon", lambda message: sent.append(message.recipient))
    services.post(channel="tests.pigeon", recipient="loft", body="coo", at=timezone.now())
    try:
        assert outbox.send_one() is True
    finally:
        del registry.CHANNELS["tests.pigeon"]
    assert sent == ["loft"]


def test_message_of_a_rolled_back_act_was_never_written(at: datetime) -> None:
    from django.db import transaction

    class Changed(Exception):
        pass

    with pytest.raises(Changed), transaction.atomic():
        _post(at=at)
        raise Changed
    assert not OutboxMessage.objects.exists()
