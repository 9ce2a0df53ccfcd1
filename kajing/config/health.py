"""`/healthz`: whether this process can serve, for proxies and process managers."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from kajing.lib.access import public


@public
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database does real work, 503 when it does not; says nothing else to strangers."""
    try:
        _ask_database()
    except DatabaseError:
        return JsonResponse({"status": "unavailable"}, status=503, headers={"Retry-After": "5"})
    return JsonResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


def _ask_database() -> None:
    """A row of a real table; on PostgreSQL also a line of PL/pgSQL, which a half-done upgrade breaks first."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DO $$ BEGIN PERFORM 1; END $$")
        cursor.execute("SELECT id FROM django_migrations LIMIT 1")
        cursor.fetchone()
