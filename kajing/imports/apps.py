"""Registrations of the room."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """The room `imports`."""

    name = "kajing.imports"
    label = "imports"
