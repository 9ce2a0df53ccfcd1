"""Registrations of the room."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The room `audit`."""

    name = "kajing.audit"
    label = "audit"
