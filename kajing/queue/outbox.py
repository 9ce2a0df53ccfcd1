"""Sending what business transactions wrote: at least once, under a stable id, with growing patience.

A message is claimed by moving `not_before` into the future, sent without any transaction open, and marked. A kill
between sending and marking sends again later under the same Message-ID, which receivers take for the same message.
"""

from __future__ import annotations

import logging
import smtplib
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from kajing.queue.leases import db_now, told
from kajing.queue.models import OutboxMessage
from kajing.queue.registry import CHANNEL_GIVEN_UP, CHANNEL_READY, CHANNELS

log = logging.getLogger(__name__)
State = OutboxMessage.State

CLAIM = timedelta(minutes=5)
MAX_ATTEMPTS = 12
STALE = gettext_noop("Not sent within three days.")
_FIRST_WAIT, _LONGEST_WAIT = 30.0, 3600.0


class Refused(Exception):
    """The receiver will never take this message; it goes to the dead list at once."""


class Dropped(Exception):
    """Nobody wants this message sent any more: it was called off, or a rule forbids it now."""


class Later(Exception):
    """Not before a moment; waiting for it wears out no attempt."""

    def __init__(self, until: datetime, reason: str = "") -> None:
        super().__init__(reason)
        self.until = until


def claim() -> OutboxMessage | None:
    """The next message that is due, ours for the length of a claim."""
    with transaction.atomic():
        now = db_now()
        due = OutboxMessage.objects.filter(state=State.WAITING, not_before__lte=now, channel__in=_open_channels())
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        message = due.order_by("not_before", "id").first()
        if message is not None:
            message.attempts, message.not_before, message.error = message.attempts + 1, now + CLAIM, ""
            message.save(update_fields=["attempts", "not_before", "error"])
        return message


def send_one(first_wait: float = _FIRST_WAIT) -> bool | None:
    """Send the next message: True sent, False not this time, None when nothing is due."""
    message = claim()
    if message is None:
        return None
    try:
        CHANNELS[message.channel](message)
    except Later as news:
        _put_off(message, news)
        return False
    except Dropped as news:
        _waiting(message).update(state=State.DROPPED, error=str(news)[:400])
        return False
    except Exception as error:  # noqa: BLE001  a channel may fail in any way; the row keeps the reason
        _put_back(message, error, first_wait)
        return False
    _waiting(message).update(state=State.SENT, sent_at=db_now(), error="")
    return True


def _waiting(message: OutboxMessage) -> QuerySet[OutboxMessage]:
    """The row, unless a person called the message off meanwhile."""
    return OutboxMessage.objects.filter(pk=message.pk, state=State.WAITING)


def _put_off(message: OutboxMessage, news: Later) -> None:
    """The three days after which news is stale begin when it may be sent at last."""
    _waiting(message).update(
        attempts=message.attempts - 1, not_before=news.until, created_at=news.until, error=str(news)[:400]
    )


def _put_back(message: OutboxMessage, error: Exception, first_wait: float) -> None:
    dead = isinstance(error, Refused) or message.attempts >= MAX_ATTEMPTS
    wait = min(first_wait * 2 ** (message.attempts - 1), _LONGEST_WAIT)
    reason = told(error).splitlines()[0]
    with transaction.atomic():
        changed = _waiting(message).update(
            state=State.DEAD if dead else State.WAITING,
            not_before=db_now() + timedelta(seconds=wait),
            error=reason,
        )
        if dead and changed:
            _tell_given_up(message, reason)
    log.warning("message not sent: %s %s", message.channel, type(error).__name__)


def _tell_given_up(message: OutboxMessage, reason: str) -> None:
    if message.channel in CHANNEL_GIVEN_UP:
        CHANNEL_GIVEN_UP[message.channel](message, reason)


def _open_channels() -> list[str]:
    """While its server is not set up, a channel's messages wait instead of wearing out their attempts."""
    return [name for name in CHANNELS if name not in CHANNEL_READY or CHANNEL_READY[name]()]


def mail_is_set_up() -> bool:
    """Whether `KAJING_SMTP_HOST` names a server, or another e-mail backend stands in."""
    return bool(settings.EMAIL_HOST) or not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")


def send_email(message: OutboxMessage) -> None:
    """The channel `email`. Raises Refused when the server refuses this recipient or text for good."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    mail = EmailMessage(message.subject, message.body, to=[message.recipient])
    mail.extra_headers = {"Message-ID": f"<{message.message_id}@{domain}>", **message.headers}
    hand_over(mail)


def hand_over(mail: EmailMessage) -> None:
    """Give a mail to the server. Raises Refused when it will never take this recipient or text, SMTP errors else."""
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        if min(codes) >= 500:
            raise Refused(f"refused with {codes}") from error
        raise
    except smtplib.SMTPDataError as error:
        if error.smtp_code >= 500:
            raise Refused(f"refused with {error.smtp_code}") from error
        raise


def expire(now: datetime) -> int:
    """News older than three days is no news: it goes to the dead list instead of flooding a mended mail server."""
    stale = OutboxMessage.objects.filter(state=State.WAITING, created_at__lt=now - timedelta(days=3))
    told_of = list(stale.filter(channel__in=CHANNEL_GIVEN_UP))
    with transaction.atomic():
        count = stale.update(state=State.DEAD, error=STALE)
        for message in told_of:
            _tell_given_up(message, STALE)
    return count
