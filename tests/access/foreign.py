"""What belongs to another branch: one of everything of Ben's, full of marks that nobody else may ever read.

An address with a parameter asks this file for a foreign value. A new kind of parameter needs one line in `VALUES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from kajing.contact.models import BODY, Interaction, Message, MessageFile, MessageThread, Sending, seal
from kajing.customers.models import (
    Assignment,
    Audience,
    Consent,
    ContactPoint,
    Customer,
    DuplicatePair,
    ExportRequest,
    Relation,
    TimelineMark,
)
from kajing.imports.models import Batch, Sheet
from kajing.insights.models import Report, ReportDelivery, ReportRun, ReportSchedule
from kajing.notifications.models import Notification
from kajing.org import services
from kajing.org.models import Person
from kajing.records.models import Attachment, BulkAct, BulkFailure, Reversal, SavedView, StoredFile, Tag, Tagging
from kajing.records.undo import journal
from tests.factories.complaints import complaint
from tests.factories.contact import template
from tests.factories.customers import account, card, customer, figures
from tests.factories.risk import alert
from tests.factories.sales import facts as lead_facts
from tests.factories.sales import lead, suggestion
from tests.factories.workflow import task

# Texts that only Ben's things hold. None of them is ever sent in a request of somebody else.
MARKS = (
    "CLEAKED01", "PLEAKED01", "ALEAKED01", "KLEAKED01", "司徒泄露", "LEAKTITLE", "LEAKREASON", "LEAKNEWS", "LEAKVIEW",
    "LEAKMARK", "LEAKFILE", "LEAKGROUP", "LEAKCONTACT", "LEAKCOMPLAINT", "LEAKLETTER", "LEAKRIVAL", "12955550001", "leak@example.com", "98765432", "9,876,543",
    "987.65", "LEAKTOKEN",
)  # fmt: skip


@dataclass
class World:
    """Ben's side, and one of each on Ana's, so that a test that finds nothing is known to have looked."""

    ben: Person
    ana: Person
    at: datetime
    made: dict[str, Any] = field(default_factory=dict)


def build(ana: Person, ben: Person, at: datetime) -> World:
    """Make the world: two likenesses, one foreign and one own."""
    world = World(ben=ben, ana=ana, at=at)
    world.made["foreign"] = _likeness(ben, at, leaked=True)
    world.made["own"] = _likeness(ana, at, leaked=False)
    world.made["batch"] = Batch.objects.create(
        business_date=date(2026, 11, 22), feed="customers", file_name="customers.csv", source="x", sha256="0" * 64,
        state=Batch.State.DONE, created_at=at,
    )  # fmt: skip
    return world


def _likeness(manager: Person, at: datetime, *, leaked: bool) -> dict[str, Any]:
    tag = "LEAKED01" if leaked else "OWN00001"
    text = (lambda word: f"LEAK{word}") if leaked else (lambda word: f"own {word.lower()}")
    who = customer(
        manager, customer_id=f"C{tag}", name="司徒泄露" if leaked else "王小明", initials="stxl" if leaked else "wxm"
    )
    held = account(who, account_id=f"A{tag}")
    card(held, card_id=f"K{tag}")
    figures(who, spend_30d=987_654_321_00 if leaked else 1000_00, balance=987_654_321_00 if leaked else 2000_00)
    other = customer(manager, customer_id=f"D{tag}", name="王小红")
    customer(unit=manager.unit, customer_id=f"P{tag}", name="司徒泄露" if leaked else "王小明")  # in the pool
    facts = {
        "customer": who,
        "account": held,
        "task": task(manager, who, title=text("TITLE"), reason=text("REASON"), due_at=at + timedelta(hours=3)),
        "alert": alert(
            who, reasons=[{"code": "missed_payment", "value": 1, "usual": 0, "window": "30d", "params": {}}]
        ),
        "complaint": complaint(
            who, description=text("COMPLAINT"), demand=text("REASON"), due_on=at.date() + timedelta(days=3)
        ),
        "contact": Interaction.objects.create(
            customer=who,
            person=manager,
            channel="VISIT",
            purpose="CARE",
            state="PLANNED",
            at=at + timedelta(hours=2),
            planned_at=at + timedelta(hours=2),
            subject=text("CONTACT"),
            created_at=at,
            created_by=manager.person_no,
        ),
        "relation": Relation.objects.create(
            customer=who, other=other, role="SPOUSE", created_by=manager.person_no, created_at=at
        ),
        "notification": Notification.objects.create(
            person=manager, kind="task.assigned", title=text("NEWS"), group=f"g-{tag}", created_at=at
        ),
        **_letters(who, manager, at, text("LETTER")),
        "view": SavedView.objects.create(
            list_name="customers", name=text("VIEW"), owner=manager.person_no, unit=manager.unit_id
        ),
        "pair": DuplicatePair.objects.create(
            first=who, second=other, points=100, strength="SURE", found_at=at, note=text("VIEW")
        ),
        "sheet": Sheet.objects.create(
            kind="reach",
            file_name=text("VIEW"),
            sha256="",
            state="MAPPING",
            header=["x"],
            uploaded_at=at,
            uploaded_by=manager.person_no,
        ),
        "reversal": _reversal(manager, who, at, text("ACT")),
        "token": services.make_token(person=manager, name=text("TOKEN"), actor="system", at=at)[0],
    }
    facts["suggestion"] = suggestion(who)
    facts["lead"] = lead(
        manager, said=lead_facts(name=who.name, phone="12955550001" if leaked else "12955550009"),
        rival=text("RIVAL"), expected_limit=987_654_321_00 if leaked else 5_000_000, stage="LEAD",
    )  # fmt: skip
    facts["bulk"] = BulkAct.objects.create(
        kind="customers.tag", title=text("ACT"), actor=manager.person_no, at=at, until=at + timedelta(days=30), asked=1,
        failed=1, state="DONE",
    )  # fmt: skip
    BulkFailure.objects.create(act=facts["bulk"], object_id=who.pk, reason=text("REASON"))
    facts["approval"], facts["seat"] = _approval(manager, at, text=text)
    facts["export"] = ExportRequest.objects.create(
        person=manager, everything=True, asked_rows=9, reason=text("REASON"), asked_at=at
    )
    facts["plan"], facts["step"] = _plan(who, manager, at, text=text)
    facts["trial"] = _trial(who, manager, at, title=text("TITLE"))
    facts["audience"] = Audience.objects.create(
        name=text("GROUP"), kind="RULE", owner_no=manager.person_no, condition={"field": "unassigned", "op": "=", "value": "0"},
        created_at=at,
    )  # fmt: skip
    facts["record"] = _record(who, manager, at, title=text("TITLE"))
    facts.update(_reports(manager, at, name=text("VIEW")))
    facts["attachment"] = _attachment(who, manager, at, name=text("FILE"))
    _small_print(who, manager, at, mark=text("MARK"), leaked=leaked)
    return facts


def _reports(manager: Person, at: datetime, *, name: str) -> dict[str, Any]:
    """A report of the manager's, its schedule, and a file that was made for the manager."""
    asked = {"list": "customers", "rows": ["manager"], "measures": [{"kind": "sum", "field": "balance"}]}
    report = Report.objects.create(
        name=name, note=name, list_name="customers", definition=asked, owner_no=manager.person_no, created_at=at,
        changed_at=at,
    )  # fmt: skip
    schedule = ReportSchedule.objects.create(
        report=report, owner=manager, every="DAY", at_time=at.time(), people=[manager.person_no], created_at=at
    )
    run = ReportRun.objects.create(schedule=schedule, due_at=at)
    delivery = ReportDelivery.objects.create(
        run=run, person=manager, made_at=at, told=True, file_name=f"{name}.csv", expires_at=at + timedelta(days=900),
        content_enc=settings.KAJING_KEYS.encrypt_bytes("insights.report_file", name.encode()),
    )  # fmt: skip
    return {"report": report, "report_schedule": schedule, "delivery": delivery}


