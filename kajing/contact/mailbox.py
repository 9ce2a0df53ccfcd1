"""A mailbox over IMAP, read by UID so that nothing is missed and nothing is asked for twice."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings

TIMEOUT = 30.0
LARGEST = 30 * 1024 * 1024  # bytes of one mail
AT_ONCE = 200  # mails of one run
Problems = (imaplib.IMAP4.error, OSError)


def is_set_up() -> bool:
    """Whether `KAJING_IMAP_HOST` names a server."""
    return bool(settings.KAJING_IMAP["host"])


def name_of() -> str:
    """The mailbox in one word: user, server and folder."""
    told = settings.KAJING_IMAP
    return f"{told['user']}@{told['host']}/{told['folder']}"[:200]


@dataclass
class OpenMailbox:
    """A mailbox that is signed in and has its folder open."""

    connection: imaplib.IMAP4
    name: str
    validity: int

    def newer_than(self, uid: int) -> Iterator[tuple[int, bytes]]:
        """Mails after a UID, the oldest first: (uid, bytes). One too large to read comes with its header only."""
        for found in self._uids(uid)[:AT_ONCE]:
            yield found, self._fetch(found)

    def _uids(self, uid: int) -> list[int]:
        _ok, data = self.connection.uid("SEARCH", "UID", f"{uid + 1}:*")
        # "n:*" always gives the newest mail, even when it is older than n.
        return sorted(int(one) for one in (data[0] or b"").split() if int(one) > uid)

    def _fetch(self, uid: int) -> bytes:
        _ok, told = self.connection.uid("FETCH", str(uid), "(RFC822.SIZE)")
        size = re.search(rb"RFC822\.SIZE (\d+)", told[0] or b"")
        part = "BODY.PEEK[HEADER]" if size and int(size[1]) > LARGEST else "BODY.PEEK[]"
        _ok, data = self.connection.uid("FETCH", str(uid), f"({part})")
        return next((bytes(piece[1]) for piece in data if isinstance(piece, tuple)), b"")

    def mark_seen(self, uid: int) -> None:
        """So that people who look into the mailbox know what Kajing has taken."""
        self.connection.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")


@contextmanager
def open_mailbox() -> Iterator[OpenMailbox]:
    """Sign in by the settings and open the folder. Raises one of `Problems`."""
    told: dict[str, Any] = settings.KAJING_IMAP
    if told["tls"]:
        context = ssl.create_default_context()
        connection: imaplib.IMAP4 = imaplib.IMAP4_SSL(told["host"], told["port"], ssl_context=context, timeout=TIMEOUT)
    else:
        connection = imaplib.IMAP4(told["host"], told["port"], timeout=TIMEOUT)
    try:
        connection.login(told["user"], told["password"])
        answer, _data = connection.select(told["folder"])
        if answer != "OK":
            raise OSError(f"there is no folder {told['folder']}")
        _name, validity = connection.response("UIDVALIDITY")
        yield OpenMailbox(connection, name_of(), int(validity[0]) if validity and validity[0] else 0)
    finally:
        try:
            connection.logout()
        except Problems:
            connection.shutdown()
