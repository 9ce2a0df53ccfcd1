"""Tasks from a spreadsheet: one line, one task about a customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kajing.customers.models import Customer
from kajing.customers.services.sheets import CUSTOMER, Found, Rows, reached, words
from kajing.imports.sheets.own import SAID, Checker, merged, write_own
from kajing.imports.sheets.registry import Entry, Mode, SheetContext, SheetField, SheetTarget, Trouble, Values, register
from kajing.lib.masks import scrub_card_numbers
from kajing.lib.periods import SHANGHAI
from kajing.lib.scope import DataScope
from kajing.org.models import Person
from kajing.org.scoping import scope_of
from kajing.workflow.contacting import CONTACT_KINDS, refused
from kajing.workflow.models import Task

PAST = gettext_noop("lies in the past")
NOBODY = gettext_noop("there is no such person at work here")
NOT_YOURS = gettext_noop("only a leader may give tasks to somebody else")
KIND_WORDS = words(
    {code: code for code in ("follow_up", "call", "call_back", "care", "visit")},
    {"跟进": "follow_up", "follow-up": "follow_up", "电话": "call", "回电": "call_back", "call back": "call_back",
     "关怀": "care", "拜访": "visit", "上门": "visit"},
)  # fmt: skip
NOT_LATER = gettext_noop("only a leader may move a must-do task to a later time")
NOT_LIFTED = gettext_noop("only a leader may say that a must-do task need not be done")
NOT_SEEN = gettext_noop("this person does not look after the customer")


def register_sheets() -> None:
    """Offer the kind of sheet."""
    register(
        SheetTarget(
            key="tasks",
            label=_("Tasks"),
            permission="workflow.open_task",
            modes=(Mode.SKIP, Mode.OVERWRITE, Mode.CLONE),
            prepare=prepare_tasks,
            write=write_tasks,
            kind="task",
            fields=(
                CUSTOMER,
                SheetField(
                    name="title",
                    label=_("What to do"),
                    required=True,
                    aliases=("title", "task", "任务", "事项", "标题"),
                ),
                SheetField(
                    name="due_at",
                    label=_("Due by"),
                    required=True,
                    kind="moment",
                    aliases=("due", "deadline", "到期", "截止", "截止日期", "到期日"),
                ),
                SheetField(name="reason", label=_("Reason"), longest=400, aliases=("原因", "备注")),
                SheetField(
                    name="kind",
                    label=_("Kind"),
                    kind="choice",
                    choices=KIND_WORDS,
                    aliases=("类型", "任务类型"),
                ),
                SheetField(name="must_do", label=_("Must do"), kind="flag", aliases=("must do", "必办", "是否必办")),
                SheetField(name="owner", label=_("Owner"), longest=64, aliases=("owner", "负责人", "工号", "客户经理")),
            ),
        )
    )


def prepare_tasks(context: SheetContext, rows: Rows) -> Found:
    """A task is there already when an open one of the same owner says the same about the customer."""
    places, found = reached(context, rows)
    people = _people(context, rows)
    about = Customer.objects.select_related("manager").in_bulk(set(places.values()))
    there = {
        (task.customer_id, task.owner_id, task.title): task
        for task in Task.objects.filter(customer__in=about, state=Task.State.OPEN).order_by("-pk")
    }
    scopes: dict[int, DataScope] = {}
    checker = Checker(context, "task", [str(task.pk) for task in there.values()])
    for line, values in rows:
        if line not in places:
            continue
        customer, owner = about[places[line]], _owner(context, values.get("owner", ""), people)
        if isinstance(owner, Trouble):
            found[line] = [owner]
            continue
        if owner.pk not in scopes:
            scopes[owner.pk] = scope_of(owner, context.today)
        troubles = []
        if not scopes[owner.pk].sees(unit=customer.unit_id, manager=customer.manager_id, customer=customer.pk):
            troubles.append(Trouble("owner", NOT_SEEN))
        if values["due_at"] < context.at - timedelta(minutes=1):
            troubles.append(Trouble("due_at", PAST))
        title = scrub_card_numbers(values["title"])
        existing = there.get((customer.pk, owner.person_no, title))
        key = f"{customer.pk}|{owner.person_no}|{title}"
        troubles += _kept(context, existing, values)
        troubles += checker.troubles(values, str(existing.pk) if existing else "", complete=existing is None)
        found[line] = troubles or Entry(line, key, (customer, owner, title, values), existing)
    return _closed(context, found)


def _kept(context: SheetContext, existing: Task | None, values: Values) -> list[Trouble]:
    """What a sheet may not do to a must-do task that is there, as nobody but a leader may by hand."""
    if existing is None or not existing.must_do or context.mode is not Mode.OVERWRITE:
        return []
    if context.actor.has_perm("workflow.reassign_task"):
        return []
    troubles = [Trouble("due_at", NOT_LATER)] if values["due_at"] > existing.due_at else []
    return [*troubles, Trouble("must_do", NOT_LIFTED)] if values.get("must_do") is False else troubles


def _closed(context: SheetContext, found: Found) -> Found:
    """Contacts that the gate forbids up to the due day are bad rows, as a task opened by hand is refused."""
    groups: dict[tuple[str, date, int], dict[Customer, Person | None]] = {}
    asked: dict[int, tuple[str, date, int]] = {}
    for line, one in found.items():
        if isinstance(one, Entry) and (kind := _kind(context, one)) in CONTACT_KINDS:
            customer, owner, _title, values = one.value
            asked[line] = (kind, values["due_at"].astimezone(SHANGHAI).date(), owner.pk)
            groups.setdefault(asked[line], {})[customer] = owner
    answers = {
        group: refused(book, kind=group[0], due_at=datetime.combine(group[1], time(23, 59), SHANGHAI), at=context.at)
        for group, book in groups.items()
    }
    for line, group in asked.items():
        answer = answers[group].get(found[line].value[0].pk)  # type: ignore[union-attr]
        if answer is not None:
            with translation.override(context.actor.language or "zh-hans"):
                found[line] = [Trouble("kind", SAID, {"said": str(answer.sentence)})]
    return found


def _kind(context: SheetContext, entry: Entry) -> str:
    """The kind the task will have: a line without one leaves an open task its own."""
    there = entry.existing.kind if entry.existing and context.mode is Mode.OVERWRITE else "follow_up"
    return str(entry.value[3].get("kind") or there)


def _people(context: SheetContext, rows: Rows) -> dict[str, Person]:
    wanted = {values["owner"] for _line, values in rows if values.get("owner")}
    found = Person.objects.filter(person_no__in=wanted, is_active=True).select_related("unit")
    return {one.person_no: one for one in found}


def _owner(context: SheetContext, number: str, people: dict[str, Person]) -> Person | Trouble:
    if not number or number == context.actor.person_no:
        return context.actor
    if not context.actor.has_perm("workflow.reassign_task"):
        return Trouble("owner", NOT_YOURS)
    return people.get(number) or Trouble("owner", NOBODY)


def write_tasks(context: SheetContext, entries: Sequence[Entry]) -> dict[int, list[Trouble]]:
    """Open the tasks; in overwrite mode the open one gets the new time and reason."""
    over = {entry.existing.pk: entry for entry in entries if entry.existing and context.mode is Mode.OVERWRITE}
    new = [entry for entry in entries if not (entry.existing and entry.existing.pk in over)]
    if context.mode is Mode.OVERWRITE:  # of two lines that say the same the later counts
        new = list({entry.key: entry for entry in new}.values())
    refused = _own(context, {str(pk): entry for pk, entry in over.items()})
    _change(context, {pk: entry for pk, entry in over.items() if entry.line not in refused})
    made = Task.objects.bulk_create([_task(context, entry) for entry in new])
    context.log.added(made)
    closed = _own(context, {str(task.pk): entry for task, entry in zip(made, new, strict=True)})
    # A gate may close the first state of a field too: then there is no such task.
    gone = [task.pk for task, entry in zip(made, new, strict=True) if entry.line in closed]
    Task.objects.filter(pk__in=gone).delete()
    return refused | closed


def _own(context: SheetContext, entries: Mapping[str, Entry]) -> dict[int, list[Trouble]]:
    """Write the own part of rows by task; what a gate refuses, by line."""
    values = merged([(pk, entry.value[3]) for pk, entry in entries.items()])
    return {entries[pk].line: troubles for pk, troubles in write_own(context, "task", values).items()}


def _change(context: SheetContext, over: Mapping[int, Entry]) -> None:
    rows = Task.objects.filter(pk__in=over)
    context.log.before(rows)
    changed = list(rows)
    for task in changed:
        _customer, _owner_of, _title, values = over[task.pk].value
        task.due_at, task.reason = values["due_at"], scrub_card_numbers(values.get("reason", task.reason))
        task.kind, task.must_do = values.get("kind", task.kind), values.get("must_do", task.must_do)
        task.version += 1
    Task.objects.bulk_update(changed, ["due_at", "reason", "kind", "must_do", "version"])


def _task(context: SheetContext, entry: Entry) -> Task:
    customer, owner, title, values = entry.value
    return Task(
        customer=customer, owner=owner, unit_id=customer.unit_id, title=title,
        reason=scrub_card_numbers(values.get("reason", "")), kind=values.get("kind", "follow_up"),
        must_do=values.get("must_do", False), source=context.source, due_at=values["due_at"],
        created_at=context.at, created_by=context.actor.person_no,
    )  # fmt: skip
