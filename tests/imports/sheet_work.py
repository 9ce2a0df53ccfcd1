"""A sheet from its file to its end in a process that may die on purpose, and pictures of every table to compare."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from tests.crashes import Killer
from tests.tables import tables


class File:
    """An uploaded file, as Django gives it."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name, self.content, self.size = name, content, len(content)

    def chunks(self) -> Any:
        yield self.content


def content(rows: int, bad: int, twice: int) -> bytes:
    """A CSV of phone numbers: so many rows, of which some are bad and some say what an earlier row said."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["客户号", "手机号", "邮箱"])
    good = rows - bad - twice
    for number in range(rows):
        if number % (rows // bad) == 1 and number // (rows // bad) < bad:
            kinds = (
                ["C-NOBODY", "12955550000", ""],
                [f"C{number % good:07d}", "phone", ""],
                ["", "12955550000", ""],
                [f"C{number % good:07d}", "", ""],
                [f"C{number % good:07d}", "12955550000", "no mail"],
            )
            writer.writerow(kinds[number % 5])
        else:
            customer = f"C{_place(number, rows, bad) % good:07d}"
            writer.writerow([customer, f"1295555{number % 10_000:04d}", "=1+1@x.cn" if number == 2 else ""])
    return out.getvalue().encode("gb18030")


def _place(number: int, rows: int, bad: int) -> int:
    """Good rows counted without the bad ones between them."""
    step = rows // bad
    before = min((number + step - 2) // step, bad) if number > 1 else 0
    return number - before


def prepare(rows: int, bad: int, twice: int) -> Any:
    """A manager with a customer for every good row."""
    from kajing.customers.models import Customer
    from kajing.org.models import Role, Unit
    from tests.factories.org import person, unit

    place = unit("T01", Unit.Kind.TEAM, name="组")
    ana = person("ana", Role.MANAGER, place, name="安娜")
    Customer.objects.create(customer_id="C0000000", name="王小明", opened_on=date(2023, 1, 1), unit=place, manager=ana)
    columns = ", ".join(f'"{one.column}"' for one in Customer._meta.concrete_fields if not one.primary_key)
    with connection.cursor() as cursor:  # the others are made of the first by the database itself
        cursor.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s)"
            f" INSERT INTO {Customer._meta.db_table} (customer_id, {columns})"
            f" SELECT 'C' || substr(CAST(10000000 + n.i AS text), 2), {columns}"
            f" FROM n CROSS JOIN {Customer._meta.db_table} WHERE customer_id = 'C0000000'",
            [rows - bad - twice - 1],
        )
    return ana


def before() -> dict[str, str]:
    """The tables as they were before anything was done in this home, by whichever process."""
    kept = settings.KAJING_HOME / "before.json"
    if not kept.exists():
        kept.write_text(json.dumps(pictures()))
    return dict(json.loads(kept.read_text()))


def pictures() -> dict[str, str]:
    """A digest of each table."""
    found = tables("org.person", *OWN)
    return {name: hashlib.sha256("\n".join(rows).encode()).hexdigest() for name, rows in found.items()}


def whole(rows: int, bad: int, twice: int, place: str = "", times: int = 1) -> Any:
    """Upload, read, try, run, look, undo; goes on where a killed process stopped. Gives what was seen."""
    from kajing.imports.models import Sheet
    from kajing.imports.sheets import acts, jobs
    from kajing.org.models import Person
    from kajing.records.models import Reversal
    from kajing.records.undo.returning import undo

    killer = Killer(place, times)
    real = jobs.run_chunk

    def run_chunk(**given: Any) -> Any:
        phase = "check" if given["reversal"] is None else "run"
        killer.passes(f"{phase} before")
        found = real(**given)
        killer.passes(f"{phase} after")
        return found

    jobs.run_chunk = run_chunk
    ana = Person.objects.filter(person_no="P-ANA").first() or prepare(rows, bad, twice)
    ana = Person.objects.select_related("unit").get(pk=ana.pk)
    untouched = before()
    sheet = Sheet.objects.first()
    if sheet is None:
        sheet = acts.receive(actor=ana, kind="reach", file=File("人.csv", content(rows, bad, twice)), at=now())
    work()
    sheet.refresh_from_db()
    if sheet.state == "MAPPING":
        acts.check(actor=ana, sheet=sheet, mapping=sheet.mapping, mode="SKIP", at=now())
        work()
        sheet.refresh_from_db()
    if sheet.state == "CHECKED":
        assert pictures() == untouched  # a dry run leaves nothing
        acts.run(actor=ana, sheet=sheet, at=now())
        work()
        sheet.refresh_from_db()
    seen = {
        "state": sheet.state,
        "checked": sheet.checked,
        "ran": sheet.ran,
        "encoding": sheet.encoding,
        "dry": problems(sheet, dry=True),
        "run": problems(sheet, dry=False),
    }
    seen["points"] = points()
    undo(actor=ana, reversal=Reversal.objects.get(kind="imports.sheet"), at=now())
    work()
    seen["undone"] = Reversal.objects.get(kind="imports.sheet").state
    seen["left"] = len(points())
    seen["restored"] = pictures() == untouched
    return seen


OWN = ("imports.sheet", "imports.sheetchunk", "imports.sheetproblem", "imports.sheetmapping")


def now() -> datetime:
    return timezone.now()


def work() -> None:
    """A worker that finds what a dead one held."""
    from django.db.models import F

    from kajing.queue.models import Job
    from kajing.queue.worker import Worker

    Job.objects.filter(state="RUNNING").update(state="READY", lease_until=None, fence=F("fence") + 1)
    Job.objects.filter(state="FAILED").update(run_after=now())
    Worker().work_until_empty()
    dead = Job.objects.exclude(state__in=["DONE", "CANCELLED"]).values_list("task", "state", "error")
    assert not dead, list(dead)


def problems(sheet: Any, *, dry: bool) -> list[Any]:
    rows = sheet.problems.filter(dry=dry).order_by("line", "column", "reason")
    return list(rows.values_list("line", "column", "duplicate", "reason"))


def points() -> list[Any]:
    from kajing.customers.models import ContactPoint

    return list(ContactPoint.objects.order_by("customer", "kind").values_list("customer", "kind", "value_idx"))
