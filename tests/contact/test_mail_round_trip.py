"""E-mail both ways: out through a real SMTP server, back through a real IMAP server, every mail once."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP, default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings
from django.test import Client
from django.utils import timezone

from kajing.contact import files, jobs
from kajing.contact.drafts import Draft, draft_of
from kajing.contact.models import Mailbox, Message, MessageFile, StrayMessage
from kajing.contact.services import messages as services
from kajing.contact.services.messages_delivery import deliver
from kajing.customers.models import ContactPoint, Customer
from kajing.customers.selectors import consent_given
from kajing.customers.services import record_consent
from kajing.lib.periods import SHANGHAI
from kajing.notifications.models import Notification
from kajing.org.models import Licence, Person
from kajing.queue import outbox
from kajing.queue.models import Job, OutboxMessage
from kajing.queue.worker import Worker
from tests.contact.imap_server import PASSWORD, USER, ImapServer, imap_server
from tests.contact.test_mails import BOUNCE
from tests.factories.contact import reach, template
from tests.factories.customers import customer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
State = Message.State
ADDRESS = "wang@customer.example"


class Postman:
    """Takes what is sent and puts it on the doorstep."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.startswith("gone@"):
            return "550 5.1.1 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append(BytesParser(policy=default).parsebytes(envelope.content))
        return "250 OK"


@pytest.fixture
def postman(settings: Any) -> Iterator[Postman]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.DEFAULT_FROM_EMAIL = "service@bank.example"
    settings.KAJING_MAIL_REPLY_TO = "replies@bank.example"
    settings.KAJING_PUBLIC_URL = "https://kajing.bank.example"
    man = Postman()
    controller = Controller(man, hostname="127.0.0.1", port=port)
    controller.start()
    yield man
    controller.stop()


@pytest.fixture
def mailbox(settings: Any, tmp_path: Path) -> Iterator[ImapServer]:
    with imap_server(tmp_path) as server:
        settings.KAJING_IMAP = {
            "host": "127.0.0.1", "port": server.port, "user": USER, "password": PASSWORD, "tls": False,
            "folder": "INBOX",
        }  # fmt: skip
        yield server


@pytest.fixture
def about(ana: Person, rules: None) -> Customer:
    Licence.objects.create(person=ana, code="T01", granted_on="2026-01-01")
    Licence.objects.create(person=ana, code="T03", granted_on="2026-01-01")
    made = reach(customer(ana), email=ADDRESS)
    record_consent(
        actor=ana,
        customer=made,
        purpose="MARKETING",
        channel="ANY",
        text_version="1",
        at=datetime(2026, 1, 2, tzinfo=SHANGHAI),
    )
    return made


def send(actor: Person, to: Customer, draft: Draft | None = None) -> Message:
    draft = draft or Draft(channel="EMAIL", purpose="SERVICE", subject="您的申请", text="资料已收到。")
    return services.send_message(actor=actor, customer=to, draft=draft, at=timezone.now())


def read_mailbox() -> None:
    """What the worker does every minute; a server that is too busy to answer is asked again, as a minute later.

    Whatever it says then (a timeout, a refused SELECT, a sign-in that took too long) is noted as the mailbox's problem.
    The next round begins when the server opens the mailbox to others: a problem that stays is ours.
    """
    server = ImapServer(settings.KAJING_IMAP["port"])
    for pause in (0, 0.5, 2, 5):
        time.sleep(pause)
        server.wait()
        look_once()
        if not Mailbox.objects.exclude(problem="").exists():
            return
    pytest.fail(f"the mailbox is open to others and not to us: {Mailbox.objects.get().problem}")


def look_once() -> None:
    """One round of the chore."""
    jobs.look_for_mail(timezone.now())
    Worker().work_until_empty()


def answer_to(
    letter: EmailMessage, text: str, *, sender: str = ADDRESS, threaded: bool = True, number: int = 1
) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, letter["Reply-To"], f"Re: {letter['Subject']}"
    mail["Message-ID"] = f"<answer-{number}@customer.example>"
    if threaded:
        mail["In-Reply-To"] = mail["References"] = letter["Message-ID"]
    mail.set_content(text)
    return mail