def _reversal(manager: Person, who: Customer, at: datetime, title: str) -> Reversal:
    """An act that can be undone: a relation's note, with the row as it was."""
    later = timezone.now() + timedelta(days=9)
    with journal(kind="test.act", title=title, actor=manager, at=at, until=later) as log:
        log.before(Relation.objects.filter(customer=who))
        Relation.objects.filter(customer=who).update(note="changed")
    return log.reversal


def _letters(who: Customer, manager: Person, at: datetime, text: str) -> dict[str, Any]:
    """A message of a sending, with a file that came with it."""
    version = template()
    sending = Sending.objects.create(sender=manager, unit=manager.unit, version=version, created_at=at, asked=1)
    thread = MessageThread.objects.create(
        customer=who, channel="SMS", token=who.pk, opened_at=at, last_at=at, waiting_since=at
    )
    message = Message.objects.create(
        customer=who, thread=thread, sending=sending, channel="SMS", purpose="SERVICE", version=version, sender=manager,
        body_enc=seal(BODY, text), state="WAITING", planned_at=at,
    )  # fmt: skip
    file = MessageFile.objects.create(message=message, name=f"{text}.pdf", content_type="application/pdf", size=1)
    return {"message": message, "file": file}


def _attachment(who: Customer, manager: Person, at: datetime, *, name: str) -> Attachment:
    file, _new = StoredFile.objects.get_or_create(
        sha256="0" * 64, defaults={"size": 3, "media_type": "application/pdf", "created_at": at}
    )
    tag, _new = Tag.objects.get_or_create(key="seen", defaults={"name": "seen", "created_by": "x", "created_at": at})
    Tagging.objects.create(tag=tag, kind="customer", object_id=who.pk, by=manager.person_no, at=at)
    return Attachment.objects.create(
        kind="customer", object_id=who.pk, file=file, name=f"{name}.pdf", by=manager.person_no, at=at
    )


