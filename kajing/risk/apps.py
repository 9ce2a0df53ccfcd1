"""Registrations of the room."""

from django.apps import AppConfig


class RiskConfig(AppConfig):
    """The room `risk`."""

    name = "kajing.risk"
    label = "risk"
