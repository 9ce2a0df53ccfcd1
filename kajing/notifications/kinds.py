"""The kinds of news there are. A room adds its own with `register` when it starts."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """How a person wants to be told."""

    APP = "APP", _("in the app")
    APP_EMAIL = "APP_EMAIL", _("in the app and by e-mail")
    OFF = "OFF", _("off")


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of news: its label, the channel unless the person chose another, and whether it may be switched off."""

    name: str
    label: str | Promise
    channel: str = Channel.APP
    can_be_off: bool = True
    icon: str = "bell"


KINDS: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    """Add kinds; the same name again replaces the earlier one (a plugin may rename a label)."""
    for kind in kinds:
        KINDS[kind.name] = kind


def kind_of(name: str) -> Kind:
    """The registered kind; an unknown name is plain news in the app."""
    return KINDS.get(name) or Kind(name, name)


DIGEST = "digest.morning"
register(Kind(DIGEST, _("Morning digest"), Channel.APP_EMAIL, icon="mail"))
