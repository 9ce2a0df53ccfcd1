"""Registrations of the room."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """The room `records`."""

    name = "kajing.records"
    label = "records"
