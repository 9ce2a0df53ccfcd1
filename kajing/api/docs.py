"""The readable pages of the API, drawn by our server from the schema: no script and nothing from another host."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase


class ReadableDocs(DocsBase):
    """Renders `api/docs.html` under our strict content policy."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **path_params: Any) -> HttpResponse:
        """The page of all operations, by room."""
        schema = api.get_openapi_schema(path_params=path_params)
        context = {
            # Signed-in people keep the shell around it; a client's author reads it without an account.
            "layout": "ui/base.html" if request.user.is_authenticated else "ui/bare.html",
            "info": schema["info"],
            "rooms": rooms(schema),
            "openapi_url": self.get_openapi_url(api, path_params),
        }
        return TemplateResponse(request, "api/docs.html", context).render()


def rooms(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Operations by their first tag, each with its parameters, body fields and answer fields."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            tag = (operation.get("tags") or ["api"])[0]
            found.setdefault(tag, []).append(_operation(schema, method, path, operation))
    return [{"name": name, "operations": operations} for name, operations in found.items()]


def _operation(schema: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = next(
        (told for status, told in operation["responses"].items() if 200 <= int(status) < 300), {}
    )
    return {
        "method": method.upper(),
        "path": path,
        "anchor": operation["operationId"],
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "parameters": [
            {"name": one["name"], "in": one["in"], "required": one["required"], "type": _type(one["schema"])}
            for one in operation["parameters"]
        ],
        "body": _fields(schema, _content(operation.get("requestBody", {}))),
        "answer": _fields(schema, _content(answer)),
        "example": _example(schema, _content(answer)),
    }


def _content(part: dict[str, Any]) -> dict[str, Any]:
    kinds: dict[str, Any] = part.get("content", {})
    return next((kind.get("schema", {}) for kind in kinds.values()), {})


def _resolve(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in part:
        name = part["$ref"].rsplit("/", 1)[-1]
        return schema["components"]["schemas"].get(name, {})
    return part


def _fields(schema: dict[str, Any], part: dict[str, Any]) -> list[dict[str, Any]]:
    found = _resolve(schema, part)
    if found.get("type") == "array":
        return _fields(schema, found.get("items", {}))
    required = set(found.get("required", []))
    return [
        {"name": name, "type": _type(details), "required": name in required, "text": details.get("description", "")}
        for name, details in found.get("properties", {}).items()
    ]


def _type(details: dict[str, Any]) -> str:
    if "$ref" in details:
        return str(details["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in details:
        return " | ".join(dict.fromkeys(_type(one) for one in details["anyOf"]))
    if "enum" in details:
        return " | ".join(str(one) for one in details["enum"])
    if details.get("type") == "array":
        return f"{_type(details.get('items', {}))}[]"
    return str(details.get("format") or details.get("type", "any"))


def _example(schema: dict[str, Any], part: dict[str, Any]) -> str:
    value = sample(schema, part)
    return json.dumps(value, ensure_ascii=False, indent=2) if value is not None else ""


def sample(schema: dict[str, Any], part: dict[str, Any], depth: int = 0) -> Any:
    """An example value of a schema: its own first example, else one put together from its parts."""
    part = _resolve(schema, part)
    if part.get("examples"):
        return part["examples"][0]
    if "default" in part:
        return part["default"]
    if "anyOf" in part:
        return sample(schema, part["anyOf"][0], depth)
    if "enum" in part:
        return part["enum"][0]
    if part.get("type") == "array":
        return [sample(schema, part.get("items", {}), depth + 1)] if depth < 4 else []
    if "properties" in part and depth < 5:
        return {name: sample(schema, one, depth + 1) for name, one in part["properties"].items()}
    plain = {"integer": 1, "number": 0.5, "boolean": True, "object": {}}
    shaped = {"date": "2026-11-22", "date-time": "2026-11-22T09:30:00+08:00"}
    return plain.get(
        part.get("type", ""), shaped.get(part.get("format", ""), "text" if part.get("type") == "string" else None)
    )
