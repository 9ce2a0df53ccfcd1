"""A bank of any size in the application's own database, by a few INSERT … SELECT: value = f(row number).

20 branches of 10 teams of 5 managers; two customers of a hundred are in the pool, some of every
team from 50,000 customers on. The rows are spread by products with large primes, so the same size is
the same bank on SQLite and PostgreSQL.
"""

from __future__ import annotations

import time
from typing import Any

BRANCHES, TEAMS, MANAGERS = 20, 10, 5
AS_OF = "2026-11-22"
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰"
LETTERS, LATER = "wlzlcyzhzwxshzglhgml", "wfnxymjlqljyyjjtmcll"
PRIME = 2_147_483_647


def ready(count: int) -> None:
    """Migrate and fill the database, unless it holds so many customers already."""
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    call_command("createcachetable")
    call_command("load_reference", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    from kajing.customers.models import Customer

    if Customer.objects.count() == count:
        return
    began = time.perf_counter()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous=OFF")
        else:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SET session_replication_role = replica")  # the rows fit together by how they are made
        staff()
        _fill(cursor, count)
    connection.close()
    print(
        f"{connection.vendor}: {count:,} customers with figures made in {time.perf_counter() - began:.0f} s", flush=True
    )


def staff() -> None:
    """Units, managers, a leader a team, a head a branch, and the head of the bank."""
    from kajing.audit.models import Night
    from kajing.org.models import Person, Role, Unit
    from tests.factories.org import person, unit

    hq = unit("MHQ", Unit.Kind.HEAD_OFFICE, name="总行")
    for b in range(BRANCHES):
        branch = unit(f"MB{b:02d}", Unit.Kind.BRANCH, parent=hq, name=f"分行{b}")
        for t in range(TEAMS):
            team = unit(f"MT{b:02d}{t:02d}", Unit.Kind.TEAM, parent=branch, name=f"分行{b}团队{t}")
            Person.objects.bulk_create(
                Person(
                    username=f"many{b}-{t}-{m}", person_no=f"MP{(b * TEAMS + t) * MANAGERS + m:04d}",
                    name=f"经理{b}-{t}-{m}", role=Role.MANAGER, unit=team,
                )
                for m in range(MANAGERS)
            )  # fmt: skip
    person("many-lead", Role.LEADER, Unit.objects.get(pk="MT0304"))
    person("many-head", Role.BRANCH_HEAD, Unit.objects.get(pk="MB03"))
    person("many-bank", Role.BRANCH_HEAD, hq)
    Night.objects.create(
        as_of=AS_OF, state="DONE", started_at=f"{AS_OF}T18:00:00+08:00", finished_at=f"{AS_OF}T19:00:00+08:00"
    )


def people() -> dict[str, Any]:
    """Four breadths of sight."""
    from kajing.org.models import Person

    names = {"manager": "many3-4-2", "leader": "many-lead", "branch head": "many-head", "bank head": "many-bank"}
    return {who: Person.objects.get(username=name) for who, name in names.items()}


def view_of(person: Any) -> int:
    """A saved view of the person's own."""
    from kajing.records.models import SavedView

    made, _new = SavedView.objects.get_or_create(
        list_name="customers", name="Bench", owner=person.person_no, unit=person.unit_id,
        defaults={"query": {"utilisation": ["80.."], "risk_band": ["HIGH", "SEVERE"], "state": ["ACTIVE"]},
                  "order": "-utilisation"},
    )  # fmt: skip
    return int(made.pk)


def _mix(tag: int, size: int, key: str = "i") -> str:
    """A number from 0 to size - 1 of a row and a column."""
    factor = (1_103_515_245, 1_664_525_019, 742_938_285, 950_706_376, 1_226_874_159, 62_089_911, 1_343_714_438)[tag % 7]
    return f"((({key} + {1000 + tag * 7919}) * {factor}) % {PRIME} % {size})"


def _fill(cursor: Any, count: int) -> None:
    from django.db import connection

    from kajing.customers.models import Card, CardAccount, ContactPoint, Customer, CustomerFigures

    day, token = _words()
    _numbers(cursor, count)
    managers = BRANCHES * TEAMS * MANAGERS
    team = f"(i % {managers}) / {MANAGERS}"
    unit = f"'MT' || {_padded(f'({team}) / {TEAMS}', 2)} || {_padded(f'({team}) % {TEAMS}', 2)}"
    pick = [_mix(tag, 20) for tag in (1, 2, 3)]
    name = (
        f"substr('{SURNAMES}', {_int(pick[0])} + 1, 1) || substr('{GIVEN}', {_int(pick[1])} + 1, 1)"
        f" || substr('{GIVEN}', {_int(pick[2])} + 1, 1)"
    )
    initials = " || ".join(
        f"substr('{letters}', {_int(one)} + 1, 1)" for letters, one in zip((LETTERS, LATER, LATER), pick, strict=True)
    )
    pk = f"'M' || {_padded('i', 7)}"
    manager = f"CASE WHEN (i + i / {managers}) % 50 = 0 THEN NULL ELSE 'MP' || {_padded(f'i % {managers}', 4)} END"
    _insert(cursor, Customer, {
        "customer_id": pk, "name": name, "initials": initials,
        "gender": "'F'", "status": "'ACTIVE'", "id_number_idx": token("i"), "unit_id": unit,
        "opened_on": day("2020-01-01", "i % 2000"), "birth_date": day("1960-01-01", "i % 15000"),
        "manager_id": manager,
    })  # fmt: skip
    _insert(cursor, CardAccount, {
        "account_id": f"'MA' || {_padded('i', 7)}", "customer_id": pk, "currency": "'CNY'", "credit_limit": "5000000",
        "statement_day": "5", "due_days": "20", "opened_on": day("2020-01-01", "i % 2000"), "status": "'NORMAL'",
    })  # fmt: skip
    _insert(cursor, Card, {
        "card_id": f"'MK' || {_padded('i', 7)}", "account_id": f"'MA' || {_padded('i', 7)}", "customer_id": pk,
        "last4": _padded("i % 10000", 4), "approved_on": day("2020-01-01", "i % 2000"), "status": "'ACTIVE'",
    })  # fmt: skip
    _insert(cursor, ContactPoint, {
        "customer_id": pk, "kind": "'MOBILE'", "value_enc": token("i", binary=True), "value_idx": token("i"), "valid": "true",  # noqa: E501
        "source": "'feed'", "tail_idx": "(SELECT t.token FROM bench_tails t WHERE t.tail = i % 10000)",
    })  # fmt: skip
    place = {"unit_id": unit, "manager_id": manager, "status": "'ACTIVE'"}
    _insert(cursor, CustomerFigures, _figures(pk, day, place))
    for model in (Customer, CardAccount, Card, ContactPoint, CustomerFigures):
        vacuum = "VACUUM " if connection.vendor == "postgresql" else ""
        cursor.execute(f"{vacuum}ANALYZE {model._meta.db_table}")  # noqa: SLF001


def _figures(pk: str, day: Any, place: dict[str, str]) -> dict[str, str]:
    dpd = f"(CASE WHEN {_mix(4, 100)} < 5 THEN 1 + {_mix(5, 90)} ELSE 0 END)"
    spend = f"(CASE WHEN {_mix(6, 3)} = 0 THEN {_mix(0, 3_000_000)} ELSE 0 END)"
    cases = " ".join(
        f"WHEN {n} THEN '{word}'" for n, word in enumerate(("LOW",) * 6 + ("WATCH", "WATCH", "HIGH", "SEVERE"))
    )
    states = ("ACTIVE", "ACTIVE", "ACTIVE", "DORMANT", "SLEEPING", "NEVER_USED")
    return {
        "customer_id": pk,
        **place,
        "as_of": day(AS_OF, "0"),
        "segment": "CASE WHEN i % 3 = 0 THEN 'TRANSACTOR' ELSE 'REVOLVER' END",
        "value_tier": f"'V' || {_text('1 + i % 5')}",
        "state": f"CASE i % 6 {' '.join(f'WHEN {n} THEN {word!r}' for n, word in enumerate(states))} END",
        "bucket": f"'M' || {_text(f'(({dpd} + 29) / 30)')}",
        "cycle_bucket": "'M0'",
        "risk_band": f"CASE {_mix(8, 10)} {cases} END",
        "credit_limit": f"(1 + {_mix(9, 20)}) * 1000000",
        "balance": _mix(10, 5_000_000),
        "utilisation": f"{_mix(11, 100_000)} / 100000.0",
        "dpd": dpd,
        "spend_30d": spend,
        "spend_prev_30d": _mix(12, 3_000_000),
        "last_purchase_on": f"CASE WHEN i % 9 = 0 THEN NULL ELSE {day(AS_OF, f'-{_mix(13, 400)}')} END",
        "recency_days": f"CASE WHEN i % 9 = 0 THEN NULL ELSE {_mix(13, 400)} END",
        "silence_p": f"{_mix(15, 100_000)} / 100000.0",
        "sleeping_on": day(AS_OF, f"{_mix(16, 700)}"),
        "spend_weeks": "'[120000, 90000, 30000, 400000, 120000, 0, 80000, 60000]'",
    }


def _insert(cursor: Any, model: Any, given: dict[str, str]) -> None:
    """One INSERT … SELECT over the numbers; a column nobody names gets the model's empty value."""
    columns = {}
    for field in model._meta.concrete_fields:  # noqa: SLF001
        if field.attname in given:
            columns[field.column] = given[field.attname]
        elif not field.null and not field.auto_created and not field.has_db_default():
            columns[field.column] = _EMPTY.get(field.get_internal_type(), "''")
    quoted = ", ".join(f'"{name}"' for name in columns)
    began = time.perf_counter()
    table, values = model._meta.db_table, ", ".join(columns.values())  # noqa: SLF001
    cursor.execute(f'INSERT INTO "{table}" ({quoted}) SELECT {values} FROM bench_numbers ORDER BY i')
    print(f"  {model._meta.db_table} {time.perf_counter() - began:.0f} s", flush=True)  # noqa: SLF001


_EMPTY = {"BooleanField": "false", "IntegerField": "0", "BigIntegerField": "0", "JSONField": "'{}'"}


def _numbers(cursor: Any, count: int) -> None:
    from kajing.customers.personal import blind_tail

    cursor.execute("CREATE TEMPORARY TABLE bench_numbers (i bigint PRIMARY KEY)")
    cursor.execute(
        "INSERT INTO bench_numbers WITH RECURSIVE n(i) AS (SELECT CAST(0 AS bigint) UNION ALL SELECT i + 1 FROM n"
        f" WHERE i < {count - 1}) SELECT i FROM n"
    )
    cursor.execute("CREATE TEMPORARY TABLE bench_tails (tail bigint PRIMARY KEY, token varchar(32))")
    cursor.executemany("INSERT INTO bench_tails VALUES (%s, %s)", [(n, blind_tail(f"{n:04d}")) for n in range(10_000)])


def _words() -> tuple[Any, Any]:
    """How this database writes a day and a token."""
    from django.db import connection

    if connection.vendor == "sqlite":

        def day(start: str, plus: str) -> str:
            return f"date('{start}', ({plus}) || ' days')"

        def token(key: str, *, binary: bool = False) -> str:
            return "randomblob(40)" if binary else "lower(hex(randomblob(16)))"
    else:

        def day(start: str, plus: str) -> str:
            return f"(date '{start}' + ({plus})::int)"

        def token(key: str, *, binary: bool = False) -> str:
            return f"decode(md5({key}::text), 'hex')" if binary else f"md5({key}::text)"

    return day, token


def _padded(number: str, width: int) -> str:
    zeros = "0" * width
    return f"substr('{zeros}' || {_text(number)}, -{width})" if _sqlite() else f"lpad({_text(number)}, {width}, '0')"


def _text(number: str) -> str:
    return f"CAST({number} AS text)"


def _int(number: str) -> str:
    return f"CAST({number} AS integer)"


def _sqlite() -> bool:
    from django.db import connection

    return bool(connection.vendor == "sqlite")
