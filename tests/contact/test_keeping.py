"""What time does: missed plans, expired recordings; and the demo bank's past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from kajing.audit.models import AuditRow
from kajing.config.demo_past import make_past
from kajing.contact.choices import State
from kajing.contact.models import Interaction
from kajing.contact.selectors import may_contact
from kajing.contact.services import (
    attach_recording,
    expire_recordings,
    keep_recording,
    log_contact,
    miss_plans,
    plan_contact,
)
from kajing.customers.models import Consent, Customer
from kajing.notifications.models import Notification
from kajing.org.models import Licence, Person
from kajing.workflow.models import Task
from tests.factories.customers import customer

pytestmark = pytest.mark.django_db
Willing = Callable[[Person], Customer]


def test_a_plan_nobody_kept_is_missed_and_frees_its_place(ana: Person, at: datetime, rules: None) -> None:
    about = customer(ana)
    plan = plan_contact(
        actor=ana,
        customer=about,
        channel="PHONE",
        purpose="CARE",
        planned_at=at.replace(hour=10),
        at=at,
        subject="问候",
    )
    assert miss_plans(at=at.replace(hour=21)) == 0
    assert miss_plans(at=at.replace(hour=22, minute=1)) == 1
    assert miss_plans(at=at.replace(hour=22, minute=2)) == 0
    plan.refresh_from_db()
    assert plan.state == State.MISSED
    assert about.marks.get(kind="call").body == "问候"
    assert may_contact(about, channel="PHONE", purpose="CARE", at=at.replace(hour=15), actor=ana).allowed


def test_recordings_go_after_their_time_with_a_certificate_unless_held(
    ana: Person, compliance: Person, at: datetime, rules: None
) -> None:
    made: list[Interaction] = []
    for number in range(2):
        contact = log_contact(
            actor=ana,
            customer=customer(ana),
            channel="PHONE",
            purpose="COLLECTION",
            outcome="REACHED",
            began_at=at,
            at=at,
        )
        digest = str(number) * 64
        made.append(attach_recording(actor=ana, contact=contact, pointer=f"store://{number}", sha256=digest, at=at))
    keep_recording(actor=compliance, contact=made[1], keep=True, reason="诉讼保全", at=at)
    over = date(2028, 11, 23)
    assert made[0].retention_until == over
    assert expire_recordings(at=at.replace(year=2028)) == 0
    assert expire_recordings(at=at.replace(year=2028) + timedelta(days=1)) == 1
    for contact in made:
        contact.refresh_from_db()
    assert (made[0].recording, made[0].recording_sha256, made[1].recording) == ("", "0" * 64, "store://1")
    certificate = AuditRow.objects.get(action="contact.recording_expired")
    assert certificate.changes["sha256"] == "0" * 64
    assert certificate.customer_id == made[0].customer_id


def test_the_demo_banks_past_is_believable_and_made_once(ana: Person, lee: Person, at: datetime, rules: None) -> None:
    Person.objects.filter(pk=ana.pk).update(username="manager1")
    for _ in range(40):
        customer(ana)
    make_past(at=at)
    assert Licence.objects.filter(person=ana).count() == 3
    assert Consent.objects.filter(given=True).count() == 34
    assert Consent.objects.filter(given=False).count() == 3
    made = Interaction.objects.order_by("at")
    assert made.filter(state=State.DONE).count() == 12
    assert made.filter(state=State.PLANNED).count() == 3
    assert made.filter(allowed=False).count() == 1
    assert Notification.objects.filter(person=lee, kind="contact.against_rules").count() == 1
    assert Task.objects.filter(source__startswith="interaction:").exists()
    before = AuditRow.objects.count()
    make_past(at=at)
    assert AuditRow.objects.count() == before
