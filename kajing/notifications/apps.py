"""Registrations of the room."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """The room `notifications`."""

    name = "kajing.notifications"
    label = "notifications"
