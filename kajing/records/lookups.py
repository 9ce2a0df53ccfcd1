"""A hint for the planner, as a lookup."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Transform


@CharField.register_lookup
class Common(Transform):
    """`status__common__in=[…]`: the column holds few values that most rows share, so it should not lead the search.

    SQLite takes any equality for a filter that leaves one row in four, and then sorts a million rows rather than walk
    the index of the order. A plus sign before the column says that it does not. PostgreSQL knows its columns.
    """

    lookup_name = "common"

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_extra: Any) -> tuple[str, Any]:
        sql, params = compiler.compile(self.lhs)
        return (f"+{sql}" if connection.vendor == "sqlite" else sql), params
