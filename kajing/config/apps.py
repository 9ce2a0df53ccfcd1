"""Registrations of the wiring: management commands live here."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The room `config`."""

    name = "kajing.config"
    label = "config"
