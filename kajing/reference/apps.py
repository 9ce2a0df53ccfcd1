"""Registrations of the room."""

from django.apps import AppConfig


class ReferenceConfig(AppConfig):
    """The room `reference`."""

    name = "kajing.reference"
    label = "reference"
