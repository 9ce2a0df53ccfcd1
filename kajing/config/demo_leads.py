"""Leads of the demo bank: some 120 over all stages in the teams of the managers one can sign in as.

The bank's own gate asks 三亲见 before an application goes in: the person seen, the original of the ID document seen,
the signature seen, and a photo. It is written by the administrator and put in force by compliance, as in a bank.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from django.db import transaction
from django.utils.translation import override

from kajing.audit.selectors import business_today
from kajing.customers.models import Card, Customer
from kajing.org.models import Person, Role
from kajing.products.models import Product
from kajing.records.services import define_field, set_values, tag
from kajing.sales.models import Lead, LeadActivity, LeadOwnership
from kajing.sales.services.leads import Facts, lose, run_night
from kajing.sales.services.leads.moving import enter
from kajing.sales.services.leads.registering import create
from kajing.sales.stages import BY_HAND
from kajing.workflow.services.gates import draft_gate, publish_gate, try_gate

SEED = 2026
MANAGERS = ("manager1", "manager2")
KIND = "lead"
SEEN = (("person_seen", "亲见本人"), ("original_seen", "亲见证件原件"), ("signature_seen", "亲见签名"))
FAMILY = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何林高罗单曾解仇"
GIVEN = (
    "晓梅", "志强", "雅琴", "文博", "佳怡", "建国", "思远", "丽华", "俊杰", "雨桐", "海涛", "静雯", "浩然", "梦琪",
    "国栋", "欣妍", "子涵", "春燕", "立群", "若曦",
)  # fmt: skip
EMPLOYERS = ("远航物流", "春晖小学", "锦程设计", "同安药房", "海纳软件", "")
SOURCES = (
    ("BRANCH", "大堂接待"), ("ACTIVITY", "张江园区摆展"), ("ACTIVITY", "亲子嘉年华"), ("WECOM", "QR-PD-017"),
    ("REFERRAL", ""), ("STAFF_CODE", ""), ("OTHER", "电话咨询"),
)  # fmt: skip
LOSSES = (
    ("RIVAL", "邻家银行", "航空联名白金卡"), ("PRICE", "", ""), ("NO_NEED", "", ""),
    ("UNREACHABLE", "", ""), ("LIMIT", "", ""),
)  # fmt: skip
SAID = (
    ("CALL", "REACHED", "介绍权益，周末再看"), ("CALL", "NOT_REACHED", "无人接听"),
    ("WECOM", "INTERESTED", "想了解机场贵宾厅"),
    ("VISIT", "APPOINTED", "约定下周面签"), ("NOTE", "", "先比较年费"), ("BRANCH", "INTERESTED", "已带走产品说明"),
)  # fmt: skip
# How many leads of a manager one can sign in as end in which stage; colleagues have a few of each.
MINE = {"LEAD": 6, "CONTACTED": 7, "INTENT": 6, "SUBMITTED": 4, "APPROVED": 2, "LOST": 5}
THEIRS = {"LEAD": 2, "CONTACTED": 3, "INTENT": 2, "SUBMITTED": 1, "LOST": 2}
CARDS, POOLED, COLLEAGUES = 5, 5, 2
LIMITS = (None, 1_000_000, 2_000_000, 3_000_000, 5_000_000, 5_000_000, 8_000_000, 10_000_000)  # fen
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # of the check digit (GB 11643-1999)


@dataclass
class Cast:
    """One maker of leads with its own chance, so that the same seed tells the same story."""

    at: datetime
    today: date
    chance: Random
    products: list[str]
    count: int = 0

    def facts(self, owner: Person, consent_at: datetime, **given: str) -> Facts:
        """A person who does not exist; the phone lies in a segment nobody has, the ID number fails its check digit."""
        self.count += 1
        source, detail = self.chance.choice(SOURCES)
        about: dict[str, str] = {
            "name": self.chance.choice(FAMILY) + self.chance.choice(GIVEN), "source": source, "source_detail": detail,
            **given,
        }  # fmt: skip
        if source == "REFERRAL" and "customer_id" not in given:
            about["referrer_id"] = str(Customer.objects.filter(manager=owner).order_by("pk")[self.count % 9].pk)
        if source == "STAFF_CODE":
            about["code_owner_no"] = owner.person_no
        return Facts(
            phone=f"1297{self.count:07d}", consent_version="LEAD-2026-01", consent_at=consent_at,
            product_id=self.chance.choice([*self.products, ""]), employer=self.chance.choice(EMPLOYERS),
            expected_limit=self.chance.choice(LIMITS),
            id_number=_id_number(self.count) if self.chance.random() < 0.6 else "",
            **about,
        )  # fmt: skip


def _id_number(number: int) -> str:
    """An ID number whose last digit is not the one it should have."""
    first = f"310115{1960 + number % 40}0{1 + number % 9}15{number % 1000:03d}"
    right = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(first, WEIGHTS, strict=True)) % 11]
    return first + ("0" if right != "0" else "1")


@transaction.atomic
def fill_leads(*, at: datetime) -> None:
    """Own fields, the gate, and the leads with their past; done once."""
    if Lead.objects.exists():
        return
    with override("zh-hans"):
        _gate(at)
        cast = Cast(at, business_today(), Random(SEED), list(_products()))  # noqa: S311  a demo's chance
        for manager in Person.objects.filter(username__in=MANAGERS).select_related("unit").order_by("pk"):
            _book(cast, manager, MINE)
            _cards(cast, manager)
            team = Person.objects.filter(unit=manager.unit, role=Role.MANAGER, is_active=True).exclude(pk=manager.pk)
            for colleague in team.select_related("unit").order_by("pk")[:COLLEAGUES]:
                _book(cast, colleague, THEIRS)
            _pool(cast, manager)
        run_night(as_of=cast.today - timedelta(days=1), at=at)


def _products() -> list[str]:
    return list(Product.objects.order_by("pk").values_list("pk", flat=True)[:5])


def _gate(at: datetime) -> None:
    admin, compliance = (Person.objects.get(username=name) for name in ("admin1", "compliance1"))
    for place, (name, label) in enumerate(SEEN, start=1):
        define_field(
            actor=admin, kind=KIND, name=name, type="CHOICE", label=label, options=[["YES", "是"]], section="三亲见",
            place=place, at=at,
        )  # fmt: skip
    names = [name for name, _label in SEEN]
    moves = [
        _move("LEAD", "CONTACTED", "INTENT", "LOST"),
        _move("CONTACTED", "LEAD", "INTENT", "SUBMITTED", "LOST"),
        _move("INTENT", "LEAD", "CONTACTED", "SUBMITTED", "LOST"),
        _move("SUBMITTED", "CONTACTED", "INTENT") | {"facts": ["id_number", "product"], "own": names, "files": 1},
        _move("APPROVED", "SUBMITTED"),
        _move("LOST", *BY_HAND),
    ]
    ends = ["LOST", "ISSUED", "ACTIVATED", "FIRST_SPEND", "ACTIVE90"]
    draft = draft_gate(actor=admin, kind=KIND, moves=moves, limits={"SUBMITTED": 40}, ends=ends, at=at, note="三亲见")
    publish_gate(
        actor=compliance, version=try_gate(actor=admin, version=draft, at=at), reason="监管办法第 37 条", at=at
    )  # fmt: skip


def _move(to: str, *sources: str) -> dict[str, object]:
    return {"from": list(sources), "to": to, "roles": [], "facts": [], "own": [], "note": False, "files": 0,
            "approval": False}  # fmt: skip


def _book(cast: Cast, owner: Person, wanted: dict[str, int]) -> None:
    for stage, count in wanted.items():
        for number in range(count):
            _one(cast, owner, stage, since=cast.chance.randint(1, 27 if stage != "LOST" else 70) + number % 2)


def _one(cast: Cast, owner: Person, stage: str, since: int) -> Lead:
    """A lead that came in so many days ago and went its way until now."""
    begun = cast.at - timedelta(days=since, hours=cast.chance.randint(1, 6))
    one = create(actor=owner, facts=cast.facts(owner, begun), owner=owner, at=begun, source="")
    _date(one, begun, cast.today - timedelta(days=since))
    far = cast.chance.choice(BY_HAND[:3]) if stage == "LOST" else stage
    steps = BY_HAND[1 : BY_HAND.index(far) + 1]
    moment = begun
    for number, step in enumerate(steps, start=1):
        moment = begun + (cast.at - begun) * number / (len(steps) + 1)
        _say(cast, one, owner, moment)
        enter(one, step, owner, moment, "", act="lead_moved", follows=True)
    if stage in {"SUBMITTED", "APPROVED"}:
        values = {name: "YES" for name, _label in SEEN}
        set_values(actor=owner, kind=KIND, object_id=str(one.pk), values=values, at=moment)
    if stage == "LOST":
        reason, rival, card = cast.chance.choice(LOSSES)
        ended = moment + (cast.at - moment) / 2
        lose(actor=owner, lead=one, reason=reason, rival=rival, rival_card=card, at=ended)
    if cast.count % 7 == 0:
        tag(actor=owner, kind=KIND, ids=[str(one.pk)], name="园区团办", at=cast.at)
    return one


def _date(one: Lead, begun: datetime, day: date) -> None:
    """Whose it is counts from the day it came in."""
    one.created_at, one.owned_since, one.owned_until = begun, day, day + timedelta(days=30)
    one.save()
    LeadOwnership.objects.filter(lead=one).update(since=day, until=one.owned_until)


def _say(cast: Cast, one: Lead, owner: Person, moment: datetime) -> None:
    kind, outcome, note = cast.chance.choice(SAID)
    LeadActivity.objects.create(
        lead=one, kind=kind, outcome=outcome, note=note, at=moment - timedelta(hours=1), by=owner.person_no
    )
    one.touched_at = moment - timedelta(hours=1)
    one.save()


def _cards(cast: Cast, owner: Person) -> None:
    """Leads that became customers of the book by now: the night finds their cards."""
    since = cast.today - timedelta(days=330)
    cards = Card.objects.filter(customer__manager=owner, approved_on__gte=since, replaces_card_id="", closed_on=None)
    fresh = {card.customer_id: card for card in cards.filter(supplementary=False).order_by("-approved_on", "pk")}
    for card in list(fresh.values())[:: max(len(fresh) // CARDS, 1)][:CARDS]:
        begun = datetime.combine(card.approved_on - timedelta(days=12), cast.at.time(), cast.at.tzinfo)
        said = cast.facts(owner, begun, name=card.customer.name, customer_id=card.customer_id, source="BRANCH")
        one = create(actor=owner, facts=said, owner=owner, at=begun)
        _date(one, begun, begun.date())
        Lead.objects.filter(pk=one.pk).update(product=None)  # the card that came was another one
        one.product = None
        for number, step in enumerate(BY_HAND[1:4], start=1):
            enter(one, step, owner, begun + timedelta(days=3 * number), "", act="lead_moved", follows=True)


def _pool(cast: Cast, owner: Person) -> None:
    """Leads whose owner's time is over: the night gives them to the pool."""
    for number in range(POOLED):
        _one(cast, owner, "CONTACTED", since=33 + number)
