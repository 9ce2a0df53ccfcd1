"""The database itself refuses to change audit rows and seals: triggers for SQLite and PostgreSQL.

They stop mistakes and casual hands. Who may drop a trigger is shown by `kajing verify-audit`, not stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TABLES = ("audit_auditrow", "audit_auditseal")
ACTS = ("update", "delete")
_FUNCTION = """
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'audit rows are never changed'; END $$
"""


def install(connection: Any, acts: Sequence[str] = (*ACTS, "truncate")) -> None:
    """Make the triggers."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION)
        for name, table, act in _triggers(connection, acts):
            cursor.execute(_create(connection.vendor, name, table, act))


def remove(connection: Any, acts: Sequence[str] = (*ACTS, "truncate")) -> None:
    """Drop the triggers: for a restore, for the yearly removal of old rows, and for tests that empty tables."""
    with connection.cursor() as cursor:
        for name, table, _act in _triggers(connection, acts):
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def _triggers(connection: Any, acts: Sequence[str]) -> list[tuple[str, str, str]]:
    known = (*ACTS, "truncate") if connection.vendor == "postgresql" else ACTS
    return [(f"{table}_no_{act}", table, act) for table in TABLES for act in acts if act in known]


def _create(vendor: str, name: str, table: str, act: str) -> str:
    if vendor == "postgresql":
        each = "STATEMENT" if act == "truncate" else "ROW"
        return f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH {each} EXECUTE FUNCTION audit_refuse()"
    stop = "SELECT RAISE(ABORT, 'audit rows are never changed');"
    return f"CREATE TRIGGER {name} BEFORE {act} ON {table} BEGIN {stop} END"
