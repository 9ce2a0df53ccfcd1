"""Registrations of the room."""

from django.apps import AppConfig


class QueueConfig(AppConfig):
    """The room `queue`."""

    name = "kajing.queue"
    label = "queue"
