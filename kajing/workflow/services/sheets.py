"""Tasks from a spreadsheet: one line, one task about a customer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kajing.customers.models import Customer
from kajing.customers.services.sheets import CUSTOMER, Found, Rows, reached
from kajing.imports.sheets.registry import Entry, Mode, SheetContext, SheetField, SheetTarget, Trouble, register
from kajing.lib.masks import scrub_card_numbers
from kajing.org.models import Person
from kajing.org.scoping import scope_of
from kajing.workflow.models import Task

PAST = gettext_noop("lies in the past")
NOBODY = gettext_noop("there is no such person at work here")
NOT_YOURS = gettext_noop("only a leader may give tasks to somebody else")
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
    scopes = {}
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
        found[line] = troubles or Entry(line, key, (customer, owner, title, values), existing)
    return found


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


def write_tasks(context: SheetContext, entries: Sequence[Entry]) -> None:
    """Open the tasks; in overwrite mode the open one gets the new time and reason."""
    over = {entry.existing.pk: entry for entry in entries if entry.existing and context.mode is Mode.OVERWRITE}
    rows = Task.objects.filter(pk__in=over)
    context.log.before(rows)
    changed = list(rows)
    for task in changed:
        _customer, _owner_of, _title, values = over[task.pk].value
        task.due_at, task.reason = values["due_at"], scrub_card_numbers(values.get("reason", task.reason))
        task.version += 1
    Task.objects.bulk_update(changed, ["due_at", "reason", "version"])
    new = [entry for entry in entries if not (entry.existing and entry.existing.pk in over)]
    if context.mode is Mode.OVERWRITE:  # of two lines that say the same the later counts
        new = list({entry.key: entry for entry in new}.values())
    context.log.added(Task.objects.bulk_create([_task(context, entry) for entry in new]))


def _task(context: SheetContext, entry: Entry) -> Task:
    customer, owner, title, values = entry.value
    return Task(
        customer=customer, owner=owner, unit_id=customer.unit_id, title=title,
        reason=scrub_card_numbers(values.get("reason", "")), source=context.source, due_at=values["due_at"],
        created_at=context.at, created_by=context.actor.person_no,
    )  # fmt: skip