def test_out_and_back_in_one_thread(ana: Person, about: Customer, postman: Postman, mailbox: ImapServer) -> None:
    first = send(ana, about)
    assert outbox.send_one() is True
    (letter,) = postman.letters
    assert letter["Message-ID"] == f"<{first.message_id}@bank.example>"
    assert letter["Reply-To"] == f"replies+{first.thread.token}@bank.example"
    assert (letter["To"], letter["List-Unsubscribe"]) == (ADDRESS, None)
    assert letter.get_content().strip() == "资料已收到。"

    reply = answer_to(letter, "谢谢，附件请查收。")
    reply.add_attachment(b"%PDF-1.4 income", maintype="application", subtype="pdf", filename="收入证明.pdf")
    reply.add_attachment(b"MZ\x90evil", maintype="application", subtype="octet-stream", filename="setup.exe")
    mailbox.put(reply.as_bytes())
    read_mailbox()

    came = Message.objects.get(direction="IN")
    assert (came.thread_id, came.customer_id, came.body) == (first.thread_id, about.pk, "谢谢，附件请查收。")
    assert not came.from_elsewhere
    kept, refused = MessageFile.objects.order_by("pk")
    assert (kept.name, kept.content_type, files.read(kept.sha256)) == (
        "收入证明.pdf",
        "application/pdf",
        b"%PDF-1.4 income",
    )
    assert (refused.name, refused.sha256, bool(refused.refused)) == ("setup.exe", "", True)
    assert Notification.objects.get(person=ana).kind == "message.reply"
    assert about.marks.filter(kind="message").count() == 2

    services.answer(actor=ana, thread=came.thread, text="已收到，预计三个工作日。", at=timezone.now())
    assert outbox.send_one() is True
    second = postman.letters[1]
    assert second["In-Reply-To"] == "<answer-1@customer.example>"
    assert second["References"].split() == [letter["Message-ID"], "<answer-1@customer.example>"]
    assert second["Subject"] == "Re: 您的申请"


def test_every_mail_is_taken_once(ana: Person, about: Customer, postman: Postman, mailbox: ImapServer) -> None:
    send(ana, about)
    outbox.send_one()
    reply = answer_to(postman.letters[0], "收到").as_bytes()
    mailbox.put(reply)
    read_mailbox()
    mailbox.put(reply)  # delivered twice
    read_mailbox()
    Mailbox.objects.update(last_uid=0)  # as after a restore of yesterday's backup
    read_mailbox()
    Mailbox.objects.update(validity=1)  # the mailbox was made anew
    read_mailbox()
    assert Message.objects.filter(direction="IN").count() == 1
    assert set(Job.objects.values_list("state", flat=True)) == {"DONE"}
    assert Mailbox.objects.get().last_uid == 2


def test_by_reply_address_by_sender_or_to_a_person(
    ana: Person, about: Customer, service: Person, postman: Postman, mailbox: ImapServer, sign_in: Callable[..., Any]
) -> None:
    first = send(ana, about)
    outbox.send_one()
    letter = postman.letters[0]
    mailbox.put(answer_to(letter, "换了邮箱", sender="other@elsewhere.example", threaded=False, number=1).as_bytes())
    fresh = EmailMessage(policy=SMTP)
    fresh["From"], fresh["To"], fresh["Subject"] = "Wang@Customer.example", "replies@bank.example", "新问题"
    fresh["Message-ID"] = "<answer-2@customer.example>"
    fresh.set_content("怎么调额？")
    mailbox.put(fresh.as_bytes())
    stranger = EmailMessage(policy=SMTP)
    stranger["From"], stranger["To"], stranger["Subject"] = "who@knows.example", "replies@bank.example", "咨询"
    stranger["Message-ID"] = "<s@knows.example>"
    stranger.set_content("我的卡呢")
    stranger.add_attachment(b"%PDF-1.4 x", maintype="application", subtype="pdf", filename="a.pdf")
    mailbox.put(stranger.as_bytes())
    read_mailbox()
    by_token, by_sender = Message.objects.filter(direction="IN").order_by("pk")
    assert (by_token.thread_id, by_token.from_elsewhere) == (first.thread_id, True)
    assert (by_sender.thread_id == first.thread_id, by_sender.from_elsewhere) == (False, False)
    stray = StrayMessage.objects.get()
    assert (stray.sender, stray.subject, stray.body) == ("who@knows.example", "咨询", "我的卡呢")
    sign_in(service).post(f"/contact/messages/strays/{stray.pk}/", {"customer": about.pk, "act": "place"})
    placed = Message.objects.get(mail_id="<s@knows.example>")
    assert [(file.name, bool(file.sha256)) for file in placed.files.all()] == [("a.pdf", True)]
    browser = sign_in(ana)
    got = browser.get(f"/contact/messages/files/{placed.files.get().pk}/")
    assert (got.content, got["X-Content-Type-Options"]) == (b"%PDF-1.4 x", "nosniff")
    assert got["Content-Disposition"].startswith("attachment")


