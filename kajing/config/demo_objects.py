"""An object of the demo bank's own: VIP events, with two record types, their layouts, and what two managers planned."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import override

from kajing.config.demo_pool import MANAGERS
from kajing.customers.models import Customer
from kajing.lib.periods import SHANGHAI
from kajing.objects.models import ObjectDefinition
from kajing.objects.services import create_record, define_object
from kajing.org.models import Person
from kajing.records.services import define_field, lay_out, tag

CODE = "vip_event"
WRITERS = ["MANAGER", "LEADER", "BRANCH_HEAD", "SERVICE"]
OBJECT: Mapping[str, Any] = {
    "code": CODE, "belongs": "CUSTOMER", "name_zh": "贵宾活动", "name_en": "VIP event", "plural_en": "VIP events",
    "icon": "confetti", "pattern": "GJ-{year}-{seq:4}", "sees": [*WRITERS, "COMPLIANCE", "AUDITOR"],
    "creates": WRITERS, "edits": WRITERS,
}  # fmt: skip
FIELDS: tuple[Mapping[str, Any], ...] = (
    {
        "name": "sort", "type": "CHOICE", "label": "活动类型", "required": True, "is_type": True, "in_list": True,
        "place": 10,
        "options": [["golf", "高尔夫"], ["wine", "品酒会"], ["talk", "财富讲座"]],
    },
    {"name": "held_on", "type": "DAY", "label": "活动日期", "required": True, "in_list": True, "place": 20},
    {"name": "venue", "type": "TEXT", "label": "地点", "in_list": True, "place": 30, "longest": 60},
    {"name": "budget", "type": "MONEY", "label": "预算", "in_list": True, "place": 40, "least": "0"},
    {"name": "host", "type": "PERSON", "label": "主持人", "in_list": True, "place": 50},
    {
        "name": "state", "type": "CHOICE", "label": "进度", "in_list": True, "place": 60,
        "options": [["planned", "筹备中"], ["confirmed", "已确认"], ["held", "已举办"], ["cancelled", "已取消"]],
    },
    {"name": "handicap", "type": "NUMBER", "label": "差点", "place": 70, "least": "0", "most": "54"},
)  # fmt: skip
# Record type → field → section, position, whether it must be filled; None: not on the layout.
LAYOUTS: Mapping[str, Mapping[str, tuple[str, int, bool] | None]] = {
    "golf": {"venue": ("场地", 10, True), "handicap": ("场地", 20, False)},
    "wine": {"venue": ("场地", 10, True), "handicap": None},
    "talk": {"handicap": None, "budget": None, "host": ("讲座", 10, True)},
}
VENUES = {"golf": "佘山高尔夫俱乐部", "wine": "外滩源品酒廊", "talk": "分行财富中心"}
WORDS = {"golf": "秋季高尔夫邀请赛", "wine": "年终品酒会", "talk": "信用卡权益讲座"}
EACH = 15  # records of each manager


@transaction.atomic
def plan_events(*, at: datetime) -> None:
    """The object as the administrator defined it, and the events of two books; done once."""
    if ObjectDefinition.objects.exists():
        return
    people = {one.username: one for one in Person.objects.filter(username__in=("admin1", *MANAGERS))}
    with override("zh-hans"):
        about = _define(people["admin1"], at)
        for name in MANAGERS:
            _plan(people[name], about, at)


def _define(admin: Person, at: datetime) -> ObjectDefinition:
    about = define_object(actor=admin, at=at, **OBJECT)
    for field in FIELDS:
        define_field(actor=admin, kind=about.kind, at=at, **field)
    for sort, fields in LAYOUTS.items():
        rows = [_row(name, place) for name, place in fields.items()]
        lay_out(actor=admin, kind=about.kind, type=sort, role="", rows=rows, at=at)
    return about


def _row(name: str, place: tuple[str, int, bool] | None) -> dict[str, Any]:
    section, number, required = place or ("", 100, False)
    access = "EDIT" if place else "HIDDEN"
    return {"name": name, "access": access, "section": section, "place": number, "required": required}


def _plan(manager: Person, about: ObjectDefinition, at: datetime) -> None:
    """Invitations of the customers of one book, some weeks ago to some weeks ahead."""
    book = Customer.objects.filter(manager=manager, status=Customer.Status.ACTIVE).order_by("pk")
    today = at.astimezone(SHANGHAI).date()
    for number, pk in enumerate(book.values_list("pk", flat=True)[:: max(1, book.count() // EACH)][:EACH]):
        sort = ("golf", "wine", "talk")[number % 3]
        day = today + timedelta(days=(number - 6) * 5)
        past = "cancelled" if number % 7 == 5 else "held"
        values: dict[str, Any] = {
            "sort": sort, "held_on": day.isoformat(), "venue": VENUES[sort], "host": manager.person_no,
            "state": past if day < today else ("planned", "confirmed")[number % 2],
        }  # fmt: skip
        if sort != "talk":
            values["budget"] = str(1_500 + number * 260)
        if sort == "golf":
            values["handicap"] = str(12 + number)
        made = create_record(
            actor=manager,
            about=about,
            title=WORDS[sort],
            customer_id=pk,
            values=values,
            at=at - timedelta(days=20 - number),
        )
        if number % 5 == 0:
            tag(actor=manager, kind=about.kind, ids=[str(made.pk)], name="重点维护", at=at)