def _small_print(who: Customer, manager: Person, at: datetime, *, mark: str, leaked: bool) -> None:
    keys = settings.KAJING_KEYS
    for kind, value in (("MOBILE", "12955550001"), ("EMAIL", "leak@example.com")) if leaked else ():
        ContactPoint.objects.create(
            customer=who, kind=kind, value_enc=keys.encrypt("customer.contact", value), value_idx=f"{kind}{who.pk}"
        )
    TimelineMark.objects.create(customer=who, at=at, kind="task", title=mark, source="task:1")
    Consent.objects.create(
        customer=who, purpose="MARKETING", channel="PHONE", given=True, text_version=mark, at=at,
        recorded_by=manager.person_no,
    )  # fmt: skip
    Assignment.objects.create(
        customer=who, unit=manager.unit, manager_no=manager.person_no, valid_from=date(2024, 1, 1), source="feed"
    )


def _record(who: Customer, manager: Person, at: datetime, *, title: str) -> Any:
    """A record of an object of the bank's own that every role meets."""
    from kajing.objects.choices import ROLES, WRITERS
    from kajing.objects.models import ObjectDefinition, ObjectRecord

    roles, writers = [str(role) for role in ROLES], [str(role) for role in WRITERS]
    about, _new = ObjectDefinition.objects.get_or_create(
        code="event",
        defaults={"name_zh": "活动", "name_en": "Event", "plural_en": "Events", "icon": "box", "pattern": "E-{seq}",
                  "belongs": "CUSTOMER", "sees": roles, "creates": writers, "edits": writers, "created_by": "x",
                  "created_at": at},
    )  # fmt: skip
    seq = ObjectRecord.objects.count() + 1
    return ObjectRecord.objects.create(
        object=about, seq=seq, number=f"E-{seq}", title=title, customer=who, unit=manager.unit, owner=manager,
        created_at=at, changed_at=at, created_by=manager.person_no,
    )  # fmt: skip


