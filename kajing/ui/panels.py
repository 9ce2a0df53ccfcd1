"""The lazy panels of a page, all in one answer: a request apiece cost more than what they show."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.template.loader import render_to_string

from kajing.ui import registry

logger = logging.getLogger("kajing.panels")


@dataclass(frozen=True)
class Filled:
    """A panel with its content; `failed` when it could not be made, empty when it has nothing to say."""

    panel: registry.Panel
    content: str = ""
    failed: bool = False


def family(slot: str) -> str:
    """The page a slot belongs to: `customer` of `customer.left`."""
    return slot.partition(".")[0]


def filled(request: HttpRequest, page: str, pk: str) -> tuple[Any, list[Filled]]:
    """The record and every lazy panel this person may see of a page's slots. Raises Http404 for a foreign record."""
    slots = registry.slots_of(page)
    if not slots:
        raise Http404
    obj = slots[0].load(request.user, pk)
    names = {slot.name for slot in slots}
    wanted = [panel for panel in registry.panels.allowed(request.user) if panel.lazy and panel.slot in names]
    return obj, [_fill(request, panel, obj) for panel in wanted]


def _fill(request: HttpRequest, panel: registry.Panel, obj: Any) -> Filled:
    """One panel; a failure is its own, so that the others still come."""
    try:
        return Filled(panel, content(request, panel, obj))
    except (Http404, PermissionDenied):
        return Filled(panel)
    except Exception:
        logger.exception("a panel could not be made", extra={"panel": panel.key})
        return Filled(panel, failed=True)


def content(request: HttpRequest, panel: registry.Panel, obj: Any) -> str:
    """A panel's mark-up; empty when it stays away."""
    data = panel.data(request.user, obj)
    return "" if data is None else render_to_string(panel.template, {"panel": panel, "obj": obj, **data}, request)
