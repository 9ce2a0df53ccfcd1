"""Migration steps for a table of millions that a bank is working on.

On PostgreSQL an index is built and dropped beside the work (CONCURRENTLY), which no transaction may contain: the
migration says `atomic = False`. A step that was broken off is simply run again: what it left half made goes first.
SQLite, with one writer and no users at night, takes the plain way.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations


class AddIndexLive(migrations.AddIndex):
    """AddIndex that keeps nobody waiting."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        _drop(schema_editor, self.index.name)
        model = to_state.apps.get_model(app_label, self.model_name)
        schema_editor.execute("SET statement_timeout = 0")
        try:
            schema_editor.execute(self.index.create_sql(model, schema_editor, concurrently=True), params=None)
        finally:
            schema_editor.execute("RESET statement_timeout")


class RemoveIndexLive(migrations.RemoveIndex):
    """RemoveIndex that keeps nobody waiting."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        _drop(schema_editor, self.name)


def _drop(schema_editor: Any, name: str) -> None:
    schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(name)}")