def _approval(manager: Person, at: datetime, *, text: Callable[[str], str]) -> Any:
    """A request of the manager's that waits for a colleague of theirs."""
    from kajing.org.models import Role
    from kajing.workflow.models import ApprovalChain, ApprovalRequest, ApprovalSeat, ApprovalStage
    from tests.factories.org import person

    boss = person(f"boss{manager.person_no[-3:].lower()}", Role.LEADER, manager.unit)
    chain, _new = ApprovalChain.objects.get_or_create(
        act="customers.export", version=1,
        defaults={"steps": [{"name": "Leader", "way": "ANY", "who": [{"leader": True}]}], "state": "LIVE",
                  "author": "system", "made_at": at},
    )  # fmt: skip
    request = ApprovalRequest.objects.create(
        act="customers.export", object_id=f"x{manager.pk}", chain=chain, asker=manager, unit=manager.unit, asked_at=at,
        payload={"export": 1, "rows": 9}, amount=9, reason=text("REASON"),
    )  # fmt: skip
    stage = ApprovalStage.objects.create(
        request=request, round=1, place=1, name="Leader", way="ANY", who=[{"leader": True}], hours=24,
        on_timeout="ESCALATE", state="OPEN", opened_at=at, due_at=at + timedelta(days=900),
    )  # fmt: skip
    seat = ApprovalSeat.objects.create(stage=stage, person=boss)
    return request, seat


def _plan(who: Customer, manager: Person, at: datetime, *, text: Callable[[str], str]) -> Any:
    """A plan that runs for the manager's customer."""
    from kajing.workflow.models import Plan, PlanStep, Playbook, PlaybookVersion

    book, _new = Playbook.objects.get_or_create(code="access", defaults={"name": "access", "made_by": "system"})
    version, _new = PlaybookVersion.objects.get_or_create(
        playbook=book, number=1, defaults={"state": "LIVE", "author": "P-X", "made_at": at, "steps": []}
    )
    plan = Plan.objects.create(
        customer=who, playbook=book, version=version, day_zero=at.date(), event_key="hand:1",
        started_by=manager.person_no, started_at=at,
    )  # fmt: skip
    step = PlanStep.objects.create(plan=plan, key="1", title=text("TITLE"), kind="follow_up", due_on=at.date())
    return plan, step


def _trial(who: Customer, manager: Person, at: datetime, *, title: str) -> Any:
    """A trial of the manager's that holds their customer back."""
    from kajing.workflow.models import Trial, TrialMember

    trial = Trial.objects.create(
        title=title, kind="care", share=10, made_by=manager.person_no, unit=manager.unit, made_at=at,
        starts_on=at.date(), ends_on=at.date() + timedelta(days=900), held_until=at.date() + timedelta(days=900),
    )  # fmt: skip
    TrialMember.objects.create(trial=trial, customer=who, held=True)
    return trial


def _made(name: str, part: str = "pk") -> Callable[[World, str], Any]:
    return lambda world, side: getattr(world.made[side][name], part)


def _plain(value: Any) -> Callable[[World, str], Any]:
    return lambda world, side: value


def _person_no(world: World, side: str) -> str:
    return world.ben.person_no if side == "foreign" else world.ana.person_no


def _substitution(world: World, side: str) -> int:
    """Ben is away and Carl stands in; for Ana likewise."""
    from kajing.org.models import Substitution

    of = world.ben if side == "foreign" else world.ana
    today = timezone.localdate()
    made, _new = Substitution.objects.get_or_create(
        person=of, first_day=today, last_day=today + timedelta(days=5),
        defaults={"substitute": of, "made_by": "P-ADMIN"},
    )  # fmt: skip
    return int(made.pk)


def _grant(world: World, side: str) -> int:
    from kajing.org.models import AccessGrant

    of = world.ben if side == "foreign" else world.ana
    made, _new = AccessGrant.objects.get_or_create(
        person=of, customer_id=f"X{side}", source="task:1",
        defaults={"first_day": date(2020, 1, 1), "last_day": date(2020, 1, 2), "reason": "x", "made_by": "P-ADMIN"},
    )  # fmt: skip
    return int(made.pk)


def _batch(world: World, side: str) -> int:
    return int(world.made["batch"].pk)


LEADS = (
    "detail", "edit", "reveal", "move", "lose", "reopen", "assign", "claim", "release", "link", "activity",
)  # fmt: skip
APPROVALS = ("approval", "approve", "return", "hand_on", "reassign_seat", "take_back", "again")


