"""What messages add to the product: channels, jobs, pages, panels, news."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kajing.contact import channels, extensions, jobs
from kajing.contact.selectors import messages as selectors
from kajing.contact.services import messages_delivery, sendings
from kajing.notifications import kinds
from kajing.notifications.selectors import open_news
from kajing.queue import registry as queue
from kajing.ui import registry as ui

VIEW, SEND = "contact.view_messages", "contact.send_message"


def register() -> None:
    """Say so to the rooms below."""
    channels.register_own()
    channels.register_in_outbox(messages_delivery.deliver, messages_delivery.given_up)
    extensions.touch_sources["messages"] = selectors.message_touches
    queue.job(sendings.JOB, jobs.send, title=_("Send messages"), chunked=True)
    queue.job(jobs.READ_MAIL, jobs.read_mail, title=_("Read the mailbox"), chunked=True, max_attempts=1)
    queue.chore("contact.mail", 60, jobs.look_for_mail)
    kinds.register(
        kinds.Kind("message.reply", _("A customer wrote"), icon="message-circle"),
        kinds.Kind("message.sensitive", _("A reply that must be looked at"), can_be_off=False, icon="alert-triangle"),
        kinds.Kind("message.blocked", _("A message that a rule stopped"), icon="ban"),
        kinds.Kind("message.failed", _("A message that did not arrive"), icon="mail-off"),
    )
    _pages()


def _pages() -> None:
    ui.navigation.register(
        ui.NavItem(
            key="messages", section="contact", label=_("Messages"), url_name="contact:messages", icon="message",
            permission=VIEW, order=40, go="e", badge=_waiting,
        )
    )  # fmt: skip
    ui.navigation.register(
        ui.NavItem(
            key="templates", section="contact", label=_("Templates"), url_name="contact:templates", icon="template",
            permission=VIEW, order=50,
        )
    )  # fmt: skip
    ui.new_items.register(
        ui.NewItem(
            key="message", label=_("Message"), url_name="contact:new_message", icon="send", permission=SEND, order=20,
            shortcut="m",
        )
    )  # fmt: skip
    ui.bulk_actions.register(
        ui.BulkAction(
            key="customers-message", list="customers", label=_("Send message"), icon="send",
            url_name="contact:bulk_message", permission=SEND, order=20,
        )
    )  # fmt: skip
    ui.panels.register(
        ui.Panel(
            key="messages", slot="customer", title=_("Messages"), template="contact/messages_panel.html",
            icon="message", data=of_customer, permission=VIEW, order=35,
        )
    )  # fmt: skip


def of_customer(user: Any, customer: Any) -> dict[str, Any]:
    """The last messages of a customer, for the panel of their page."""
    found = selectors.listed(user, customer=customer.pk)[:5]
    return {
        "rows": [{"message": one, "channel": channels.label_of(one.channel)} for one in found],
        "may_send": user.has_perm(SEND),
    }


def _waiting(user: Any) -> ui.Count | None:
    """Replies still open in the inbox, by the one count that the bell asks for anyway."""
    open_ones = open_news(user, timezone.now()).by_kind
    count = open_ones.get("message.reply", 0) + open_ones.get("message.sensitive", 0)
    return ui.Count(value=count) if count else None
