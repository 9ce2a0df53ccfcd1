"""Records of an object from a spreadsheet: one line, one record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kajing.customers.services.sheets import CUSTOMER, Found, Rows, reached
from kajing.imports.sheets.own import Checker, merged, write_own
from kajing.imports.sheets.registry import Entry, Mode, SheetContext, SheetField, SheetTarget, Trouble, Values
from kajing.lib.masks import scrub_card_numbers
from kajing.lib.periods import SHANGHAI
from kajing.objects.choices import ASSIGN, WORK
from kajing.objects.models import ObjectDefinition, ObjectRecord
from kajing.objects.pattern import number
from kajing.objects.selectors import may, records
from kajing.objects.services.records import LONGEST_TITLE, take_numbers
from kajing.org.models import Person
from kajing.workflow.selectors import own_people

NO_NUMBER = gettext_noop("there is no record of this number in your area")
NOT_ITS_CUSTOMER = gettext_noop("the record of this number belongs to another customer")
NOT_YOURS = gettext_noop("only a leader may give work to somebody else")
NOBODY = gettext_noop("there is no such person at work here")
NOT_EDITED = gettext_noop("your role creates records of this object and does not change them")

_COMMON = (
    SheetField(
        name="title", label=_("Title"), required=True, longest=LONGEST_TITLE, aliases=("title", "name", "标题", "名称")
    ),
    SheetField(name="number", label=_("Number"), longest=60, aliases=("number", "no", "编号")),
    SheetField(name="owner", label=_("Owner"), longest=64, aliases=("owner", "负责人", "工号")),
)


def target_of(about: ObjectDefinition) -> SheetTarget:
    """The kind of sheet that brings records of an object."""
    return SheetTarget(
        key=about.kind, label=about.plural, permission=WORK, allowed=lambda user: may(user, about.code, "creates"),
        fields=(CUSTOMER, *_COMMON) if about.of_customers else _COMMON, modes=(Mode.SKIP, Mode.OVERWRITE, Mode.CLONE),
        prepare=partial(prepare, about), write=partial(write, about), kind=about.kind,
    )  # fmt: skip


def prepare(about: ObjectDefinition, context: SheetContext, rows: Rows) -> Found:
    """A row is there already when it names a record's number, or an equal title of the same customer or owner."""
    places, found = reached(context, rows) if about.of_customers else ({line: "" for line, _values in rows}, {})
    people = _people(context, rows)
    numbered, titled = _there(about, context, places, rows)
    checker = Checker(context, about.kind, [str(one.pk) for one in {*numbered.values(), *titled.values()}])
    for line, values in rows:
        if line not in places:
            continue
        owner = _owner(context, str(values.get("owner", "")), people)
        if isinstance(owner, Trouble):
            found[line] = [owner]
            continue
        title = scrub_card_numbers(" ".join(str(values["title"]).split()))
        base = places[line] or owner.person_no
        existing = numbered.get(str(values.get("number", ""))) or titled.get((base, title))
        troubles = _wrong(about, context, values, places[line], existing)
        troubles += checker.troubles(values, str(existing.pk) if existing else "", complete=existing is None)
        key = f"#{existing.pk}" if existing else f"{base}|{title}"
        found[line] = troubles or Entry(line, key, (places[line], owner, title, values), existing)
    return found


def _there(
    about: ObjectDefinition, context: SheetContext, places: Mapping[int, str], rows: Rows
) -> tuple[dict[str, ObjectRecord], dict[tuple[str, str], ObjectRecord]]:
    """The records these rows may mean, by number, and by customer (or owner) and title."""
    seen = records(context.actor, about.code)
    numbers = {str(values["number"]) for _line, values in rows if values.get("number")}
    titles = {scrub_card_numbers(" ".join(str(values["title"]).split())) for _line, values in rows}
    numbered = {one.number: one for one in seen.filter(number__in=numbers)}
    same = seen.filter(title__in=titles).order_by("-pk")
    same = same.filter(customer__in=set(places.values())) if about.of_customers else same
    titled = {(one.customer_id if about.of_customers else one.owner_id, one.title): one for one in same}
    return numbered, titled


