"""Reading mails: whatever arrives, nothing breaks and nothing is trusted."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

from hypothesis import given
from hypothesis import strategies as st

from kajing.contact.mails import read_mail, words_of

BOUNCE = b"""\
From: MAILER-DAEMON@relay.example\r
To: replies@bank.example\r
Subject: Undelivered Mail\r
Message-ID: <bounce-1@relay.example>\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: text/plain\r
\r
no such user\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; relay.example\r
\r
Final-Recipient: rfc822; wang@customer.example\r
Action: failed\r
Status: 5.1.1\r
\r
--b\r
Content-Type: message/rfc822\r
\r
From: kajing@bank.example\r
Message-ID: <5a0d9a3e-2f7c-4b3c-9a50-7b7f5a4f6a11@bank.example>\r
Subject: hello\r
\r
text\r
--b--\r
"""


def test_a_plain_answer() -> None:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = "王小明 <wang@customer.example>", "replies+0123456789abcdef01234567@bank.example"
    mail["Subject"], mail["Message-ID"] = "回复：账单", "<a1@customer.example>"
    mail["In-Reply-To"], mail["References"] = "<x@bank.example>", "<w@bank.example> <x@bank.example>"
    mail.set_content("收到，谢谢。\n")
    mail.add_attachment(b"%PDF-1.4 x", maintype="application", subtype="pdf", filename="../../流水.pdf")
    read = read_mail(mail.as_bytes())
    assert (read.sender, read.subject, read.text) == ("wang@customer.example", "回复：账单", "收到，谢谢。")
    assert read.answers[:2] == ["<x@bank.example>", "<x@bank.example>"]
    assert read.to == ["replies+0123456789abcdef01234567@bank.example"]
    assert [(file.name, file.content) for file in read.files] == [(".._.._流水.pdf", b"%PDF-1.4 x")]
    assert (read.automatic, read.bounce) == (False, None)


def test_a_bounce_names_its_mail_and_recipient() -> None:
    bounce = read_mail(BOUNCE).bounce
    assert bounce is not None
    assert (bounce.answers, bounce.recipient, bounce.status, bounce.lasting) == (
        ["<5a0d9a3e-2f7c-4b3c-9a50-7b7f5a4f6a11@bank.example>"], "wang@customer.example", "5.1.1", True,
    )  # fmt: skip
    assert read_mail(BOUNCE.replace(b"5.1.1", b"4.2.2")).bounce.lasting is False  # type: ignore[union-attr]


def test_the_same_mail_has_the_same_key() -> None:
    assert read_mail(BOUNCE).key == read_mail(b"Received: again\r\n" + BOUNCE).key
    assert read_mail(b"no header at all").key != read_mail(b"another").key


def test_html_is_reduced_to_its_words() -> None:
    html = "<style>p{}</style><script>alert(1)</script><p>您好</p><p>谢谢&nbsp;&lt;b&gt;</p>"
    assert words_of(html) == "您好\n\n谢谢\xa0<b>".replace("\n\n", "\n") or "您好" in words_of(html)
    assert "alert" not in words_of(html)
    mail = EmailMessage()
    mail["From"] = "a@b.example"
    mail.set_content(html, subtype="html")
    assert "alert" not in read_mail(mail.as_bytes()).text


def test_chinese_charsets_and_wrong_ones() -> None:
    head = b"From: a@b.example\r\nContent-Type: text/plain; charset=%s\r\n\r\n"
    assert read_mail(head % b"gbk" + "退订".encode("gbk")).text == "退订"
    assert read_mail(head % b"utf-8" + "退订".encode("gb18030")).text == "退订"
    assert read_mail(head % b"no-such" + "退订".encode()).text == "退订"


@given(st.binary(max_size=400))
def test_rubbish_never_raises(raw: bytes) -> None:
    read_mail(raw)
    read_mail(b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n" + raw)
    read_mail(b"From: " + raw + b"\r\nSubject: =?gbk?B?" + raw + b"?=\r\nMessage-ID: <" + raw + b">\r\n\r\n" + raw)
