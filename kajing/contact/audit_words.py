"""What the audit trail calls this room's acts, and what they are done to."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from kajing.audit import acts

WORDS = {
    "contact.start": pgettext_lazy("audit", "Contact begun"),
    "contact.end": pgettext_lazy("audit", "Contact ended"),
    "contact.log": pgettext_lazy("audit", "Contact logged"),
    "contact.note": pgettext_lazy("audit", "Note of a contact changed"),
    "contact.next_step": pgettext_lazy("audit", "Next step chosen"),
    "contact.reopen": pgettext_lazy("audit", "Contact opened again"),
    "contact.plan": pgettext_lazy("audit", "Contact planned"),
    "contact.move": pgettext_lazy("audit", "Planned contact moved"),
    "contact.cancel": pgettext_lazy("audit", "Planned contact called off"),
    "contact.miss": pgettext_lazy("audit", "Planned contact missed"),
    "contact.check_in": pgettext_lazy("audit", "Checked in at a visit"),
    "contact.hand_on": pgettext_lazy("audit", "Planned contact handed on"),
    "contact.photo": pgettext_lazy("audit", "Photo of a visit kept"),
    "contact.recording": pgettext_lazy("audit", "Recording kept"),
    "contact.recording_expired": pgettext_lazy("audit", "Recording deleted after its time"),
    "contact.legal_hold": pgettext_lazy("audit", "Legal hold of a recording placed or lifted"),
    "contact.ask_override": pgettext_lazy("audit", "Way past a contact rule asked for"),
    "contact.override": pgettext_lazy("audit", "Way past a contact rule decided"),
    "contact.send_message": pgettext_lazy("audit", "Message written"),
    "contact.cancel_message": pgettext_lazy("audit", "Message called off"),
    "contact.message_planned": pgettext_lazy("audit", "Message planned"),
    "contact.message_waiting": pgettext_lazy("audit", "Message waits"),
    "contact.message_sent": pgettext_lazy("audit", "Message sent"),
    "contact.message_delivered": pgettext_lazy("audit", "Message delivered"),
    "contact.message_failed": pgettext_lazy("audit", "Message failed"),
    "contact.message_blocked": pgettext_lazy("audit", "Message blocked by the contact gate"),
    "contact.message_cancelled": pgettext_lazy("audit", "Message called off by the system"),
    "contact.message_received": pgettext_lazy("audit", "Message received"),
    "contact.send_many": pgettext_lazy("audit", "Message to many sent"),
    "contact.cancel_sending": pgettext_lazy("audit", "Message to many called off"),
    "contact.stray": pgettext_lazy("audit", "Message from an unknown sender"),
    "contact.place_stray": pgettext_lazy("audit", "Unknown message placed with a customer"),
    "contact.dismiss_stray": pgettext_lazy("audit", "Unknown message set aside"),
    "contact.write_template": pgettext_lazy("audit", "Template written"),
    "contact.change_template": pgettext_lazy("audit", "Template changed"),
    "contact.ask_template": pgettext_lazy("audit", "Template handed in for approval"),
    "contact.approve_template": pgettext_lazy("audit", "Template approved"),
    "contact.return_template": pgettext_lazy("audit", "Template returned"),
    "contact.take_back_template": pgettext_lazy("audit", "Template taken back"),
    "contact.retire_template": pgettext_lazy("audit", "Template retired"),
}

KINDS = {
    "interaction": pgettext_lazy("audit object", "Contact"),
    "message": pgettext_lazy("audit object", "Message"),
    "message_template": pgettext_lazy("audit object", "Message template"),
    "override": pgettext_lazy("audit object", "Exception to the contact gate"),
    "sending": pgettext_lazy("audit object", "Sending to many"),
    "stray_message": pgettext_lazy("audit object", "Message without a customer"),
}


def register() -> None:
    """Name them to the trail."""
    acts.register(WORDS)
    acts.register_kinds(KINDS)
