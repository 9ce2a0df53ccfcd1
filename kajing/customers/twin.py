"""Whose a customer is and whether still one, copied beside the night's figures, and kept there by the database.

A list is narrowed by unit and manager, which stand on `Customer`, and sorted by a figure, which stands on
`CustomerFigures`; no index spans two tables. So the three columns are copied. Triggers copy them, not services: a feed,
a transfer, the pool, a merge, an undo or a statement by hand all end in the same UPDATE, and none can forget it.

SQLite changes a table by making it anew, which a trigger on it would not survive: there `kajing migrate` takes them off
before it changes anything and puts them back after (`before_migrating`, `after_migrating`).

A row of figures takes them from its customer when it is made and when somebody writes them; the customer passes on
every change. Making a row locks the customer against a change at the same time (PostgreSQL; SQLite has one writer).
"""

from __future__ import annotations

from typing import Any

COPIED = ("unit_id", "manager_id", "status")
BATCH = 5000  # rows of one transaction of `fill`: a live bank keeps writing meanwhile
_CUSTOMERS, _FIGURES = "customers_customer", "customers_customerfigures"
_PASS_ON, _TAKE, _KEEP = "customers_figures_pass_on", "customers_figures_take", "customers_figures_keep"
_COLUMNS = ", ".join(COPIED)
_CHANGED = "(" + " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in COPIED) + ")"
_SQLITE = [
    f"""CREATE TRIGGER IF NOT EXISTS {_PASS_ON} AFTER UPDATE OF {_COLUMNS} ON {_CUSTOMERS}
        WHEN {_CHANGED.replace("IS DISTINCT FROM", "IS NOT")} BEGIN
        UPDATE {_FIGURES} SET unit_id = NEW.unit_id, manager_id = NEW.manager_id, status = NEW.status
        WHERE customer_id = NEW.customer_id; END""",
    *(
        f"""CREATE TRIGGER IF NOT EXISTS {name} AFTER {act} ON {_FIGURES} WHEN {when} BEGIN
        UPDATE {_FIGURES} SET ({_COLUMNS}) =
        (SELECT {_COLUMNS} FROM {_CUSTOMERS} WHERE customer_id = NEW.customer_id)
        WHERE customer_id = NEW.customer_id; END"""
        for name, act, when in (
            (_TAKE, "INSERT", "NEW.unit_id IS NULL"),
            (_KEEP, f"UPDATE OF {_COLUMNS}", _CHANGED.replace("IS DISTINCT FROM", "IS NOT")),
        )
    ),
]
_POSTGRES = [
    f"""CREATE OR REPLACE FUNCTION {_PASS_ON}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE {_FIGURES} SET unit_id = NEW.unit_id, manager_id = NEW.manager_id, status = NEW.status
        WHERE customer_id = NEW.customer_id; RETURN NULL; END $$""",
    f"""CREATE OR REPLACE FUNCTION {_TAKE}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        SELECT {_COLUMNS} INTO NEW.unit_id, NEW.manager_id, NEW.status FROM {_CUSTOMERS}
        WHERE customer_id = NEW.customer_id FOR SHARE; RETURN NEW; END $$""",
    f"""CREATE OR REPLACE TRIGGER {_PASS_ON} AFTER UPDATE OF {_COLUMNS} ON {_CUSTOMERS} FOR EACH ROW
        WHEN {_CHANGED} EXECUTE FUNCTION {_PASS_ON}()""",
    f"""CREATE OR REPLACE TRIGGER {_TAKE} BEFORE INSERT ON {_FIGURES} FOR EACH ROW
        WHEN (NEW.unit_id IS NULL) EXECUTE FUNCTION {_TAKE}()""",
    f"""CREATE OR REPLACE TRIGGER {_KEEP} BEFORE UPDATE OF {_COLUMNS} ON {_FIGURES} FOR EACH ROW
        WHEN {_CHANGED} EXECUTE FUNCTION {_TAKE}()""",
]


def install(connection: Any) -> None:
    """Make the triggers; where they are they stay."""
    with connection.cursor() as cursor:
        for statement in _POSTGRES if connection.vendor == "postgresql" else _SQLITE:
            cursor.execute(statement)


def remove(connection: Any) -> None:
    """Drop them, on the way back through the migrations."""
    with connection.cursor() as cursor:
        for name, table in ((_PASS_ON, _CUSTOMERS), (_TAKE, _FIGURES), (_KEEP, _FIGURES)):
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP FUNCTION IF EXISTS {_PASS_ON}(), {_TAKE}()")


def before_migrating(connection: Any) -> None:
    """Off with them on SQLite, where the tables may be made anew."""
    if connection.vendor == "sqlite":
        remove(connection)


def after_migrating(connection: Any) -> None:
    """On with them where they are not, and what was written meanwhile is copied. Nothing before the columns exist."""
    with connection.cursor() as cursor:
        if _FIGURES not in connection.introspection.table_names(cursor):
            return
        columns = {column.name for column in connection.introspection.get_table_description(cursor, _FIGURES)}
        known = "pg_trigger WHERE tgname" if connection.vendor == "postgresql" else "sqlite_master WHERE name"
        cursor.execute(f"SELECT COUNT(*) FROM {known} IN (%s, %s, %s)", [_PASS_ON, _TAKE, _KEEP])
        there = cursor.fetchone()[0]
    if set(COPIED) <= columns and there < 3:
        install(connection)
        fill(connection, everything=True)


def fill(connection: Any, *, everything: bool = False) -> int:
    """Give the columns to rows that have none, or to all that differ, by portions of keys; returns how many rows."""
    same = "IS" if connection.vendor == "sqlite" else "IS NOT DISTINCT FROM"
    differs = f"NOT EXISTS (SELECT 1 FROM {_CUSTOMERS} c WHERE c.customer_id = {_FIGURES}.customer_id AND " + (
        " AND ".join(f"c.{name} {same} {_FIGURES}.{name}" for name in COPIED) + ")"
    )
    which = differs if everything else "unit_id IS NULL"
    done, last = 0, ""
    while keys := _following(connection, last):
        with connection.cursor() as cursor:  # each statement its own transaction: the caller is in none
            cursor.execute(
                f"UPDATE {_FIGURES} SET ({_COLUMNS}) = (SELECT {_COLUMNS} FROM {_CUSTOMERS} c"
                f" WHERE c.customer_id = {_FIGURES}.customer_id)"
                f" WHERE customer_id > %s AND customer_id <= %s AND {which}",
                [last, keys[-1]],
            )
            done += cursor.rowcount
        last = keys[-1]
    return done


def _following(connection: Any, last: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT customer_id FROM {_FIGURES} WHERE customer_id > %s ORDER BY customer_id LIMIT {BATCH}",
            [last],
        )
        return [row[0] for row in cursor.fetchall()]
