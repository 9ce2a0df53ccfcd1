"""Registrations of the room."""

from django.apps import AppConfig


class ContactConfig(AppConfig):
    """The room `contact`."""

    name = "kajing.contact"
    label = "contact"
