"""What people of the demo bank did before its first morning: licences, consents, calls and visits.

Only the books of the two account managers one can sign in as, and by the services people use, so that audit, timeline
and gate know all of it; a hundred and some acts, under two seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from random import Random

from django.db import transaction
from django.utils.translation import override

from kajing.contact.choices import Outcome, Purpose
from kajing.contact.models import Interaction
from kajing.contact.services import ContactRefused, choose_next_step, log_contact, plan_contact
from kajing.customers.models import Customer
from kajing.customers.services import record_consent, withdraw_consent
from kajing.lib.periods import SHANGHAI
from kajing.org.models import Licence, Person
from kajing.org.services import grant_licence
from kajing.reference.selectors import is_workday

SEED = 2026
MANAGERS = ("manager1", "manager2")
ASKED = 34  # customers of a book who were asked for consent
CALLED = 12  # of them called in the last weeks
SELLING = ("T01", "T03", "T07")
LAPSED = 6  # one person in so many let the licence for the phone run out
_CALLS = (
    (Purpose.CARE, Outcome.REACHED, "最近出差多，问了境外手续费，已说明", "none"),
    (Purpose.MARKETING, Outcome.REACHED, "对账单分期有兴趣，请发年化利率说明", "call_7"),
    (Purpose.SERVICE, Outcome.REACHED, "协助开通自动还款", "none"),
    (Purpose.MARKETING, Outcome.NO_ANSWER, "", "none"),
    (Purpose.CARE, Outcome.LATER, "开会，约下周上午", "call_7"),
    (Purpose.MARKETING, Outcome.REFUSED, "暂时不需要分期", "none"),
)
_VISITS = (
    (time(14, 30), "送达自动还款签约材料", "客户单位前台", "浦东新区"),
    (time(10, 0), "协助激活附属卡", "世纪大道 100 号 3 楼", "浦东新区"),
    (time(16, 0), "核对账单争议材料", "客户店铺", "徐汇区"),
)


@transaction.atomic
def make_past(*, at: datetime) -> None:
    """Licences for who sells and collects, then consents and contacts; done once."""
    if Licence.objects.exists() or Interaction.objects.exists():
        return
    _licences(at)
    chance = Random(SEED)  # noqa: S311  a demo's chance need not be a secret
    with override("zh-hans"):
        for manager in Person.objects.filter(username__in=MANAGERS).order_by("pk"):
            _book(manager, chance, at)


def _licences(at: datetime) -> None:
    day = at.astimezone(SHANGHAI).date()
    codes = {"MANAGER": SELLING, "LEADER": SELLING, "RISK": ("T09",)}
    for number, person in enumerate(Person.objects.filter(role__in=codes, is_active=True).order_by("pk")):
        for code in codes[person.role]:
            over = code == "T07" and number % LAPSED == 1 and person.username not in MANAGERS
            grant_licence(
                person=person, code=code, granted_on=day - timedelta(days=200),
                last_day=day + timedelta(days=-10 if over else 165), source="在线考试", actor="system", at=at,
            )  # fmt: skip


def _book(manager: Person, chance: Random, at: datetime) -> None:
    rows = list(Customer.objects.filter(manager=manager, status="ACTIVE").order_by("pk").select_related("unit"))
    asked = chance.sample(rows, min(ASKED, len(rows)))
    for number, about in enumerate(asked):
        when = at - timedelta(days=chance.randint(60, 400))
        record_consent(
            actor=manager, customer=about, purpose="MARKETING", channel="ANY" if number % 3 else "PHONE",
            text_version="个人信息使用授权书 2025-02", at=when, source="branch",
        )  # fmt: skip
        if number % 9 == 8:
            withdraw_consent(
                actor=manager, customer=about, purpose="MARKETING", channel="ANY", at=when + timedelta(days=30),
                reason="客户来电要求", source="phone",
            )  # fmt: skip
    _contacts(manager, asked[:CALLED], at)


def _contacts(manager: Person, chosen: list[Customer], at: datetime) -> None:
    days = _workdays_before(at)
    for number, about in enumerate(chosen):
        purpose, outcome, note, step = _CALLS[number % len(_CALLS)]
        began_at = datetime.combine(next(days), time(10, 5 + number * 4), SHANGHAI)
        made = log_contact(
            actor=manager, customer=about, channel="VISIT" if number % 5 == 4 else "PHONE", purpose=purpose,
            outcome=outcome, began_at=began_at, ended_at=began_at + timedelta(minutes=2 + number % 7), note=note, at=at,
        )  # fmt: skip
        with suppress(ContactRefused):  # a customer nobody may call again gets no task
            choose_next_step(actor=manager, contact=made, step=step, at=at)
    for about, visit in zip(reversed(chosen), _VISITS, strict=False):
        _visit(manager, about, at, *visit)


def _visit(manager: Person, about: Customer, at: datetime, when: time, subject: str, place: str, district: str) -> None:
    day = at.astimezone(SHANGHAI).date() + timedelta(days=1)
    while not is_workday(day):
        day += timedelta(days=1)
    with suppress(ContactRefused):  # a customer nobody may visit makes no plan
        plan_contact(
            actor=manager, customer=about, channel="VISIT", purpose="SERVICE", at=at,
            planned_at=datetime.combine(day, when, SHANGHAI), subject=subject, place=place, district=district,
        )  # fmt: skip


def _workdays_before(at: datetime) -> Iterator[date]:
    """Workdays from yesterday back, within the month a contact may be entered."""
    day = at.astimezone(SHANGHAI).date()
    while True:
        day -= timedelta(days=1)
        if is_workday(day):
            yield day
