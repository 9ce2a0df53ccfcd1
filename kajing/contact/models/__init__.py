"""What was said to a customer and what is on its way to one."""

from kajing.contact.models import incoming, wordings
from kajing.contact.models.incoming import SENDER, ChannelEvent, Mailbox, StrayMessage
from kajing.contact.models.interactions import Interaction, Override
from kajing.contact.models.messages import (
    BODY,
    SUBJECT,
    Message,
    MessageFile,
    MessageThread,
    Sending,
    seal,
    unseal,
)
from kajing.contact.models.wordings import MessageTemplate, TemplateVersion, in_force_q

SHARED_TABLES = (*wordings.SHARED_TABLES, *incoming.SHARED_TABLES)

__all__ = [
    "BODY",
    "SENDER",
    "SUBJECT",
    "ChannelEvent",
    "Interaction",
    "Mailbox",
    "Message",
    "MessageFile",
    "MessageTemplate",
    "MessageThread",
    "Override",
    "Sending",
    "StrayMessage",
    "TemplateVersion",
    "in_force_q",
    "seal",
    "unseal",
]
