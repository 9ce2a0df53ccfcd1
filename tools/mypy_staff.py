"""Mypy plugin: ``request.user`` is a Person.

LoginRequiredMiddleware makes every address private unless it is marked public (platform R2), and the access matrix
proves it; so a view need not say again that its visitor has signed in.
"""

from __future__ import annotations

from collections.abc import Callable

from mypy.nodes import TypeInfo
from mypy.plugin import AttributeContext, Plugin
from mypy.types import Instance, Type


def _person(context: AttributeContext) -> Type:
    module = getattr(context.api, "modules", {}).get("kajing.org.models")
    symbol = module.names.get("Person") if module else None
    if symbol is None or not isinstance(symbol.node, TypeInfo):
        return context.default_attr_type
    return Instance(symbol.node, [])


class Staff(Plugin):
    """The one attribute."""

    def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        """Answer for ``HttpRequest.user`` only."""
        return _person if fullname == "django.http.request.HttpRequest.user" else None


def plugin(version: str) -> type[Plugin]:
    """What mypy asks for."""
    return Staff
