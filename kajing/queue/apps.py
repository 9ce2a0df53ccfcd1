"""Registrations of the room."""

from django.apps import AppConfig


class QueueConfig(AppConfig):
    """The room `queue`."""

    name = "kajing.queue"
    label = "queue"

    def ready(self) -> None:
        """E-mail is a channel of the outbox; sweeping is a chore."""
        from kajing.queue import outbox, registry, worker

        registry.channel("email", outbox.send_email)
        registry.chore("queue.sweep", 3600, worker.sweep)
