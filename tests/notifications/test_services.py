"""Telling people: grouping, channels, digest once."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.utils import translation

from kajing.audit.models import AuditRow
from kajing.notifications import kinds, selectors, services
from kajing.notifications.models import DigestRow, Notification
from kajing.notifications.wording import verbatim, worded
from kajing.org.models import Person
from kajing.queue.models import OutboxMessage

pytestmark = pytest.mark.django_db


def tell(person: Person, at: datetime, **values: object) -> Notification | None:
    given = {"kind": "test.kind", "title": "News", "url": "/x/", "group": "record:1", **values}
    return services.notify(person=person, at=at, **given)  # type: ignore[arg-type]


def test_news_of_one_record_joins_one_open_item(ana: Person, at: datetime) -> None:
    tell(ana, at)
    item = Notification.objects.get()
    services.mark_read(actor=ana, item=item, at=at)
    tell(ana, at + timedelta(minutes=5), title="Newer")
    item.refresh_from_db()
    assert (item.count, item.title, item.read_at) == (2, "Newer", None)
    services.mark_done(actor=ana, item=item, at=at)
    tell(ana, at + timedelta(hours=1))
    assert Notification.objects.count() == 2


def test_a_kind_can_be_switched_off_unless_it_must_reach_everyone(ana: Person, at: datetime) -> None:
    kinds.register(kinds.Kind("test.kind", "Test"), kinds.Kind("test.must", "Must", can_be_off=False))
    try:
        services.choose_channels(actor=ana, channels={"test.kind": "OFF", "test.must": "APP"}, at=at)
        assert tell(ana, at) is None
        with pytest.raises(services.CannotSwitchOff):
            services.choose_channels(actor=ana, channels={"test.kind": "APP", "test.must": "OFF"}, at=at)
        services.choose_channels(actor=ana, channels={"test.kind": "OFF"}, at=at)  # nothing new
    finally:
        del kinds.KINDS["test.kind"], kinds.KINDS["test.must"]
    row = AuditRow.objects.get()
    assert (row.action, row.actor) == ("notifications.choose_channels", ana.person_no)
    assert row.changes == {"test.kind": ["APP", "OFF"]}


def test_email_goes_to_the_outbox_in_the_readers_language(ana: Person, at: datetime) -> None:
    kinds.register(kinds.Kind("test.kind", "Test", channel="APP_EMAIL"))
    ana.email, ana.language = "ana@bank.example", "en"
    ana.save()
    try:
        tell(ana, at, title="%(n)s tasks", params={"n": 3})
    finally:
        del kinds.KINDS["test.kind"]
    message = OutboxMessage.objects.get()
    assert (message.recipient, message.subject) == ("ana@bank.example", "3 tasks")


def test_leavers_are_told_nothing(ana: Person, at: datetime) -> None:
    ana.is_active = False
    assert tell(ana, at) is None


def test_inbox_hides_done_and_sleeping_items(ana: Person, ben: Person, at: datetime) -> None:
    tell(ana, at, group="a")
    tell(ana, at, group="b")
    tell(ben, at, group="c")
    first, second = selectors.inbox(ana, at=at)
    services.snooze(actor=ana, item=first, until=at + timedelta(hours=2), at=at)
    assert list(selectors.inbox(ana, at=at)) == [second]
    assert list(selectors.inbox(ana, at=at, show="snoozed")) == [first]
    assert len(selectors.inbox(ana, at=at + timedelta(hours=3))) == 2
    assert services.mark_all_done(actor=ana, at=at) == 1
    assert selectors.unread_count(ana, at) == 0
    assert selectors.unread_count(ben, at) == 1


def test_items_are_found_by_their_words_in_the_readers_language(ana: Person, at: datetime) -> None:
    tell(ana, at, title="%(name)s called", params={"name": "王小明"}, group="a")
    tell(ana, at, title="Something else", group="b")
    found = selectors.found_by_text(selectors.inbox(ana, at=at), "小明")
    assert [item.group for item in found] == ["a"]


def test_the_digest_is_sent_once_a_night(ana: Person, as_of: date, at: datetime) -> None:
    ana.email = "ana@bank.example"
    ana.save()
    digest = services.Digest(title="%(n)s tasks", params={"n": 2}, lines=[("%(n)s alerts", {"n": 1})])
    assert services.send_digest(person=ana, as_of=as_of, digest=digest, at=at)
    assert not services.send_digest(person=ana, as_of=as_of, digest=digest, at=at)
    assert (DigestRow.objects.count(), Notification.objects.count(), OutboxMessage.objects.count()) == (1, 1, 1)
    assert "- 1 alerts" in OutboxMessage.objects.get().body


def test_a_snooze_into_the_past_is_refused(ana: Person, at: datetime) -> None:
    item = tell(ana, at)
    with pytest.raises(services.DomainError):
        services.snooze(actor=ana, item=item, until=at, at=at)


def test_parameters_are_written_the_readers_way() -> None:
    params = {"amount": {"fen": 164_000_000}, "share": {"share": 0.625}, "none": {"fen": None}}
    with translation.override("en"):
        assert worded("%(amount)s %(share)s %(none)s", params) == "¥1.64M 63% —"
    with translation.override("zh-hans"):
        assert worded("%(amount)s", params) == "¥164万"
    assert worded("100% mine", {}) == "100% mine"


@pytest.mark.parametrize("text", ["减免 50% 年费", "x" * 199 + "%", "%" * 120, "100%" * 60, "", "没有"])
def test_own_words_keep_their_signs_and_fit_their_column(text: str) -> None:
    kept = verbatim(text, 200)
    assert len(kept) <= 200
    shown = worded(kept, {"rule": "x"})
    assert text.startswith(shown)
    assert shown == text or len(text) + text.count("%") > 200
