"""Jobs: the transaction they are born in, leases and fences, retries, checkpoints, cancelling."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from kajing.audit.models import AuditRow
from kajing.queue import leases, registry, services
from kajing.queue.context import JobContext
from kajing.queue.models import Job
from kajing.queue.worker import Worker
from tests.queue import bodies

State = Job.State


def _now() -> datetime:
    return timezone.now()


def _enqueue(name: str, **kwargs: object) -> Job:
    return services.enqueue(name, at=_now(), kwargs=kwargs)


def test_job_is_born_and_dies_with_the_callers_transaction(worker: Worker) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        _enqueue("tests.quick", number=1)
        _ = 1 / 0
    assert not Job.objects.exists()
    assert worker.work_until_empty() == 0


def test_unknown_job_is_refused_at_once(worker: Worker) -> None:
    with pytest.raises(registry.UnknownJob):
        _enqueue("tests.nobody")


def test_done_job_keeps_its_result(worker: Worker) -> None:
    job = _enqueue("tests.quick", number=7)
    assert worker.work_one()
    job.refresh_from_db()
    assert (job.state, job.result, job.attempts) == (State.DONE, 7, 1)
    assert bodies.effects() == ["begin 7", "end 7"]


def test_urgent_jobs_go_first_and_later_ones_wait(worker: Worker) -> None:
    now = _now()
    services.enqueue("tests.quick", at=now, kwargs={"number": 1})
    services.enqueue("tests.quick", at=now, kwargs={"number": 2}, priority=5)
    services.enqueue("tests.quick", at=now, kwargs={"number": 3}, run_after=now + timedelta(hours=1))
    assert worker.work_until_empty() == 2
    assert bodies.effects() == ["begin 2", "end 2", "begin 1", "end 1"]


def test_failed_job_leaves_no_effect_waits_longer_each_time_and_dies(worker: Worker) -> None:
    number = "6225880012345678"

    def broken(job: JobContext) -> None:
        bodies.mark("half")
        raise ValueError(f"customer {number} is odd")

    registry.job("tests.broken", broken, max_attempts=3, retry_seconds=10)
    job = _enqueue("tests.broken")
    waits = []
    for _ in range(3):
        before = _now()
        Job.objects.update(run_after=before)
        assert worker.work_one()
        job.refresh_from_db()
        waits.append(round((job.run_after - before).total_seconds(), -1))
    assert bodies.effects() == []
    assert waits[:2] == [10, 20]
    assert (job.state, job.attempts) == (State.DEAD, 3)
    assert job.error.startswith("ValueError: customer [redacted] is odd")
    assert number not in job.error


def test_chunked_job_goes_on_from_its_checkpoint(worker: Worker) -> None:
    def stumbling(job: JobContext, steps: int) -> None:
        for step in range(job.state.get("next", 0), steps):
            with job.step():
                bodies.mark(f"step {step}")
                job.checkpoint({"next": step + 1}, done=step + 1, total=steps)
                if step == 2 and job.job.attempts == 1:
                    raise OSError("the cable")

    registry.job("tests.stumbling", stumbling, chunked=True, retry_seconds=0)
    job = _enqueue("tests.stumbling", steps=5)
    worker.work_one()
    job.refresh_from_db()
    assert (job.state, job.checkpoint, job.done_units) == (State.FAILED, {"next": 2}, 2)
    worker.work_one()
    job.refresh_from_db()
    assert (job.state, job.done_units, job.total_units) == (State.DONE, 5, 5)
    assert bodies.effects() == [f"step {n}" for n in range(5)]


def test_late_answer_of_a_worker_that_lost_its_job_changes_nothing(worker: Worker) -> None:
    def slow(job: JobContext) -> None:
        bodies.mark("effect of the loser")
        Job.objects.filter(pk=job.job.pk).update(fence=job.job.fence + 1)  # as another worker's taking would

    registry.job("tests.slow", slow)
    job = _enqueue("tests.slow")
    worker.work_one()
    assert bodies.effects() == []
    job.refresh_from_db()
    assert job.state == State.RUNNING


def test_cancelled_job_stops_at_its_next_step_and_keeps_what_is_done(worker: Worker) -> None:
    def long(job: JobContext) -> None:
        for step in range(5):
            with job.step():
                bodies.mark(f"step {step}")
                job.checkpoint({"next": step + 1})
            if step == 1:
                services.cancel(actor="P-ADMIN", job=job.job, at=_now())

    registry.job("tests.long", long, chunked=True)
    job = _enqueue("tests.long")
    worker.work_one()
    job.refresh_from_db()
    assert bodies.effects() == ["step 0", "step 1"]
    assert job.state == State.CANCELLED
    assert AuditRow.objects.filter(action="queue.cancel", object_id=str(job.pk)).count() == 1
    with pytest.raises(services.CannotCancel):
        services.cancel(actor="P-ADMIN", job=job, at=_now())


def test_dead_job_tried_again_by_a_person_keeps_its_checkpoint(worker: Worker) -> None:
    job = _enqueue("tests.in_steps", number=1, steps=3)
    Job.objects.update(state=State.DEAD, attempts=20, checkpoint={"next": 2})
    services.retry(actor="P-ADMIN", job=job, at=_now())
    worker.work_one()
    assert bodies.effects() == ["step 1.2"]
    job.refresh_from_db()
    with pytest.raises(services.CannotRetry):
        services.retry(actor="P-ADMIN", job=job, at=_now())


def test_reaper_trusts_the_life_line_not_the_clock(worker: Worker) -> None:
    job = _enqueue("tests.quick", number=1)
    held = leases.take(worker.life.name, ("default",))
    assert held is not None
    Job.objects.update(lease_until=_now() - timedelta(days=1))  # the clock jumped a day ahead
    assert leases.reap() == 0
    worker.life.end()  # the worker ends without giving its job back; its life line is gone
    other = Worker()
    Job.objects.update(worker=other.life.name)
    assert leases.reap() == 0
    other.life._file.close()  # as the kernel does when a process is killed
    assert leases.reap() == 1
    job.refresh_from_db()
    assert (job.state, job.fence) == (State.READY, held.fence + 1)


def test_reaper_goes_by_the_lease_for_workers_of_other_machines(worker: Worker) -> None:
    job = _enqueue("tests.quick", number=1)
    leases.take("elsewhere.0/1-ab", ("default",))
    assert leases.reap() == 0
    Job.objects.update(lease_until=_now() - timedelta(seconds=1))
    assert leases.reap() == 1
    job.refresh_from_db()
    assert job.state == State.READY


def test_job_that_kills_its_workers_ends_on_the_dead_list(worker: Worker) -> None:
    job = _enqueue("tests.quick", number=1)
    Job.objects.update(max_attempts=2)
    for _ in range(2):
        assert leases.take("elsewhere.0/1-ab", ("default",)) is not None
        Job.objects.update(lease_until=_now() - timedelta(seconds=1))
        leases.reap()
    job.refresh_from_db()
    assert job.state == State.DEAD


def test_heartbeat_puts_the_lease_off_and_notices_a_loss(worker: Worker) -> None:
    _enqueue("tests.quick", number=1)
    held = leases.take(worker.life.name, ("default",))
    assert held is not None
    context = JobContext(held)
    Job.objects.update(lease_until=_now())
    context.heartbeat()
    assert Job.objects.get().lease_until > _now() + timedelta(seconds=30)
    Job.objects.update(fence=99)
    context.heartbeat()
    with pytest.raises(leases.LeaseLost):
        context.check()


def test_heavy_jobs_never_take_the_quick_lane(worker: Worker) -> None:
    _enqueue("tests.in_steps", number=1, steps=1)
    assert not worker.work_one(("default",))
    assert worker.work_one()


@task(priority=3)
def add(left: int, right: int) -> int:
    """A task of the standard interface."""
    return left + right


def test_standard_task_interface_runs_on_our_rows(worker: Worker) -> None:
    result = add.enqueue(2, right=3)
    assert not result.is_finished
    assert worker.work_one()
    assert add.get_result(result.id).return_value == 5
    assert Job.objects.get(pk=result.id).priority == 3
