"""Registrations of the room."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """The room `customers`."""

    name = "kajing.customers"
    label = "customers"
