"""How the product looks to one person: language, theme, density and the like; profile first, then cookie."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_from_request

COOKIE = "kajing_look"
CHOICES: dict[str, tuple[str, ...]] = {
    "language": ("zh-hans", "en"),
    "theme": ("auto", "light", "dark"),
    "density": ("compact", "cozy"),
    "sidebar": ("open", "folded"),
    "shortcuts": ("on", "off"),
    "colours": ("neutral", "red_up", "green_up"),
}
COLUMNS = ("language", "theme", "density")  # the others live in the profile's JSON field


@dataclass(frozen=True)
class Look:
    """One choice each; an unknown value never gets in."""

    language: str = "zh-hans"
    theme: str = "auto"
    density: str = "compact"
    sidebar: str = "open"
    shortcuts: str = "on"
    colours: str = "neutral"

    @property
    def html_lang(self) -> str:
        """The ``lang`` of the page."""
        return "en" if self.language == "en" else "zh-Hans"

    def changed(self, **values: str) -> Look:
        """A copy with the allowed values among these."""
        return replace(self, **{key: value for key, value in values.items() if value in CHOICES.get(key, ())})


def look_of(request: HttpRequest) -> Look:
    """The look of this request's person."""
    look = Look(language=_browser_language(request)).changed(**_cookie(request))
    user = getattr(request, "user", None)
    return look.changed(**_profile(user)) if user is not None and user.is_authenticated else look


def remember(response: HttpResponse, look: Look) -> None:
    """Keep the look in a cookie, so that sign-in looks the same tomorrow."""
    value = ".".join(getattr(look, item.name) for item in fields(look))
    response.set_cookie(COOKIE, value, max_age=31_536_000, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)


def store(user: Any, look: Look) -> None:
    """Save the look in the person's profile."""
    values = asdict(look)
    for name in COLUMNS:
        setattr(user, name, values.pop(name))
    user.preferences = {**(user.preferences or {}), **values}
    user.save(update_fields=[*COLUMNS, "preferences"])


def _browser_language(request: HttpRequest) -> str:
    return "en" if get_language_from_request(request).startswith("en") else "zh-hans"


def _cookie(request: HttpRequest) -> dict[str, str]:
    values = request.COOKIES.get(COOKIE, "").split(".")
    return dict(zip((item.name for item in fields(Look)), values, strict=False))


def _profile(user: Any) -> dict[str, str]:
    own = {name: getattr(user, name, "") for name in COLUMNS}
    return own | {key: value for key, value in (getattr(user, "preferences", None) or {}).items() if key in CHOICES}
