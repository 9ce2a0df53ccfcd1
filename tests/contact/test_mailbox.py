"""A mailbox whose server is busy: no letter is passed over, none is made up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from kajing.contact import jobs, mailbox
from kajing.contact.mailbox import OpenMailbox
from kajing.contact.models import Mailbox, StrayMessage
from kajing.queue.worker import Worker

LETTER = b"From: who@knows.example\r\nSubject: %d\r\nMessage-ID: <%d@knows.example>\r\n\r\ntext\r\n"
Answer = tuple[str, list[Any]]


class Server:
    """An IMAP server of three letters; `instead` answers a command in its place while it says something."""

    def __init__(self, instead: Callable[..., Answer | None] = lambda *command: None) -> None:
        self.instead, self.letters = instead, {1, 2, 3}

    def uid(self, command: str, *arguments: str) -> Answer:
        if (told := self.instead(command, *arguments)) is not None:
            return told
        if command == "SEARCH":
            first = int(arguments[1].split(":")[0])
            return "OK", [" ".join(str(one) for one in sorted(self.letters) if one >= first).encode()]
        number = int(arguments[0])
        if command == "FETCH" and number in self.letters:
            if "SIZE" in arguments[1]:
                return "OK", [b"9 (FLAGS (\\Seen))", b"%d (UID %d RFC822.SIZE 90)" % (number, number)]
            return "OK", [(b"%d (UID %d BODY[] {90}" % (number, number), LETTER % (number, number)), b")"]
        return "OK", [None]

    def login(self, user: str, password: str) -> None:
        """Anybody."""

    def select(self, folder: str) -> Answer:
        return "OK", [b"3"]

    def response(self, code: str) -> Answer:
        return code, [b"7"]

    def logout(self) -> None:
        """Bye."""


def numbers(server: Any, after: int = 0) -> list[int]:
    return [uid for uid, _raw in OpenMailbox(server, "box", 7).newer_than(after)]


def test_mails_after_a_position_one_that_is_gone_left_out() -> None:
    assert (numbers(Server()), numbers(Server(), 2)) == ([1, 2, 3], [3])
    server = Server()
    found = OpenMailbox(server, "box", 7).newer_than(0)  # type: ignore[arg-type]
    assert next(found)[0] == 1
    server.letters.discard(2)  # somebody deletes it while the letters are being read
    assert [uid for uid, _raw in found] == [3]


@pytest.mark.parametrize("answer", [("NO", [b"[UNAVAILABLE] busy"]), ("BAD", [None])])
@pytest.mark.parametrize("refused", ["SEARCH", "RFC822.SIZE", "BODY.PEEK"])
def test_a_refusal_is_not_taken_for_an_empty_mailbox_or_letter(refused: str, answer: Answer) -> None:
    server = Server(lambda *command: answer if refused in " ".join(command) else None)
    with pytest.raises(OSError):
        numbers(server)


@pytest.mark.django_db(transaction=True)
def test_a_letter_the_server_gave_nothing_of_comes_with_the_next_round(settings: Any, monkeypatch: Any) -> None:
    settings.KAJING_IMAP = {"host": "imap", "port": 1, "user": "u", "password": "p", "tls": False, "folder": "INBOX"}
    busy = [True]

    def nothing_of_two(command: str, *arguments: str) -> Answer | None:
        return ("OK", [b"2 (FLAGS ())"]) if busy[0] and (command, arguments[0]) == ("FETCH", "2") else None

    monkeypatch.setattr(mailbox.imaplib, "IMAP4", type("IMAP4", (), {"__new__": lambda *_a, **_k: Server(nothing_of_two),
                                                                     "error": OSError}))  # fmt: skip
    for still, taken, uid in ((True, 1, 1), (True, 1, 1), (False, 3, 3)):
        busy[0] = still
        jobs.look_for_mail(timezone.now())
        Worker().work_until_empty()
        assert (StrayMessage.objects.count(), Mailbox.objects.get().last_uid) == (taken, uid)
        assert bool(Mailbox.objects.get().problem) is still