def _handover(world: World, side: str) -> int:
    """Some of Ben's customers went to him from nobody; for Ana likewise."""
    from kajing.customers.models import Handover, HandoverItem

    of = world.ben if side == "foreign" else world.ana
    made, new = Handover.objects.get_or_create(
        receiver=of, unit=of.unit, on=date(2026, 11, 20),
        defaults={"made_by": "P-ADMIN", "made_at": world.at, "reason": "LEAKREASON" if side == "foreign" else "x"},
    )  # fmt: skip
    if new:
        HandoverItem.objects.create(handover=made, customer=world.made[side]["customer"], unit=of.unit)
    return int(made.pk)


# (room, address name or "*", parameter) → how to make a value. The most exact entry wins.
VALUES: dict[tuple[str, str, str], Callable[[World, str], Any]] = {
    ("*", "*", "customer_id"): _made("customer"),
    ("*", "*", "handover_id"): _handover,
    ("*", "*", "account_id"): _made("account"),
    ("*", "*", "audience_id"): _made("audience"),
    ("*", "*", "task_id"): _made("task"),
    ("*", "*", "alert_id"): _made("alert"),
    ("*", "*", "contact_id"): _made("contact"),
    ("*", "*", "relation_id"): _made("relation"),
    ("*", "*", "suggestion_id"): _made("suggestion"),
    ("*", "*", "person_no"): _person_no,
    ("*", "*", "batch_id"): _batch,
    ("contact", "*", "pk"): _made("contact"),
    ("workflow", "*", "pk"): _made("task"),
    **{("workflow", f"workflow:{name}", "pk"): _made("approval") for name in APPROVALS},
    ("workflow", "*", "seat_id"): _made("seat"),
    ("workflow", "*", "act"): _plain("customers.export"),
    ("workflow", "*", "version"): _plain(1),
    ("workflow", "*", "code"): _plain("access"),
    ("workflow", "*", "number"): _plain(1),
    ("workflow", "*", "secret"): _plain("no-such-secret"),
    ("workflow", "*", "endpoint_id"): _plain(887766554),
    ("workflow", "*", "kind"): _plain("task"),
    ("workflow", "*", "object_id"): _made("task"),
    ("workflow", "*", "to"): _plain("DONE"),
    ("*", "*", "plan_id"): _made("plan"),
    ("*", "*", "trial_id"): _made("trial"),
    **{("workflow", f"workflow:{name}", "pk"): _made("trial") for name in ("trial", "end_trial")},
    ("*", "*", "step_id"): _made("step"),
    ("*", "*", "approval_id"): _made("approval"),
    ("*", "*", "report_id"): _made("report"),
    ("insights", "*", "schedule_id"): _made("report_schedule"),
    ("insights", "*", "delivery_id"): _made("delivery"),
    ("insights", "*", "place"): _plain(0),
    ("customers", "*", "pk"): _made("export"),
    ("risk", "*", "pk"): _made("alert"),
    ("complaints", "*", "pk"): _made("complaint"),
    ("complaints", "*", "act"): _plain("accept"),
    ("complaints", "*", "extension_id"): _plain(987654321),
    ("*", "*", "complaint_id"): _made("complaint"),
    ("sales", "*", "pk"): _made("suggestion"),
    **{("sales", f"leads:{name}", "pk"): _made("lead") for name in LEADS},
    ("*", "*", "lead_id"): _made("lead"),
    ("sales", "*", "field"): _plain("phone"),
    ("sales", "*", "code"): _plain("birthday"),
    ("objects", "*", "code"): _plain("event"),
    ("objects", "*", "record_id"): _made("record"),
    ("contact", "*", "message_id"): _made("message"),
    ("contact", "*", "sent_id"): _made("message"),
    ("contact", "*", "thread_id"): _made("message", "thread_id"),
    ("contact", "*", "file_id"): _made("file"),
    ("contact", "*", "sending_id"): _made("message", "sending_id"),
    ("contact", "*", "many_id"): _made("message", "sending_id"),
    ("contact", "*", "stray_id"): _plain(987654321),
    ("contact", "*", "template_id"): _plain(665544332),
    ("contact", "*", "number"): _plain(1),
    ("contact", "*", "channel"): _plain("sms"),
    ("contact", "*", "token"): _plain("no-such-token"),
    ("notifications", "*", "pk"): _made("notification"),
    ("notifications", "*", "item_id"): _made("notification"),
    ("*", "*", "export_id"): _made("export"),
    ("records", "*", "pk"): _made("view"),
    **{("records", f"bulk:{name}", "pk"): _made("bulk") for name in ("look", "refused", "stop")},
    ("records", "*", "act_id"): _made("bulk"),
    ("records", "*", "form"): _plain("csv"),
    ("records", "*", "name"): _plain("customers"),
    ("records", "record:show", "name"): _plain("passport"),
    ("records", "*", "kind"): _plain("customer"),
    ("records", "*", "object_id"): _made("customer"),
    ("records", "*", "file_id"): _made("attachment"),
    ("records", "*", "field_name"): _plain("passport"),
    ("records", "*", "field_id"): _plain(987654321),
    ("records", "*", "tag_id"): _plain(776655443),
    ("records", "*", "view_id"): _made("view"),
    ("records", "*", "list_name"): _plain("customers"),
    ("records", "record:file", "pk"): _made("attachment"),
    ("records", "record:remove_file", "pk"): _made("attachment"),
    ("imports", "*", "sheet_id"): _made("sheet"),
    ("imports", "*", "form"): _plain("csv"),
    ("imports", "*", "pk"): _batch,
    ("imports", "*", "name"): _plain("no-such-mapping"),
    ("org", "*", "unit_code"): _plain("T02"),
    ("org", "org:end_substitution", "pk"): _substitution,
    ("org", "org:be_back", "pk"): _substitution,
    ("org", "org:revoke_access", "pk"): _grant,
    ("org", "org:revoke_token", "pk"): _made("token"),
    ("org", "*", "substitution_id"): _substitution,
    ("org", "*", "grant_id"): _grant,
    ("customers", "*", "pair_id"): _made("pair"),
    ("customers", "*", "name"): _plain("overview"),
    ("customers", "*", "field"): _plain("mobile"),
    ("insights", "*", "name"): _plain("utilisation"),
    ("insights", "*", "metric_name"): _plain("utilisation"),
    ("reference", "*", "key"): _plain("new_customer_window"),
    ("records", "*", "reversal_id"): _made("reversal"),
    ("ui", "*", "key"): _plain("customer-tasks"),
    ("ui", "*", "page"): _plain("customer"),
    ("ui", "*", "pk"): _made("customer"),
    ("queue", "*", "job_id"): _plain("00000000-0000-4000-8000-000000000000"),
    ("queue", "*", "message_no"): _plain(987654321),
}
# Parameters that name no object of a branch: everybody with the right may use them alike.
SHARED = {
    ("records", "name"),
    ("records", "field_name"),
    ("records", "kind"),
    ("records", "field_id"),
    ("records", "tag_id"),
    ("records", "list_name"),
    ("imports", "pk"),
    ("imports", "name"),
    ("imports", "batch_id"),
    ("org", "unit_code"),
    ("contact", "stray_id"),
    ("contact", "template_id"),
    ("contact", "number"),
    ("contact", "channel"),
    ("contact", "token"),
    ("queue", "job_id"),
    ("queue", "message_no"),
    ("insights", "name"),
    ("insights", "metric_name"),
    ("insights", "place"),
    ("reference", "key"),
    ("sales", "code"),
    ("objects", "code"),
    ("complaints", "act"),
    ("complaints", "extension_id"),
    ("workflow", "act"),
    ("workflow", "version"),
    ("workflow", "code"),
    ("workflow", "number"),
    ("workflow", "secret"),
    ("workflow", "endpoint_id"),
    ("workflow", "kind"),
    ("workflow", "to"),
}


def value_of(room: str, name: str, param: str, world: World, side: str) -> Any:
    """A foreign (or own) value for a parameter; KeyError when nobody said how to make one."""
    for key in ((room, name, param), (room, "*", param), ("*", "*", param)):
        if key in VALUES:
            return VALUES[key](world, side)
    raise KeyError(f"tests/access/foreign.py has no value for the parameter {param!r} of {name} ({room})")
