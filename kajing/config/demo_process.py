"""How the demo bank shaped its process: own fields, tags, audiences, rules, and a request that waits for a leader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import override

from kajing.audit.selectors import today_for
from kajing.config.demo_pool import MANAGERS
from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import Audience, Customer
from kajing.customers.services import request_pool_raise
from kajing.customers.services.audiences import define_audience
from kajing.org.models import Person
from kajing.records.models import FieldDefinition
from kajing.records.services import define_field, set_values, tag
from kajing.workflow.models import RuleVersion
from kajing.workflow.services.rules import draft_rule, new_rule, publish, start_shadow, try_out

FIELDS: tuple[Mapping[str, Any], ...] = (
    {
        "kind": "customer", "name": "call_window", "type": "CHOICE", "label": "方便接听时段", "section": "联系偏好",
        "options": [["am", "上午"], ["noon", "午间"], ["pm", "下午"]], "in_list": True,
        "hint": "客户自己说过的时段；触达闸门的时间规定仍然优先。",
    },
    {
        "kind": "customer", "name": "assets", "type": "MONEY", "label": "行内资产", "section": "价值", "in_list": True,
        "least": "0", "access": {"SERVICE": "HIDDEN"},
    },
    {
        "kind": "customer", "name": "interests", "type": "MULTI", "label": "兴趣", "section": "联系偏好",
        "options": [["travel", "旅行"], ["food", "美食"], ["sport", "运动"], ["family", "亲子"]],
    },
    {
        "kind": "task", "name": "topic", "type": "CHOICE", "label": "谈话主题", "section": "", "in_list": True,
        "options": [["fee", "年费"], ["instalment", "分期"], ["reward", "权益"], ["repay", "还款"]],
    },
)  # fmt: skip
TAGS = {"重点维护": 5, "企业主": 11, "常旅客": 8}  # every so many customers of a book
AUDIENCES = {
    "用满额度、还款正常": "utilisation > 85 and dpd = 0",
    "90 天内将沉睡": "sleeping before +90d",
    "沉默一月以上": "last_purchase before -30d and unassigned = no",
}
RULES: tuple[Mapping[str, Any], ...] = (
    {
        "code": "promise-follow", "name": "承诺还款后第三天回访", "live": True,
        "trigger": {"kind": "act", "action": "workflow.done", "field": "outcome", "to": "PROMISED"}, "condition": "",
        "actions": [
            {"kind": "task", "title": "核对承诺的还款是否到账", "task": "follow_up", "owner": "manager", "days": 3,
             "must_do": True},
        ],
    },
    {
        "code": "high-use-monday", "name": "每周一提示用满额度的客户", "live": False,
        "trigger": {"kind": "schedule", "weekdays": [1], "month_days": [], "times": [], "off": "SKIP"},
        "condition": "utilisation > 95 and dpd = 0",
        "actions": [{"kind": "notify", "text": "额度使用率超过 95%，可核对资金用途", "to": "manager"}],
    },
)  # fmt: skip
WHY_EARLY = "演示环境，不等试运行满七天"
WHY_MORE = "负责网点合并过来的客户，需要多跟进一批"


@transaction.atomic
def shape_process(*, at: datetime) -> None:
    """What administrators and managers made before the first morning; done once."""
    if FieldDefinition.objects.exists():
        return
    people = {one.username: one for one in Person.objects.filter(username__in=("admin1", "compliance1", *MANAGERS))}
    with override("zh-hans"):
        for field in FIELDS:
            define_field(actor=people["admin1"], at=at, **field)
        for name in MANAGERS:
            _book(people[name], at)
        _ask_for_more(people[MANAGERS[0]], at)
        for rule in RULES:
            _rule(rule, people["admin1"], people["compliance1"], at)


def _book(manager: Person, at: datetime) -> None:
    """Values, tags and audiences of a manager's customers."""
    ids = list(
        Customer.objects.filter(manager=manager, status=Customer.Status.ACTIVE)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    for number, pk in enumerate(ids[::4]):
        values = {
            "call_window": ("am", "noon", "pm")[number % 3],
            "assets": str(20_000 + number * 7_300),
            "interests": ("travel", "food", "sport", "family")[number % 4 : number % 4 + 2],
        }
        set_values(actor=manager, kind="customer", object_id=pk, values=values, at=at)
    for name, step in TAGS.items():
        tag(actor=manager, kind="customer", ids=ids[::step], name=name, at=at)
    if not Audience.objects.filter(owner_no=manager.person_no).exists():
        for name, where in AUDIENCES.items():
            define_audience(actor=manager, spec=CUSTOMERS, name=name, where=where, today=today_for(manager), at=at)


def _ask_for_more(manager: Person, at: datetime) -> None:
    day = today_for(manager)
    request_pool_raise(actor=manager, most=240, until=day + timedelta(days=30), reason=WHY_MORE, on=day, at=at)


def _rule(about: Mapping[str, Any], author: Person, publisher: Person, at: datetime) -> RuleVersion:
    """A rule tested on 90 days; the first one at work, the second in its days of shadow."""
    actions: Sequence[Mapping[str, Any]] = about["actions"]
    rule = new_rule(actor=author, code=about["code"], name=about["name"], at=at)
    version = draft_rule(
        actor=author, rule=rule, trigger=about["trigger"], condition=about["condition"], actions=actions, at=at
    )
    version = start_shadow(
        actor=author, version=try_out(actor=author, version=version, today=today_for(author), at=at), at=at
    )
    return publish(actor=publisher, version=version, at=at, reason=WHY_EARLY) if about["live"] else version
