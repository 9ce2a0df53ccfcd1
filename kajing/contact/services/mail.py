"""E-mail that came in: replies to their threads, bounces to their addresses, every mail once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from kajing.contact import channels, files
from kajing.contact.choices import Direction
from kajing.contact.mailbox import OpenMailbox
from kajing.contact.mails import Bounce, Mail, read_mail
from kajing.contact.models import Mailbox, Message, StrayMessage
from kajing.contact.services.messages_incoming import (
    KeptFile,
    Reply,
    first_time,
    place_stray,
    take_failed,
    take_reply,
)
from kajing.customers.models import Customer
from kajing.customers.selectors import owners_of_address
from kajing.org.models import Person

EMAIL = "EMAIL"
_UUID = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@")


@dataclass(frozen=True)
class Prepared:
    """A mail whose files are kept already, ready for the transaction that takes it."""

    mail: Mail
    files: Sequence[KeptFile]
    raw_sha256: str


def prepare(raw: bytes) -> Prepared:
    """Read a mail and keep its files; outside any transaction."""
    mail = read_mail(raw)
    return Prepared(mail, kept_files(mail), files.keep(raw) if not _known(mail) else "")


def kept_files(mail: Mail) -> list[KeptFile]:
    """The attachments in the store, each checked by type and size."""
    kept = []
    for place, file in enumerate(mail.files):
        why = files.refusal(file.name, file.content, place)
        digest = "" if why else files.keep(file.content)
        kept.append(KeptFile(file.name, files.type_of(file.name, file.content), len(file.content), digest, why))
    return kept


def _known(mail: Mail) -> bool:
    """Whether the mail will find its customer by itself; the others are kept whole until a person places them."""
    return bool(_answered(mail.answers) or token_of(mail.to))


@transaction.atomic
def take_mail(*, prepared: Prepared, at: datetime) -> Message | StrayMessage | None:
    """Take one mail; None when it was taken before, or is a bounce."""
    mail = prepared.mail
    if not first_time(channel=EMAIL, event_id=mail.key, kind="mail", at=at):
        return None
    if mail.bounce is not None:
        _take_bounce(mail.bounce, mail.answers, at)
        return None
    reply = Reply(
        channel=EMAIL, sender=mail.sender, text=mail.text, subject=mail.subject, mail_id=mail.mail_id,
        automatic=mail.automatic, files=prepared.files, raw_sha256=prepared.raw_sha256,
    )  # fmt: skip
    return take_reply(reply=reply, about=_answered(mail.answers), token=token_of(mail.to), at=at)


def _answered(ids: Sequence[str]) -> Message | None:
    """The message of ours, or of the customer, that one of these ids names; the nearest first."""
    for one in ids:
        ours = _UUID.match(one)
        found = Message.objects.select_related("thread__customer__manager", "point", "sender", "customer")
        named = found.filter(message_id=UUID(ours[1])) if ours else found.filter(mail_id=one)
        if (message := named.filter(channel=EMAIL).first()) is not None:
            return message
    return None


def token_of(addresses: Sequence[str]) -> str:
    """The thread's token out of a reply address such as replies+4f2a…@bank.example."""
    local, at, host = settings.KAJING_MAIL_REPLY_TO.lower().rpartition("@")
    if not at:
        return ""
    wanted = re.compile(rf"{re.escape(local)}\+([0-9a-f]{{24}})@{re.escape(host)}")
    return next((hit[1] for address in addresses if (hit := wanted.fullmatch(address.lower()))), "")


def _take_bounce(bounce: Bounce, answers: Sequence[str], at: datetime) -> None:
    """A lasting bounce ends the message, and its address when the report names that very one."""
    message = _answered([*bounce.answers, *answers])
    if message is None or not bounce.lasting or message.direction != Direction.OUT:
        return
    owners = owners_of_address(channels.channel_of(EMAIL).address_kind, bounce.recipient) if bounce.recipient else []
    dead = any(owner.pk == message.customer_id for owner in owners)
    take_failed(message=message, code=bounce.status, address_dead=dead, at=at)


# -- the mailbox ------------------------------------------------------------------------------------------------------
def position(box: OpenMailbox) -> int:
    """The newest UID taken; a mailbox that was made anew begins at its beginning, where duplicates change nothing."""
    known = Mailbox.objects.filter(pk=box.name).first()
    return known.last_uid if known and known.validity == box.validity else 0


def note_position(*, box: OpenMailbox, uid: int, at: datetime) -> None:
    """How far it has been read, in the transaction that took the mail."""
    Mailbox.objects.update_or_create(
        pk=box.name, defaults={"validity": box.validity, "last_uid": uid, "read_at": at, "problem": ""}
    )


@transaction.atomic
def note_read(*, name: str, at: datetime, problem: str = "") -> None:
    """That the mailbox was looked into, or why it could not be."""
    Mailbox.objects.update_or_create(pk=name, defaults={"read_at": at, "problem": problem[:200]})


def place_mail(*, actor: Person, stray: StrayMessage, customer: Customer, at: datetime) -> Message:
    """Say whose a stray message is; the attachments of a mail come along. Raises NotAllowed, CannotPlace."""
    kept: Sequence[KeptFile] = ()
    if stray.raw_sha256:
        kept = kept_files(read_mail(files.read(stray.raw_sha256)))
    return place_stray(actor=actor, stray=stray, customer=customer, at=at, files=kept)
