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
        """Mails after a UID, the oldest first: (uid, bytes). One too large to read comes with its header only.

        One that somebody deleted meanwhile is left out. A server that does not answer properly raises OSError: nothing
        behind the last mail that was taken is passed over, the next round asks again.
        """
        for found in self._uids(uid)[:AT_ONCE]:
            if (raw := self._fetch(found)) is not None:
                yield found, raw

    def _uids(self, uid: int) -> list[int]:
        data = self._ask("SEARCH", "UID", f"{uid + 1}:*")
        # "n:*" always gives the newest mail, even when it is older than n.
        return sorted(int(one) for one in (data[0] or b"").split() if int(one) > uid)

    def _fetch(self, uid: int) -> bytes | None:
        """A mail's bytes; None when it is gone. Raises OSError when the server gives none of a mail that is there."""
        told = b" ".join(one for one in self._ask("FETCH", str(uid), "(RFC822.SIZE)") if isinstance(one, bytes))
        size = re.search(rb"RFC822\.SIZE (\d+)", told)
        part = "BODY.PEEK[HEADER]" if size and int(size[1]) > LARGEST else "BODY.PEEK[]"
        data = self._ask("FETCH", str(uid), f"({part})")
        found = next((bytes(piece[1]) for piece in data if isinstance(piece, tuple)), None)
        if found is None and uid in self._uids(uid - 1):
            raise OSError(f"the server gave nothing of mail {uid}")
        return found

    def _ask(self, command: str, *arguments: str) -> list[Any]:
        """What the server answers to a command by UID. Raises OSError when it refuses."""
        answer, data = self.connection.uid(command, *arguments)
        if answer != "OK":
            raise OSError(f"{command} was answered {answer}: {data!r}"[:200])
        return data

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
        answer, said = connection.select(told["folder"])
        if answer != "OK":  # there is none, or the server is too busy: its own words say which
            raise OSError(f"the folder {told['folder']} cannot be opened: {said!r}"[:200])
        _name, validity = connection.response("UIDVALIDITY")
        yield OpenMailbox(connection, name_of(), int(validity[0]) if validity and validity[0] else 0)
    finally:
        try:
            connection.logout()
        except Problems:
            connection.shutdown()
