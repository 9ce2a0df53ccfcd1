"""Registrations of the room."""

from django.apps import AppConfig


class OrgConfig(AppConfig):
    """The room `org`."""

    name = "kajing.org"
    label = "org"
