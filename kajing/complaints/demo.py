"""Complaints of the demo bank over its last months: most ended, two near the deadline, one overdue, one extended.

All by the services people use, so that audit, timeline, holds and approvals know of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import override

from kajing.complaints import selectors, services
from kajing.complaints.models import Complaint
from kajing.customers.models import Customer
from kajing.customers.selectors import customers
from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person
from kajing.workflow.models import ApprovalRequest
from kajing.workflow.services.approvals import approve

COUNT = 40
ENDED = 28  # of them; the newest twelve are open or just answered


@dataclass(frozen=True)
class Story:
    """What such a complaint is about, and how it ends."""

    business: str
    channel: str
    source: str
    said: str
    wanted: str
    answer: str
    cause: str
    fault: str
    paid: int  # fen


STORIES = (
    Story("B21", "A13", "PHONE", "办卡时称终身免年费，今年账户被扣年费", "退还年费并说明规则",
          "经核实，办卡时未说明免年费须刷满 6 次，现退还年费", "C05", "PART", 200_00),
    Story("B23", "A16", "WECOM", "连续三天收到分期营销短信，已回复退订仍收到", "停止营销短信",
          "经核实，退订名单次日生效，期间仍发出两条，已加入拒绝名单", "C04", "FULL", 0),
    Story("B41", "A14", "WEB", "仅差 12 元未还清，却按全额计收利息", "减免利息",
          "经核实，按合同约定计息；考虑到首次发生，减免本期利息", "C08", "NONE", 86_40),
    Story("B51", "A13", "PHONE", "未同意办理账单分期，账单显示已分 12 期", "取消分期并退手续费",
          "经核实，电话录音中客户未明确同意，已取消分期并退费", "C07", "FULL", 360_00),
    Story("B61", "A14", "BRANCH", "额度被下调，没有收到任何通知", "恢复额度或说明原因",
          "经核实，短信因号码停机未送达，已补发书面通知", "C05", "PART", 0),
    Story("B22", "A11", "BRANCH", "开卡礼满足条件两个月仍未寄出", "补寄礼品",
          "经核实，供应商缺货，已改发等值积分并致歉", "C03", "FULL", 0),
    Story("B71", "A18", "PHONE", "凌晨有两笔境外消费，卡片一直在身边", "调单并退回款项",
          "经调单，确认为非本人交易，已退回款项并换卡", "C09", "NONE", 1_280_00),
    Story("B82", "A13", "LETTER", "晚上十点后仍接到催收电话", "停止夜间催收",
          "经核实，外包坐席违反时段要求，已停用该坐席并致歉", "C11", "FULL", 0),
    Story("B110", "A13", "PHONE", "客服热线等待超过二十分钟", "改善等待时间",
          "经核实，当日系统升级造成排队，已致歉", "C01", "PART", 0),
    Story("B53", "A14", "WEB", "分期页面没有看到年化利率", "说明实际成本",
          "经核实，旧版页面折叠了年化利率，已修正并说明成本", "C05", "FULL", 0),
)  # fmt: skip
NOTICE = "您的投诉情况较复杂，需向收单机构调取交易凭证，最迟答复日延长，届时将以电话告知您处理结果。"


@transaction.atomic
def file_complaints(*, at: datetime) -> None:
    """Register and handle them day by day; done once."""
    agent = Person.objects.filter(username="service1").select_related("unit").first()
    if agent is None or Complaint.objects.exists():
        return
    with override("zh-hans"):
        for number, about in enumerate(_customers(agent)):
            if number < ENDED:
                _ended(agent, about, number, at)
            else:
                _open(agent, about, number - ENDED, at)


def _customers(agent: Person) -> Sequence[Customer]:
    """Of the books one can sign in as, and of some others."""
    found = customers(agent).filter(status=Customer.Status.ACTIVE).exclude(manager=None).order_by("pk")
    rows = found.select_related("unit", "manager__unit")
    own = [*rows.filter(manager__username="manager1")[40:56], *rows.filter(manager__username="manager2")[40:48]]
    others = rows.exclude(manager__username__in=("manager1", "manager2"))[::97]
    return [*own[:8], *others[:20], *own[8:]][:COUNT]


def _register(agent: Person, about: Customer, number: int, came: datetime, **more: object) -> Complaint:
    story = STORIES[number % len(STORIES)]
    against = about.manager if story.business == "B21" else None
    given: dict[str, Any] = {
        "kind": "QUERY" if number % 9 == 8 else "COMPLAINT", "business": story.business, "channel": story.channel,
        "source": story.source, "description": story.said, "demand": story.wanted, "received_at": came,
        "incident_on": (came - timedelta(days=2)).date(), "against": against, **more,
    }  # fmt: skip
    return services.register(actor=agent, customer=about, at=came, despite=True, **given)


def _ended(agent: Person, about: Customer, number: int, at: datetime) -> None:
    """One of the last four months, answered within two weeks but for a few."""
    came = _hour(at - timedelta(days=122 - number * 3 - number // 4), number)
    story, made = STORIES[number % len(STORIES)], _register(agent, about, number, came)
    next_day = came + timedelta(days=1)
    if number % 13 == 6:
        services.withdraw(actor=agent, complaint=made, reason="客户来电，问题已由经理当面解决，撤回投诉", at=next_day)
        return
    if number == 11:
        reason = "非持卡人本人且无授权，已告知须本人或书面授权"
        services.refuse(actor=agent, complaint=made, ground="NOT_PARTY", reason=reason, at=next_day)
        return
    services.accept(actor=agent, complaint=made, at=next_day)
    told_at = came + timedelta(days=17 if number in {9, 17} else 4 + number % 9)
    services.answer(actor=agent, complaint=made, text=story.answer, way="PHONE", at=told_at)
    services.close(
        actor=agent, complaint=made, cause=story.cause, fault=story.fault, redress=story.answer,
        compensation=story.paid, at=told_at + timedelta(days=1),
    )  # fmt: skip


# Days ago, and how far it has come.
OPEN = (
    (18, "HANDLING"), (14, "HANDLING"), (13, "ACCEPTED"), (20, "EXTENDED"), (9, "HANDLING"), (7, "ANSWERED"),
    (6, "HANDLING"), (5, "REGULATOR"), (3, "ACCEPTED"), (2, "REGISTERED"), (1, "REGISTERED"), (1, "REGISTERED"),
)  # fmt: skip


def _open(agent: Person, about: Customer, place: int, at: datetime) -> None:
    ago, state = OPEN[place]
    came = _hour(at - timedelta(days=ago), place)
    more = (
        {"source": "REGULATOR", "regulator_ref": "12378-2026-00731", "escalated": True} if state == "REGULATOR" else {}
    )
    made = _register(agent, about, place + 3, came, **more)
    if state == "REGISTERED":
        return
    services.accept(actor=agent, complaint=made, at=came + timedelta(hours=3))
    if state in {"HANDLING", "EXTENDED"}:
        handler = _handler(agent, made) if state == "HANDLING" else agent
        services.assign(actor=agent, complaint=made, handler=handler, at=came + timedelta(hours=4))
    if state == "EXTENDED":
        _extend(agent, made, came + timedelta(days=11))
    if state == "ANSWERED":
        text = STORIES[(place + 3) % len(STORIES)].answer
        services.answer(actor=agent, complaint=made, text=text, way="PHONE", at=came + timedelta(days=5))


def _handler(agent: Person, made: Complaint) -> Person:
    """Leaders handle what lies with the teams, where they have no interest in it; else the agent."""
    found = Person.objects.filter(role="BRANCH_HEAD", is_active=True).select_related("unit").order_by("pk").first()
    may = found is not None and selectors.complaints(found).filter(pk=made.pk).exists()
    return found if found is not None and may and made.pk % 2 else agent


def _extend(agent: Person, made: Complaint, at: datetime) -> None:
    extension = services.extend(
        actor=agent, complaint=made, reason="需向收单机构调单，十五日内无法查清", notice=NOTICE, at=at
    )
    request = ApprovalRequest.objects.get(act="complaints.extend", object_id=str(made.pk))
    seat = request.stages.get(state="OPEN").seats.select_related("person").first()
    if seat is None:
        return
    approve(actor=seat.person, request=request, at=at + timedelta(hours=5), reason="情况属实，同意延期并告知投诉人")
    extension.refresh_from_db()
    services.tell_complainant(actor=agent, extension=extension, way="SMS", at=at + timedelta(hours=6))


def _hour(moment: datetime, number: int) -> datetime:
    """Some minute of an office day."""
    return moment.astimezone(SHANGHAI).replace(hour=9 + number % 7, minute=number * 7 % 60, second=0, microsecond=0)