def test_a_bounce_ends_message_and_address(ana: Person, about: Customer, postman: Postman, mailbox: ImapServer) -> None:
    first = send(ana, about)
    outbox.send_one()
    known = str(first.message_id).encode()
    soft = BOUNCE.replace(b"5a0d9a3e-2f7c-4b3c-9a50-7b7f5a4f6a11", known).replace(b"5.1.1", b"4.2.2")
    mailbox.put(soft.replace(b"bounce-1", b"bounce-0"))
    read_mailbox()
    first.refresh_from_db()
    assert first.state == State.SENT
    mailbox.put(BOUNCE)  # of a mail that is not ours
    mailbox.put(soft.replace(b"4.2.2", b"5.1.1").replace(b"bounce-1", b"bounce-2"))
    read_mailbox()
    first.refresh_from_db()
    assert (first.state, first.params) == (State.FAILED, {"code": "5.1.1"})
    assert not ContactPoint.objects.get(kind="EMAIL").valid
    assert not StrayMessage.objects.exists()


def test_an_address_the_server_refuses_is_dead(ana: Person, about: Customer, postman: Postman) -> None:
    message = send(ana, reach(customer(ana), email="gone@customer.example", mobile=""))
    assert outbox.send_one() is False
    message.refresh_from_db()
    assert message.state == State.FAILED
    assert not ContactPoint.objects.get(customer=message.customer).valid


def test_marketing_offers_a_way_out_by_link_and_by_answer(
    ana: Person, about: Customer, postman: Postman, mailbox: ImapServer, settings: Any
) -> None:
    offer = draft_of(
        template("EMAIL", "MARKETING", subject="分期优惠", body="尊敬的{customer.title}，年化利率以公示为准。")
    )
    send(ana, about, offer)
    deliver(OutboxMessage.objects.get(), at=datetime(2026, 11, 24, 10, 30, tzinfo=SHANGHAI))
    (letter,) = postman.letters
    url = letter["List-Unsubscribe"].split(">")[0].strip().removeprefix("<")
    assert url.startswith("https://kajing.bank.example/contact/out/")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url in letter.get_content()
    path = url.removeprefix("https://kajing.bank.example")
    page = Client().get(path)
    assert page.status_code == 200
    assert about.name not in page.content.decode()
    assert consent_given(about, "MARKETING", "EMAIL") is True  # opening is not pressing
    assert Client().post(path).status_code == 200
    assert consent_given(about, "MARKETING", "EMAIL") is False
    assert Client().post(path).status_code == 200  # twice is as good as once
    assert about.consents.filter(given=False, purpose="MARKETING").count() == 1
    assert Client().post(path[:-3] + "xx/").status_code == 404

    record_consent(actor=ana, customer=about, purpose="MARKETING", channel="EMAIL", text_version="2", at=timezone.now())
    mailbox.put(answer_to(letter, "退订\n\n> 尊敬的王先生").as_bytes())
    read_mailbox()
    assert consent_given(about, "MARKETING", "EMAIL") is False


def test_out_of_office_is_kept_but_nobody_is_woken(
    ana: Person, about: Customer, postman: Postman, mailbox: ImapServer
) -> None:
    first = send(ana, about)
    outbox.send_one()
    away = answer_to(postman.letters[0], "退订\n我正在休假")
    away["Auto-Submitted"] = "auto-replied"
    mailbox.put(away.as_bytes())
    read_mailbox()
    assert Message.objects.filter(direction="IN").count() == 1
    assert not Notification.objects.exists()
    first.thread.refresh_from_db()
    assert first.thread.waiting_since is None
    assert consent_given(about, "MARKETING", "EMAIL") is True


def test_a_mailbox_away_is_said_and_asked_again(settings: Any, rules: None) -> None:
    settings.KAJING_IMAP = {
        "host": "127.0.0.1", "port": 9, "user": USER, "password": PASSWORD, "tls": False, "folder": "INBOX",
    }  # fmt: skip
    look_once()
    assert Job.objects.get().state == "DONE"
    assert Mailbox.objects.get().problem.startswith("ConnectionRefusedError")
    settings.KAJING_IMAP = {**settings.KAJING_IMAP, "host": ""}
    look_once()
    assert Job.objects.count() == 1
