"""Reading a mail: who wrote it, what it answers, what it says, and whether it is a bounce.

Plain functions of bytes. Nothing a sender writes is trusted: texts are cut, control characters dropped, HTML reduced to
its words, and the sender's address is a claim, not a proof.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses, parseaddr
from html.parser import HTMLParser
from typing import Any

LONGEST_TEXT = 20_000
_ID = re.compile(r"<[^<>\s]{3,240}>")
_STATUS = re.compile(r"\b([245])\.\d{1,3}\.\d{1,3}\b")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class File:
    """An attachment as it came."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Bounce:
    """What a delivery report says: `lasting` when the address will never take mail."""

    answers: list[str]
    recipient: str
    status: str

    @property
    def lasting(self) -> bool:
        """Status 5.x.x."""
        return self.status.startswith("5")


@dataclass(frozen=True)
class Mail:
    """One mail. `key` is equal for the same mail read twice."""

    key: str
    mail_id: str
    sender: str
    to: list[str]
    subject: str
    text: str
    answers: list[str] = field(default_factory=list)  # message ids, the nearest first
    automatic: bool = False  # out of office and the like
    bounce: Bounce | None = None
    files: list[File] = field(default_factory=list)


def read_mail(raw: bytes) -> Mail:
    """The mail in these bytes; what cannot be read stays empty, never raises."""
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    mail_id = next(iter(_ID.findall(_head(mail, "Message-ID"))), "")
    return Mail(
        key=hashlib.sha256(mail_id.encode() if mail_id else raw).hexdigest(),
        mail_id=mail_id[:250],
        sender=parseaddr(_head(mail, "From"))[1][:200],
        to=[address for _name, address in getaddresses([_head(mail, name) for name in _TO]) if address],
        subject=_clean(_head(mail, "Subject"))[:200],
        text=_text(mail),
        answers=[*_ID.findall(_head(mail, "In-Reply-To")), *reversed(_ID.findall(_head(mail, "References")))],
        automatic=_head(mail, "Auto-Submitted").lower() not in {"", "no"},
        bounce=_bounce(mail),
        files=list(_files(mail)),
    )


_TO = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")


def _head(mail: Any, name: str) -> str:
    try:
        return _UNSEEN.sub("", " ".join(str(value) for value in mail.get_all(name) or ()))
    except (MessageError, ValueError, IndexError, AttributeError):  # the parser's own faults on broken headers
        return ""


def _text(mail: EmailMessage) -> str:
    part = _quiet(lambda: mail.get_body(("plain", "html")))
    if part is None:
        return ""
    content = _content(part)
    if part.get_content_type() == "text/html":
        content = words_of(content)
    return _clean(content)[:LONGEST_TEXT]


def _content(part: EmailMessage) -> str:
    """The text of a part; an unknown or wrong charset is read as what mails from China most often are."""
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    for charset in (part.get_content_charset() or "utf-8", "utf-8", "gb18030"):
        try:
            return raw.decode(charset)
        except (LookupError, UnicodeDecodeError):
            continue
    return raw.decode("utf-8", errors="replace")


def _clean(text: str) -> str:
    return _UNSEEN.sub("", text.replace("\r\n", "\n")).strip()


def _quiet(read: object) -> EmailMessage | None:
    try:
        found = read()  # type: ignore[operator]
    except (MessageError, ValueError, KeyError, AttributeError):
        return None
    return found if isinstance(found, EmailMessage) else None


def _files(mail: EmailMessage) -> Iterator[File]:
    try:
        parts = list(mail.iter_attachments())
    except (MessageError, ValueError, AttributeError, TypeError):
        return
    for part in parts:
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            name = _clean(part.get_filename() or "").replace("/", "_").replace("\\", "_")
            yield File(name[-200:] or "file", content)


def _bounce(mail: EmailMessage) -> Bounce | None:
    if mail.get_content_type() != "multipart/report":
        return None
    answers: list[str] = []
    told = ""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            told += "\n".join(str(block) for block in part.get_payload())
        elif kind in {"message/rfc822", "text/rfc822-headers"}:
            answers += _ID.findall(_original_id(part))
    status = re.search(r"(?im)^Status:\s*([245]\.\d{1,3}\.\d{1,3})", told) or _STATUS.search(told)
    recipient = re.search(r"(?im)^Final-Recipient:[^;\n]*;\s*(\S+)", told)
    return Bounce(answers, recipient[1].strip("<>") if recipient else "", status[1] if status else "")


def _original_id(part: EmailMessage) -> str:
    """The Message-ID of the mail that came back."""
    inner = part.get_payload()
    if isinstance(inner, list) and inner:
        return _head(inner[0], "Message-ID")
    text = inner if isinstance(inner, str) else ""
    found = re.search(r"(?im)^Message-ID:\s*(<[^>\s]+>)", text)
    return found[1] if found else ""


class _Words(HTMLParser):
    """Keeps what a reader would see."""

    _BREAKS = frozenset({"br", "p", "div", "tr", "li", "blockquote", "h1", "h2", "h3"})
    _UNSEEN = frozenset({"script", "style", "head", "title"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in self._UNSEEN
        if tag in self._BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in self._UNSEEN and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def words_of(html: str) -> str:
    """The words of an HTML text, line by line."""
    reader = _Words()
    reader.feed(html[: LONGEST_TEXT * 10])
    lines = (line.strip() for line in "".join(reader.parts).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
