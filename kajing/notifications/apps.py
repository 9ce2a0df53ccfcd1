"""Registrations of the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """The room `notifications`."""

    name = "kajing.notifications"
    label = "notifications"

    def ready(self) -> None:
        from django.utils import timezone

        from kajing.notifications import audit_words, selectors
        from kajing.records.undo import TABLE_WORDS
        from kajing.ui import registry as ui

        audit_words.register()

        TABLE_WORDS["notifications.notification"] = _("notifications")

        ui.navigation.register(
            ui.NavItem(
                key="inbox", section="home", label=_("Inbox"), url_name="notifications:inbox", icon="inbox",
                permission="notifications.read_own", order=30, go="i",
            )
        )  # fmt: skip
        ui.hooks.unread = lambda user: selectors.open_news(user, timezone.now()).unread
        ui.hooks.inbox_url = "notifications:inbox"
