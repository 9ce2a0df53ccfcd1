"""Registrations of the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QueueConfig(AppConfig):
    """The room `queue`."""

    name = "kajing.queue"
    label = "queue"

    def ready(self) -> None:
        """E-mail is a channel of the outbox; sweeping is a chore; jobs have a page."""
        from kajing.queue import audit_words, outbox, registry, worker
        from kajing.ui.registry import NavItem, navigation

        audit_words.register()

        registry.channel("email", outbox.send_email, ready=outbox.mail_is_set_up)
        registry.chore("queue.sweep", 3600, worker.sweep)
        navigation.register(
            NavItem(
                key="jobs", section="system", label=_("Jobs"), url_name="queue:index", icon="stack-2",
                permission="queue.view", order=40,
            )
        )  # fmt: skip