def _wrong(
    about: ObjectDefinition, context: SheetContext, values: Values, customer: str, existing: ObjectRecord | None
) -> list[Trouble]:
    if existing is None:
        return [Trouble("number", NO_NUMBER)] if values.get("number") else []
    troubles = []
    if context.mode is Mode.OVERWRITE and not may(context.actor, about.code, "edits"):
        troubles.append(Trouble("", NOT_EDITED))
    if about.of_customers and existing.customer_id != customer:
        troubles.append(Trouble("customer_id", NOT_ITS_CUSTOMER))
    return troubles


def _people(context: SheetContext, rows: Rows) -> dict[str, Person]:
    """Whom the actor may give work to, asked only where the sheet names owners."""
    named = any(values.get("owner") for _line, values in rows)
    return {one.person_no: one for one in own_people(context.actor)} if named else {}


def _owner(context: SheetContext, person_no: str, people: Mapping[str, Person]) -> Person | Trouble:
    if not person_no or person_no == context.actor.person_no:
        return context.actor
    if not context.actor.has_perm(ASSIGN):
        return Trouble("owner", NOT_YOURS)
    return people.get(person_no) or Trouble("owner", NOBODY)


def write(about: ObjectDefinition, context: SheetContext, entries: Sequence[Entry]) -> dict[int, list[Trouble]]:
    """Make the records; in overwrite mode those that are there get title, owner and fields of the row."""
    over = {entry.existing.pk: entry for entry in entries if entry.existing and context.mode is Mode.OVERWRITE}
    new = [entry for entry in entries if not (entry.existing and entry.existing.pk in over)]
    if context.mode is Mode.OVERWRITE:  # of two lines that say the same the later counts
        new = list({entry.key: entry for entry in new}.values())
    refused = _own(about, context, {str(pk): entry for pk, entry in over.items()})
    _change(context, {pk: entry for pk, entry in over.items() if entry.line not in refused})
    made = _make(about, context, new)
    closed = _own(about, context, {str(one.pk): entry for one, entry in zip(made, new, strict=True)})
    # A gate may close the first state of a field too: then there is no such record.
    gone = [one.pk for one, entry in zip(made, new, strict=True) if entry.line in closed]
    ObjectRecord.objects.filter(pk__in=gone).delete()
    return refused | closed


def _own(about: ObjectDefinition, context: SheetContext, entries: Mapping[str, Entry]) -> dict[int, list[Trouble]]:
    """Write the own part of rows by record; what a gate refuses, by line."""
    values = merged([(pk, entry.value[3]) for pk, entry in entries.items()])
    return {entries[pk].line: troubles for pk, troubles in write_own(context, about.kind, values).items()}


def _make(about: ObjectDefinition, context: SheetContext, new: Sequence[Entry]) -> list[ObjectRecord]:
    if not new:
        return []
    first, day = take_numbers(about, len(new)), context.at.astimezone(SHANGHAI).date()
    drafts = [_draft(about, context, entry, first + place) for place, entry in enumerate(new)]
    for one in drafts:
        one.number = number(about.pattern, one.seq, day)
    made: list[ObjectRecord] = ObjectRecord.objects.bulk_create(drafts)
    context.log.added(made)
    return made


def _draft(about: ObjectDefinition, context: SheetContext, entry: Entry, seq: int) -> ObjectRecord:
    customer, owner, title, _values = entry.value
    return ObjectRecord(
        object=about, seq=seq, title=title, customer_id=customer or None, owner=owner, unit_id=owner.unit_id,
        source=context.source, created_at=context.at, created_by=context.actor.person_no, changed_at=context.at,
    )  # fmt: skip


def _change(context: SheetContext, over: Mapping[int, Entry]) -> None:
    rows = ObjectRecord.objects.filter(pk__in=over)
    context.log.before(rows)
    changed: list[Any] = list(rows)
    for row in changed:
        _customer, owner, title, values = over[row.pk].value
        row.title, row.changed_at, row.version = title, context.at, row.version + 1
        if values.get("owner"):
            row.owner, row.unit_id = owner, owner.unit_id
    ObjectRecord.objects.bulk_update(changed, ["title", "owner", "unit", "changed_at", "version"])
