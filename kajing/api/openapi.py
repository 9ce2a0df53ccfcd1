"""What the OpenAPI document says beside the operations: errors and the idempotency header, with examples."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from kajing.api.schemas import Problem

DESCRIPTION = (
    "Lists answer {items, next, total}. Errors are problem documents (RFC 9457) with the request id. "
    "Money is integer fen, shares are decimals from 0 to 1, days are ISO dates in Asia/Shanghai. "
    "Sign in by session cookie (with X-CSRFToken on writes) or by `Authorization: Bearer TOKEN`. "
    "A POST with an `Idempotency-Key` may be repeated safely: the first answer is given again. "
    "One token or person may ask 3,000 times a minute (unless the bank says otherwise): `RateLimit` tells what is "
    "left; who has nothing left gets 429 with `Retry-After`. Lists give at most 200 rows at once; follow `next`."
)
EXTRA: dict[str, Any] = {"info": {"description": DESCRIPTION, "license": {"name": "Apache-2.0"}}}

_EXAMPLE = {
    "type": "about:blank",
    "title": "Not found",
    "status": 404,
    "detail": "",
    "instance": "/api/v1/customers/C000000",
    "request_id": "8c0a6c4a6ee14d1c8f4d5ad1b5a8f7c3",
}
_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "Any text of 1 to 255 printable characters; the same key with another body is refused (422).",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "5f2c9f0e-1b1e-4d52-9a53-6c9d0f1f8f11",
}
_ERRORS = {
    401: "Not signed in",
    403: "Not in your role",
    404: "Not found, or not yours",
    422: "A field is wrong",
    429: "Too many requests",
}


class KajingAPI(NinjaAPI):
    """NinjaAPI whose schema tells errors and the idempotency header on every operation."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The OpenAPI 3.1 document."""
        schema = super().get_openapi_schema(**options)
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schema["components"]["schemas"]["Problem"] = problem
        for operations in schema["paths"].values():
            for method, operation in operations.items():
                _complete(method, operation)
        return schema


def _complete(method: str, operation: dict[str, Any]) -> None:
    if method != "get":
        operation["parameters"] = [*operation["parameters"], _KEY]
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _EXAMPLE}
    statuses = {**_ERRORS, 409: "Not possible now"} if method != "get" else _ERRORS
    for status, text in statuses.items():
        operation["responses"].setdefault(
            status,
            {
                "description": text,
                "content": {
                    "application/problem+json": {**content, "example": {**_EXAMPLE, "title": text, "status": status}}
                },
            },
        )
