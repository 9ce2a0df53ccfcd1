"""What came in for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from kajing.notifications.kinds import KINDS, Kind, kind_of
from kajing.notifications.models import Notification, NotificationChoice
from kajing.org.models import Person

PAGE = 100


def notifications(user: Any) -> QuerySet[Notification]:
    """Everything that came in for this person; nobody else's."""
    return Notification.objects.filter(person_id=user.pk)


def inbox(
    user: Any, *, at: datetime, kind: str = "", unread: bool = False, show: str = "open"
) -> QuerySet[Notification]:
    """The inbox: open items (not done, not asleep), or `show` = snoozed | done; newest first."""
    found = notifications(user)
    asleep = Q(snoozed_until__gt=at)
    if show == "done":
        found = found.exclude(done_at=None)
    else:
        found = found.filter(done_at=None).filter(asleep if show == "snoozed" else ~asleep | Q(snoozed_until=None))
    if kind:
        found = found.filter(kind=kind)
    return found.filter(read_at=None) if unread else found


def already_told(group: str) -> set[int]:
    """The people (by key) who have had an item of this group, done or not."""
    return set(Notification.objects.filter(group=group).values_list("person_id", flat=True))


def unread_count(user: Any, at: datetime) -> int:
    """The figure on the bell."""
    return inbox(user, at=at, unread=True).count()


@dataclass(frozen=True, slots=True)
class OpenNews:
    """The figures of the shell: unread items, and open ones of each kind."""

    unread: int
    by_kind: Mapping[str, int]


def open_news(user: Any, at: datetime) -> OpenNews:
    """What the shell of every page counts, in one query a request."""
    if not hasattr(user, "open_news"):
        awake = Q(snoozed_until=None) | Q(snoozed_until__lte=at)
        rows = notifications(user).filter(done_at=None).order_by().values("kind")
        rows = rows.annotate(open=Count("pk"), unread=Count("pk", filter=awake & Q(read_at=None)))
        found = {row["kind"]: (row["open"], row["unread"]) for row in rows}
        user.open_news = OpenNews(sum(one[1] for one in found.values()), {kind: one[0] for kind, one in found.items()})
    kept: OpenNews = user.open_news
    return kept


def found_by_text(items: QuerySet[Notification], text: str) -> list[Notification]:
    """Items whose wording, in the reader's language, holds the text.

    The wording is a message id with parameters, so the search runs over the rendered text of the newest 2,000 items.
    """
    wanted = text.casefold().split()
    newest = items[:2000]
    return [item for item in newest if all(word in item.text.casefold() for word in wanted)][:PAGE]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the inbox."""

    day: date
    items: list[Notification]


def by_day(items: list[Notification]) -> list[Day]:
    """Items under the local day they came in on."""
    days = groupby(items, key=lambda item: timezone.localdate(item.created_at))
    return [Day(day, list(group)) for day, group in days]


def channel_for(person: Person, kind: str) -> str:
    """How this person wants this kind told: their choice, else the kind's own channel."""
    found = NotificationChoice.objects.filter(person=person, kind=kind).values_list("channel", flat=True).first()
    return found or str(kind_of(kind).channel)


def choices(user: Any) -> list[tuple[Kind, str]]:
    """Every kind with the person's channel, for the preferences page."""
    chosen = dict(NotificationChoice.objects.filter(person_id=user.pk).values_list("kind", "channel"))
    return [(kind, chosen.get(kind.name, str(kind.channel))) for kind in KINDS.values()]


def kinds_present(user: Any) -> list[Kind]:
    """The kinds this person has items of, for the filter chips."""
    names = notifications(user).order_by().values_list("kind", flat=True).distinct()
    return sorted((kind_of(name) for name in names), key=lambda kind: str(kind.label))
