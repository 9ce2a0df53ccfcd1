"""Drawing an icon of the sprite. Which icons the sprite holds is decided at build time (``sprite.py``)."""

from __future__ import annotations

from functools import cache

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

SPRITE = "ui/dist/icons.svg"


@cache
def sprite_url() -> str:
    """The sprite's hashed address; it changes only with a new build, that is with a new process."""
    return static(SPRITE)


@cache
def icon(name: str, cls: str = "") -> SafeString:
    """An icon, hidden from screen readers."""
    classes = f"ico {cls}".strip()
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>', classes, sprite_url(), name
    )
