"""The administrator's morning: what is not well is told with what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from kajing.audit.services import record, seal
from kajing.org.models import Person
from kajing.queue.models import Job
from kajing.reference.services import load_reference
from kajing.workbench.selectors.health import Check, health

pytestmark = pytest.mark.django_db


def found(user: Person, at: datetime) -> dict[str, Check]:
    return {one.label: one for one in health(user, at)}


@pytest.fixture(autouse=True)
def rules(at: datetime) -> None:
    load_reference(actor="system", at=at)


def test_a_new_installation_is_told_what_is_missing(admin: Person, at: datetime) -> None:
    checks = found(admin, at + timedelta(minutes=20))
    assert checks["备份"].tone == "bad"
    assert "kajing backup" in checks["备份"].advice
    assert checks["恢复演练"].tone == "warn"
    assert checks["审计封签"].tone == "warn"


def test_backup_drill_and_seal_turn_green_and_back(admin: Person, at: datetime) -> None:
    for action in ("config.backup", "config.restore_drill"):
        record(actor="system", action=action, object_kind="backup", object_id="x", at=at)
    seal(at)
    checks = found(admin, at + timedelta(hours=1))
    assert [checks[name].tone for name in ("备份", "恢复演练", "审计封签")] == ["ok", "ok", "ok"]
    later = found(admin, at + timedelta(days=40))
    assert [later[name].tone for name in ("备份", "恢复演练")] == ["bad", "warn"]


def test_a_job_nobody_takes_asks_for_a_worker(admin: Person, at: datetime) -> None:
    Job.objects.create(id=uuid4(), task="x", run_after=at, enqueued_at=at)
    assert found(admin, at + timedelta(minutes=5))["后台任务"].tone == "ok"
    stuck = found(admin, at + timedelta(minutes=20))["后台任务"]
    assert (stuck.tone, "kajing work" in stuck.advice) == ("bad", True)


def test_many_failed_sign_ins_warn(admin: Person, at: datetime) -> None:
    for _ in range(51):
        record(actor="system", action="sign_in_failed", object_kind="person", object_id="-", at=at)
    assert found(admin, at)["登录失败"].tone == "warn"
    assert found(admin, at + timedelta(days=2))["登录失败"].tone == "ok"


def test_the_worst_stands_first_on_the_page(admin: Person, sign_in: Callable[[Person], Client]) -> None:
    page = sign_in(admin).get("/").content.decode()
    assert page.index("备份") < page.index("磁盘")
