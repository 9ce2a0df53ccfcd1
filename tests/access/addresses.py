"""Every address of the product, read from the URL table and the API: nothing is listed by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from kajing.api.docs import sample
from kajing.config.api import api

API = "api/v1/"
# Pages of allauth carry no mark of ours. Public ones lead to sign-in; the others act on the own sign-in only.
ALLAUTH = {
    "account_login": "public",
    "account_logout": "public",
    "account_reauthenticate": "own",
    "account_change_password": "own",
    "mfa_index": "own",
    "mfa_authenticate": "public",
    "mfa_reauthenticate": "own",
    "mfa_activate_totp": "own",
    "mfa_deactivate_totp": "own",
    "mfa_view_recovery_codes": "own",
    "mfa_generate_recovery_codes": "own",
    "mfa_download_recovery_codes": "own",
}
# Everything that needs no sign-in, by name: adding one is a decision (platform R2).
PUBLIC = {
    "api:openapi-json", "api:openapi-view", "healthz",
    "workflow:feed",  # a secret of 256 bits in the address; shows open tasks with masked names
    # Channels sign their calls; the way out of marketing is behind a signed token and shows nothing personal.
    "contact:callback", "contact:optout",
}  # fmt: skip
NO_ANSWER = {"api:api-root"}  # ninja's own root, which is 404 for everybody


@dataclass(frozen=True)
class Address:
    """A page (method "", asked with GET and POST) or one API operation."""

    name: str
    route: str
    method: str
    right: str | None
    room: str
    params: tuple[str, ...]
    fixed: tuple[tuple[str, Any], ...] = ()
    body: Any = None
    multipart: bool = False  # the body is a form with files

    def __str__(self) -> str:
        return f"{self.method or 'PAGE'} /{self.route}"

    @property
    def is_api(self) -> bool:
        """Whether it is an operation of the API."""
        return bool(self.method)

    @property
    def methods(self) -> tuple[str, ...]:
        """How to ask."""
        return (self.method,) if self.method else ("GET", "POST")

    def path(self, values: dict[str, Any]) -> str:
        """The address with its parameters filled in."""
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found.group(1)]), self.route)


def addresses() -> list[Address]:
    """All pages and operations."""
    return [*_pages(), *_operations()]


def _pages() -> Iterator[Address]:
    for route, name, callback in _walk(get_resolver(), "", ""):
        is_operation = route.startswith(API) and name not in PUBLIC | NO_ANSWER
        if not is_operation:
            yield Address(name, route, "", right_of(name, callback), _room(callback), _params(route))


def _walk(resolver: URLResolver, prefix: str, space: str) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern).removeprefix("^").removesuffix("$")
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from _walk(entry, route, inner)
        elif isinstance(entry, URLPattern):
            yield route, f"{space}{entry.name or route}", entry.callback


def right_of(name: str, callback: Callable[..., Any]) -> str | None:
    """The right an address asks for; None when nobody wrote one."""
    if name in NO_ANSWER:
        return "public"
    return getattr(callback, "right", None) or ALLAUTH.get(name)


def _room(callback: Callable[..., Any]) -> str:
    module = getattr(callback, "__module__", None) or type(callback).__module__
    return module.split(".")[1] if module.startswith("kajing.") else module.split(".")[0]


def _params(route: str) -> tuple[str, ...]:
    return tuple(re.findall(r"<(?:\w+:)?(\w+)>", route))


def _operations() -> Iterator[Address]:
    schema = api.get_openapi_schema(path_prefix="/" + API)
    for bound in api._get_bound_routers():
        for path, view in bound.path_operations.items():
            route = API + "/".join(part.strip("/") for part in (bound.prefix, path) if part.strip("/"))
            for operation in view.operations:
                for method in operation.methods:
                    told = _told(schema, path, bound.prefix, method)
                    yield Address(
                        name=f"api:{operation.view_func.__name__}",
                        route=route.replace("{", "<").replace("}", ">"),
                        method=method,
                        right=getattr(operation.view_func, "right", None),
                        room=operation.view_func.__module__.split(".")[1],
                        params=_params(route.replace("{", "<").replace("}", ">")),
                        body=_body(schema, told),
                        multipart="multipart/form-data" in told,
                    )


def _told(schema: dict[str, Any], path: str, prefix: str, method: str) -> dict[str, Any]:
    """What the schema says of the body, by media type."""
    told = "/" + API + "/".join(part.strip("/") for part in (prefix, path) if part.strip("/"))
    operation = schema["paths"].get(re.sub(r"{[^}:]+:", "{", told), {}).get(method.lower(), {})
    return dict(operation.get("requestBody", {}).get("content", {}))


def _body(schema: dict[str, Any], content: dict[str, Any]) -> Any:
    part = next((kind["schema"] for kind in content.values()), None)
    return sample(schema, part) if part else None
