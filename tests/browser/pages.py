"""The pages every combination of language, theme and width is tried on. A room adds its pages here.

``prepare`` names a fixture that makes the rows the page shows; its value goes to ``path`` when that is a function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PageCase:
    """One page: who looks, what must be there first, and what it may weigh."""

    name: str
    path: str | Callable[[Any], str]
    person: str | None = "ana"
    prepare: str = ""
    chart: bool = False
    bare: bool = False  # no shell: sign-in, errors

    max_nodes = 1500  # design ui.md §12

    @property
    def max_kb(self) -> int:
        """Design ui.md §12: first load, all compressed."""
        return 290 if self.chart else 60

    @property
    def max_requests(self) -> int:
        """Design ui.md §12."""
        return 9 if self.chart else 8


PAGES = [
    PageCase("workbench", "/", prepare="desk"),
    PageCase("customers", "/customers/", prepare="desk"),
    PageCase("customer", lambda desk: f"/customers/{desk.customers[0].pk}/", prepare="desk", chart=True),
    PageCase("team", "/team/", person="lee", prepare="desk", chart=True),
    PageCase("tasks", "/tasks/", prepare="desk"),
    PageCase("task-board", "/tasks/board/?whose=mine&show=all", prepare="desk"),
    PageCase("leads", "/leads/?show=all", prepare="leads"),
    PageCase("lead", lambda made: f"/leads/{made[0].pk}/", prepare="leads"),
    PageCase("lead-board", "/leads/board/?show=all", prepare="leads"),
    PageCase("lead-new", "/leads/new/"),
    PageCase("lead-funnel", "/leads/funnel/", prepare="leads", chart=True),
    PageCase("call-sheet", lambda desk: f"/contact/call-sheet/{desk.customers[0].pk}/", prepare="desk"),
    PageCase("contacts", "/contact/?show=all", prepare="desk"),
    PageCase("alerts", "/risk/", prepare="desk"),
    PageCase("inbox", "/inbox/", prepare="desk"),
    PageCase("messages", "/contact/messages/", prepare="letters"),
    PageCase("message", lambda made: f"/contact/messages/{made.thread.messages.first().pk}/", prepare="letters"),
    PageCase("new-message", "/contact/messages/new/", prepare="letters"),
    PageCase("conversation", lambda made: f"/contact/messages/threads/{made.thread.pk}/", prepare="letters"),
    PageCase("sending", lambda made: f"/contact/messages/sendings/{made.sending.pk}/", prepare="letters"),
    PageCase(
        "template", lambda made: f"/contact/templates/{made.version.template_id}/", person="lee", prepare="letters"
    ),
    PageCase("new-template", "/contact/templates/new/", prepare="letters"),
    PageCase("gallery", "/ui/gallery/", chart=True),
    PageCase("settings", "/ui/preferences/"),
    PageCase("keys", "/ui/keys/"),
    PageCase("search", "/ui/search/?q=wang"),
    PageCase("sign-in", "/accounts/login/", person=None, bare=True),
]
