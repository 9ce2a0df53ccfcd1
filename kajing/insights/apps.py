"""Registrations of the room."""

from django.apps import AppConfig


class InsightsConfig(AppConfig):
    """The room `insights`."""

    name = "kajing.insights"
    label = "insights"
