"""Messages for browser tests: a template that waits, a conversation with an answer, one message to many."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.utils import timezone

from kajing.contact.drafts import Draft
from kajing.contact.models import MessageThread, Sending, TemplateVersion
from kajing.contact.services import messages, messages_incoming, sendings
from kajing.org.models import Person
from kajing.reference.services import load_reference
from tests.factories.contact import reach, template
from tests.factories.customers import customer, figures


@dataclass(frozen=True)
class Letters:
    """What the fixture made."""

    version: TemplateVersion
    thread: MessageThread
    sending: Sending


@pytest.fixture
def letters(ana: Person, lee: Person) -> Letters:
    """Written by Ana; a reply has a word that must be looked at, one customer of the sending has no number."""
    now = timezone.now()
    load_reference(actor="system", at=now)
    people = [reach(customer(ana, name=name)) for name in ("王建国", "李晓燕", "张志强")]
    people.append(customer(ana, name="刘雨桐"))
    for one in people:
        figures(one)
    own = Draft(channel="EMAIL", purpose="SERVICE", subject="您的申请", text="资料已收到。\n\n谢谢。")
    first = messages.send_message(actor=ana, customer=people[0], draft=own, at=now)
    reply = messages_incoming.Reply(
        channel="EMAIL", sender="wang@customer.example", text="再不处理我就投诉", subject="Re: 您的申请"
    )
    messages_incoming.take_reply(reply=reply, about=first, at=now)
    version = template(body="尊敬的{customer.title}，您好。")
    sending = sendings.send_to_selection(actor=ana, ids=[one.pk for one in people], version=version, at=now)
    sendings.plan_chunk(sending=sending, ids=[one.pk for one in people], at=now)
    sendings.finish(sending=sending, at=now)
    return Letters(template(state="ASKED", body="最优惠的{customer.title}"), first.thread, sending)
