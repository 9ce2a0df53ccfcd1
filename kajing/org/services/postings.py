"""Where somebody worked when, as the feed tells it: one history for one set of people files, in any order of days.

The history is walked day by day: a people row that names another unit or role than the day before, or somebody who is
back, begins a posting; what a person moved by hand here stands from its day until the feed tells something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import zip_longest
from typing import Any

from kajing.org.models import Person, Posting

Seen = Mapping[str, Any]  # a people row with its business_date


def retell(person: Person, seen: Sequence[Seen]) -> bool:
    """Set the person's postings right from every people row that was loaded; whether anything was different."""
    held = list(person.postings.all())
    told = history(person, seen, held)
    if [_plain(one) for one in held] == [_plain(one) for one in told]:
        return False
    person.postings.all().delete()
    Posting.objects.bulk_create(told)
    return True


def as_seen(held: Sequence[Posting]) -> list[Seen]:
    """Rows that would give the feed's part of these postings, for want of the rows themselves."""
    following = [one.valid_from - timedelta(days=1) for one in held[1:]]
    return [
        {
            "business_date": one.valid_from,
            "unit_code": one.unit_id,
            "role": one.role,
            "left_on": one.valid_to if one.valid_to != end else None,
        }
        for one, end in zip_longest(held, following)
        if one.source == Posting.Source.FEED
    ]


def history(person: Person, seen: Iterable[Seen], held: Sequence[Posting]) -> list[Posting]:
    """The postings that follow from the rows (in any order) and from what was done by hand to those held."""
    postings: list[Posting] = []
    # On one day the feed has the last word: its file is the state at the end of that day.
    days: list[tuple[date, Posting | Seen | None]] = [*_by_hand(held), *((one["business_date"], one) for one in seen)]
    for on, told in sorted(days, key=lambda day: (day[0], isinstance(day[1], Mapping))):
        if isinstance(told, Mapping):
            _follow(person, postings, told)
        elif told is not None:
            _begin(postings, _posting(person, told.unit_id, told.role, on, Posting.Source.HAND))
        elif postings and _may_end(postings[-1], on):
            postings[-1].valid_to = on
    if postings and postings[-1].valid_to is None and _may_end(postings[-1], person.left_on):
        postings[-1].valid_to = person.left_on
    return postings


def _by_hand(held: Sequence[Posting]) -> Iterator[tuple[date, Posting | None]]:
    """What a person did here: postings, and the last day before somebody was let back after an absence."""
    before: Posting | None = None
    for one in held:
        if one.source == Posting.Source.HAND:
            if before and before.valid_to and before.valid_to < one.valid_from - timedelta(days=1):
                yield before.valid_to, None
            yield one.valid_from, one
        before = one


def _follow(person: Person, postings: list[Posting], told: Seen) -> None:
    last = postings[-1] if postings else None
    place = (told["unit_code"], told.get("role") or (last.role if last else person.role))
    on, left_on = told["business_date"], told.get("left_on")
    if last is None:
        _begin(postings, _posting(person, *place, person.hired_on or min(on, left_on or on)))
    elif last.valid_to is None or (left_on is None and on <= last.valid_to):
        last.valid_to = None  # an announced leaving may be taken back
        if (last.unit_id, last.role) != place and (left_on is None or on <= left_on):
            _begin(postings, _posting(person, *place, on))
    elif left_on is None:  # back at work
        _begin(postings, _posting(person, *place, on))
    if _may_end(postings[-1], left_on):
        postings[-1].valid_to = left_on


def _begin(postings: list[Posting], new: Posting) -> None:
    """Open a posting; it ends the one before, or takes its place when that begins no earlier."""
    if postings and postings[-1].valid_from >= new.valid_from:
        new.valid_from = postings.pop().valid_from
    if postings and (postings[-1].valid_to is None or postings[-1].valid_to >= new.valid_from):
        postings[-1].valid_to = new.valid_from - timedelta(days=1)
    postings.append(new)


def _may_end(posting: Posting, left_on: date | None) -> bool:
    return left_on is not None and left_on >= posting.valid_from


def _posting(person: Person, unit_code: str, role: str, start: date, source: str = Posting.Source.FEED) -> Posting:
    return Posting(person=person, unit_id=unit_code, role=role, valid_from=start, source=source)


def _plain(posting: Posting) -> tuple[Any, ...]:
    return (posting.unit_id, posting.role, posting.valid_from, posting.valid_to, posting.source)
