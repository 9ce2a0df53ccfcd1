"""Templates and messages of the demo bank: written, approved and sent by its people through the same services."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from kajing.contact.drafts import Draft, draft_of
from kajing.contact.models import MessageTemplate, TemplateVersion
from kajing.contact.services import messages, wordings
from kajing.customers.selectors import customers
from kajing.lib.errors import DomainError
from kajing.org.models import Person

# name, kind, channel, purpose, subject, text
TEXTS: tuple[tuple[str, str, str, str, str, str], ...] = (
    (
        "账单已出", "NOTICE", "SMS", "SERVICE", "",
        ("{customer.title}您好，您尾号{card.last4}的信用卡账单已出，本期最低还款额{account.minimum_due}，"
        "到期还款日{account.due_on}。客服{bank.phone}。{bank.name}"),
    ),
    (
        "卡片到期换卡", "NOTICE", "SMS", "SERVICE", "",
        ("{customer.title}您好，您尾号{card.last4}的{card.product}将于{card.expires}到期，"
        "新卡会寄往预留地址，请留意查收。{bank.name}"),
    ),
    ("生日问候", "CARE", "WECOM", "CARE", "", "{customer.title}，祝您生日快乐，平安顺遂！您的客户经理{manager.name}"),
    (
        "资料收到", "REPLY", "EMAIL", "SERVICE", "您提交的资料已收到",
        ("{customer.title}您好：\n\n您提交的资料我们已收到，经办人{manager.name}（工号{manager.number}）"
        "会在三个工作日内与您联系。\n\n{bank.name} {bank.phone}"),
    ),
    (
        "分期活动", "OFFER", "SMS", "MARKETING", "",
        "{customer.title}您好，您名下{card.product}可申请账单分期，费率与年化利率以掌上银行页面公示为准。{bank.name}",
    ),
    (
        "还款提醒", "REMINDER", "SMS", "COLLECTION", "",
        ("{customer.title}您好，您尾号{card.last4}的信用卡有{account.overdue}已过还款日，请尽快还款；"
        "如有困难请致电{bank.phone}协商。{bank.name}"),
    ),
)  # fmt: skip
DRAFT = ("新春问候", "CARE", "WECOM", "CARE", "", "{customer.title}，新春快乐，阖家幸福！{manager.name}")
REVIEW = "XB-2026-001"
SENT_BY_EACH = 6  # messages of each manager that are on their way when the demo begins


def write_letters(*, at: datetime) -> int:
    """Write, approve and send; returns how many messages are on their way. Done once: later runs change nothing."""
    if MessageTemplate.objects.exists():
        return 0
    people = {one.username: one for one in Person.objects.filter(username__in=["manager1", "manager2", "leader1"])}
    author, approver = people["manager1"], people["leader1"]
    versions = [_approved(author, approver, text, at) for text in TEXTS]
    wordings.ask_approval(actor=author, version=_draft(author, DRAFT, at), at=at)
    return sum(_send(people[name], versions, at) for name in ("manager1", "manager2"))


def _draft(author: Person, text: tuple[str, ...], at: datetime) -> TemplateVersion:
    name, kind, channel, purpose, subject, body = text
    fields: dict[str, Any] = {"valid_from": date(at.year, 1, 1), "valid_to": None, "review_id": REVIEW}
    return wordings.write_template(
        actor=author, name=name, kind=kind, channel=channel, purpose=purpose, language="zh-hans", subject=subject,
        body=body, at=at, **fields,
    )  # fmt: skip


def _approved(author: Person, approver: Person, text: tuple[str, ...], at: datetime) -> TemplateVersion:
    asked = wordings.ask_approval(actor=author, version=_draft(author, text, at), at=at)
    return wordings.decide(actor=approver, version=asked, approve=True, note="", at=at)


def _send(manager: Person, versions: list[TemplateVersion], at: datetime) -> int:
    """Service messages to the first customers of a book; one the gate or a missing value forbids is left out."""
    own = Draft(channel="SMS", purpose="SERVICE", text="您咨询的年费减免规则已发到掌上银行，请查收。")
    drafts = [draft_of(one) for one in versions if one.template.purpose == "SERVICE"] + [own]
    sent = 0
    for number, one in enumerate(customers(manager).filter(manager=manager).order_by("pk")[: SENT_BY_EACH * 2]):
        if sent == SENT_BY_EACH:
            break
        try:
            messages.send_message(actor=manager, customer=one, draft=drafts[number % len(drafts)], at=at)
        except DomainError:
            continue
        sent += 1
    return sent
