"""Registrations of the room."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The room `api`."""

    name = "kajing.api"
    label = "api"
