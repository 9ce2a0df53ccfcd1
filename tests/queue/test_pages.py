"""The jobs page: who sees what, progress that refreshes itself, retry and cancel."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, time

import pytest
from django.test import Client
from django.urls import reverse

from kajing.org.models import Person
from kajing.queue import outbox, selectors, services
from kajing.queue.models import Job, OutboxMessage, Schedule
from kajing.queue.registry import JOBS

SignIn = Callable[[Person], Client]


@pytest.fixture
def job(at: datetime, ana: Person) -> Job:
    """A running job of Ana's, half done."""
    return Job.objects.create(
        id=uuid.uuid4(), task="tests.import", title="Load 2026-11-22", state="RUNNING", run_after=at, enqueued_at=at,
        done_units=50, total_units=100, owner=ana.person_no,
    )  # fmt: skip


def test_list_shows_progress_and_asks_again_while_running(sign_in: SignIn, admin: Person, job: Job) -> None:
    page = sign_in(admin).get(reverse("queue:index")).content.decode()
    assert "Load 2026-11-22" in page
    assert f'hx-get="/jobs/{job.pk}/"' in page
    assert "50 / 100" in page


def test_manager_sees_the_own_job_only_and_no_list(sign_in: SignIn, ana: Person, ben: Person, job: Job) -> None:
    address = reverse("queue:state", args=[job.pk])
    assert sign_in(ana).get(address).status_code == 200
    assert sign_in(ben).get(address).status_code == 404
    assert sign_in(ana).get(reverse("queue:index")).status_code == 403


def test_cancel_and_retry_by_admin_not_by_auditor(sign_in: SignIn, admin: Person, auditor: Person, job: Job) -> None:
    cancel, retry = (reverse(f"queue:{act}", args=[job.pk]) for act in ("cancel", "retry"))
    assert sign_in(auditor).post(cancel).status_code == 403
    assert sign_in(admin).post(cancel).status_code == 302
    job.refresh_from_db()
    assert job.state == "CANCELLED"
    answer = sign_in(admin).post(retry, headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert "等待中" in answer.content.decode()
    job.refresh_from_db()
    assert job.state == "READY"


def test_retrying_a_done_job_says_why_not(sign_in: SignIn, admin: Person, job: Job) -> None:
    Job.objects.update(state="DONE")
    answer = sign_in(admin).post(reverse("queue:retry", args=[job.pk]), follow=True)
    assert "无需重试" in answer.content.decode()


def test_unsent_message_is_masked_and_sent_again(sign_in: SignIn, admin: Person, at: datetime) -> None:
    message = services.send_email(to="wang@bank.example", subject="x", body="y", at=at)
    OutboxMessage.objects.update(state="DEAD", attempts=12, error="Refused: refused with [550]")
    page = sign_in(admin).get(reverse("queue:index")).content.decode()
    assert "w***@bank.example" in page
    assert "wang@" not in page
    sign_in(admin).post(reverse("queue:send_again", args=[message.pk]))
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("WAITING", 0)


def test_what_is_due_by_itself_stands_in_words(sign_in: SignIn, admin: Person) -> None:
    assert all(kind.title for kind in JOBS.values() if not kind.name.startswith("tests."))
    Schedule.objects.create(name="records.forget_undo", task="records.forget_undo", at_time=time(3, 40))
    page = sign_in(admin).get(reverse("queue:index")).content.decode()
    assert "清理已过撤销期限的记录" in page
    assert "records.forget_undo" not in page


def test_a_message_is_not_sent_again_while_it_leaves_or_after(sign_in: SignIn, admin: Person, at: datetime) -> None:
    services.send_email(to="wang@bank.example", subject="x", body="y", at=at)
    OutboxMessage.objects.update(attempts=1, error="refused")
    stale = OutboxMessage.objects.get()
    held = outbox.claim()
    assert held is not None
    assert not selectors.unsent_messages().exists()
    with pytest.raises(services.CannotSendAgain):
        services.send_again(actor=admin.person_no, message=stale, at=at)
    OutboxMessage.objects.update(state="SENT")
    with pytest.raises(services.CannotSendAgain):
        services.send_again(actor=admin.person_no, message=stale, at=at)
    assert OutboxMessage.objects.get().state == "SENT"
