"""The inbox and its acts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kajing.notifications.models import Notification, NotificationChoice
from kajing.notifications.services import notify
from kajing.org.models import Person

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}


@pytest.fixture
def item(ana: Person) -> Notification:
    made = notify(
        person=ana, kind="task.assigned", title="New task: %(task)s", params={"task": "回访王小明"}, url="/tasks/",
        at=timezone.now() - timedelta(minutes=1),
    )  # fmt: skip
    assert made is not None
    return made


def test_the_inbox_shows_what_came_in_and_the_bell_counts_it(ana: Person, item: Notification, sign_in: SignIn) -> None:
    page = sign_in(ana).get("/inbox/").content.decode()
    assert "新任务：回访王小明" in page
    assert f'id="item-{item.pk}"' in page


def test_it_is_found_by_its_words(ana: Person, item: Notification, sign_in: SignIn) -> None:
    browser = sign_in(ana)
    assert f"item-{item.pk}" in browser.get("/inbox/?q=王小明").content.decode()
    assert f"item-{item.pk}" not in browser.get("/inbox/?q=李雷").content.decode()


def test_opening_reads_it_and_leads_there(ana: Person, item: Notification, sign_in: SignIn) -> None:
    answer = sign_in(ana).post(f"/inbox/{item.pk}/open/")
    assert (answer.status_code, answer["Location"]) == (303, "/tasks/")
    item.refresh_from_db()
    assert item.read_at is not None


def test_done_has_an_undo_and_snooze_brings_it_back_later(ana: Person, item: Notification, sign_in: SignIn) -> None:
    browser = sign_in(ana)
    answer = browser.post(f"/inbox/{item.pk}/done/", **PARTIAL)
    assert answer.status_code == 204
    assert f"/inbox/{item.pk}/back/" in answer["HX-Trigger"]
    browser.post(f"/inbox/{item.pk}/back/", **PARTIAL)
    item.refresh_from_db()
    assert item.done_at is None
    browser.post(f"/inbox/{item.pk}/snooze/", {"hours": "4"})
    item.refresh_from_db()
    assert item.snoozed_until is not None
    assert f"item-{item.pk}" not in browser.get("/inbox/").content.decode()
    assert f"item-{item.pk}" in browser.get("/inbox/?show=snoozed").content.decode()


def test_all_done(ana: Person, item: Notification, sign_in: SignIn) -> None:
    assert sign_in(ana).post("/inbox/done/").status_code == 303
    item.refresh_from_db()
    assert item.done_at is not None


@pytest.mark.parametrize("act", ["open", "done", "back", "snooze"])
def test_somebody_elses_item_is_not_there(ben: Person, item: Notification, sign_in: SignIn, act: str) -> None:
    assert sign_in(ben).post(f"/inbox/{item.pk}/{act}/", {"hours": "1"}).status_code == 404


def test_how_one_is_told(ana: Person, sign_in: SignIn) -> None:
    browser = sign_in(ana)
    page = browser.get("/inbox/preferences/").content.decode()
    assert 'name="alert.escalated"' in page
    fields = {"digest.morning": "APP", "task.assigned": "OFF", "alert.raised": "APP", "alert.escalated": "APP"}
    from kajing.notifications.kinds import KINDS

    answer = browser.post("/inbox/preferences/", dict.fromkeys(KINDS, "APP") | fields)
    assert answer.status_code == 302
    assert NotificationChoice.objects.get(person=ana, kind="task.assigned").channel == "OFF"
    assert browser.post("/inbox/preferences/", fields | {"alert.escalated": "OFF"}).status_code == 422


def test_channels_are_read_and_chosen_by_api(ana: Person, sign_in: SignIn) -> None:
    browser = sign_in(ana)
    told = {one["kind"]: one for one in browser.get("/api/v1/inbox/channels").json()["items"]}
    fixed = next(kind for kind, one in told.items() if not one["can_be_off"])
    free = next(kind for kind, one in told.items() if one["can_be_off"])

    def choose(channels: dict[str, str]) -> int:
        answer = browser.put("/api/v1/inbox/channels", {"channels": channels}, content_type="application/json")
        return answer.status_code

    for wrong in ({free: "OFF", fixed: "OFF"}, {free: "OFF", "no.such": "APP"}, {free: "PIGEON"}, {}):
        assert choose(wrong) == 422
    assert not NotificationChoice.objects.exists()  # all or none
    assert choose({free: "OFF"}) == choose({free: "OFF"}) == 200
    now = {one["kind"]: one["channel"] for one in browser.get("/api/v1/inbox/channels").json()["items"]}
    assert now == {kind: one["channel"] for kind, one in told.items()} | {free: "OFF"}
