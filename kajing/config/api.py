"""`/api/v1`: one router per room; one handler turns domain errors into problem documents."""

from __future__ import annotations

from ninja import NinjaAPI

from kajing import __version__

api = NinjaAPI(title="Kajing", version=__version__, urls_namespace="api", openapi_url="/openapi.json", docs_url="/docs")
