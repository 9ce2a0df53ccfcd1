"""Telling people: one open item per person and record, by the channel they chose, in the transaction of the act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from kajing.audit.services import record
from kajing.lib.errors import DomainError
from kajing.notifications import selectors
from kajing.notifications.kinds import DIGEST, KINDS
from kajing.notifications.models import DigestRow, Notification, NotificationChoice
from kajing.notifications.wording import worded
from kajing.org.models import Person
from kajing.queue.services import send_email

Channel = NotificationChoice.Channel


class CannotSwitchOff(DomainError):
    """Regulator, escalation and overdue news reaches everyone it concerns."""

    status = 422


class UnknownNews(DomainError):
    """There is no such kind of news, or no such channel."""

    status = 422

    def __str__(self) -> str:
        return str(_("Unknown kind of news or channel."))


@transaction.atomic
def notify(
    *,
    person: Person,
    kind: str,
    title: str,
    at: datetime,
    params: Mapping[str, Any] | None = None,
    body: str = "",
    url: str = "",
    group: str = "",
) -> Notification | None:
    """Tell one person; `title` and `body` are message ids, `group` names the record (default: the kind and address).

    While an item of the group is open, the news joins it: the wording is the newest, the count goes up, it is unread
    again. Returns None when the person has switched this kind off.
    """
    channel = selectors.channel_for(person, kind)
    if channel == Channel.OFF or not person.is_active:
        return None
    item = _join(person, group or f"{kind}:{url}"[:100], kind, at)
    item.title, item.body, item.params, item.url = title, body, dict(params or {}), url
    item.save()
    if channel == Channel.APP_EMAIL:
        _email(person, item, at)
    return item


def _join(person: Person, group: str, kind: str, at: datetime) -> Notification:
    item = Notification.objects.select_for_update().filter(person=person, group=group, done_at=None).first()
    if item is None:
        return Notification(person=person, group=group, kind=kind, created_at=at)
    item.count += 1
    item.kind, item.created_at, item.read_at, item.snoozed_until = kind, at, None, None
    return item


def _email(person: Person, item: Notification, at: datetime) -> None:
    if not person.email:
        return
    with translation.override(person.language or "zh-hans"):
        subject, text = item.title_text, item.body_text
    send_email(to=person.email, subject=subject, body=f"{text}\n" if text else f"{subject}\n", at=at)


@transaction.atomic
def mark_read(*, actor: Person, item: Notification, at: datetime) -> Notification:
    """Reading is not doing: the item stays in the inbox."""
    if item.read_at is None:
        item.read_at = at
        item.save(update_fields=["read_at"])
    return item


@transaction.atomic
def mark_done(*, actor: Person, item: Notification, at: datetime) -> Notification:
    """Takes the item out of the inbox."""
    item.done_at = item.done_at or at
    item.read_at = item.read_at or at
    item.save(update_fields=["done_at", "read_at"])
    return item


@transaction.atomic
def close_group(*, group: str, at: datetime, person: Person | None = None) -> int:
    """Takes every item about a record out of all inboxes, or of one person's: there is nothing left to do about it."""
    found = Notification.objects.filter(group=group, done_at=None)
    return (found.filter(person=person) if person else found).update(done_at=at)


@transaction.atomic
def bring_back(*, actor: Person, item: Notification, at: datetime) -> Notification:
    """Undo of done or snooze; where newer news of the same record is open, that one stands for both."""
    newer = Notification.objects.filter(person=actor, group=item.group, done_at=None).exclude(pk=item.pk).first()
    if newer is not None:
        return newer
    item.done_at = item.snoozed_until = None
    item.save(update_fields=["done_at", "snoozed_until"])
    return item


@transaction.atomic
def snooze(*, actor: Person, item: Notification, until: datetime, at: datetime) -> Notification:
    """Hides the item until a moment; it comes back unread."""
    if until <= at:
        raise DomainError(_("Choose a time that lies ahead."))
    item.snoozed_until, item.read_at = until, None
    item.save(update_fields=["snoozed_until", "read_at"])
    return item


@transaction.atomic
def mark_all_done(*, actor: Person, at: datetime, kind: str = "") -> int:
    """Empties the inbox (of one kind); sleeping items stay asleep."""
    return selectors.inbox(actor, at=at, kind=kind).update(done_at=at)


@transaction.atomic
def choose_channels(*, actor: Person, channels: Mapping[str, str], at: datetime) -> None:
    """Sets how one person is told of some kinds, all or none. Raises UnknownNews, CannotSwitchOff."""
    before = {kind.name: channel for kind, channel in selectors.choices(actor)}
    for kind, channel in channels.items():
        _check_channel(kind, channel)
    changed = {kind: [before[kind], channel] for kind, channel in channels.items() if before[kind] != channel}
    for kind, (_before, channel) in changed.items():
        NotificationChoice.objects.update_or_create(person=actor, kind=kind, defaults={"channel": channel})
    if changed:
        record(
            actor=actor.person_no, action="notifications.choose_channels", object_kind="person",
            object_id=actor.person_no, at=at, changes=changed,
        )  # fmt: skip


def _check_channel(kind: str, channel: str) -> None:
    known = KINDS.get(kind)
    if known is None or channel not in Channel.values:
        raise UnknownNews
    if channel == Channel.OFF and not known.can_be_off:
        raise CannotSwitchOff(_("This kind of news cannot be switched off."))


@dataclass(frozen=True, slots=True)
class Digest:
    """What one person's morning holds: a title, and lines of (message id, parameters)."""

    title: str
    params: Mapping[str, Any]
    lines: list[tuple[str, Mapping[str, Any]]]
    url: str = "/"


@transaction.atomic
def send_digest(*, person: Person, as_of: date, digest: Digest, at: datetime) -> bool:
    """The morning digest, once per person and night however often the night runs; True when it was sent now."""
    _row, is_new = DigestRow.objects.get_or_create(person=person, as_of=as_of)
    if is_new:
        _send_digest(person, as_of, digest, at)
    return is_new


def _send_digest(person: Person, as_of: date, digest: Digest, at: datetime) -> None:
    channel = selectors.channel_for(person, DIGEST)
    if channel == Channel.OFF:
        return
    with translation.override(person.language or "zh-hans"):
        title = worded(digest.title, digest.params)
        lines = [worded(message, params) for message, params in digest.lines]
    Notification.objects.filter(person=person, kind=DIGEST, done_at=None).update(done_at=at)
    Notification.objects.create(
        person=person, kind=DIGEST, group=f"digest:{as_of}", created_at=at, url=digest.url,
        title=digest.title, params=dict(digest.params), body="",
    )  # fmt: skip
    if channel == Channel.APP_EMAIL and person.email:
        send_email(to=person.email, subject=title, body="\n".join([title, "", *(f"- {line}" for line in lines)]), at=at)
