"""Every act on contacts."""

from kajing.contact.services.access import use_pass
from kajing.contact.services.acts import (
    choose_next_step,
    end_contact,
    log_contact,
    miss_call,
    note_contact,
    reopen_contact,
    start_contact,
)
from kajing.contact.services.errors import BadChoice, BadTime, ContactRefused, NoReason, NotOpen, Stale
from kajing.contact.services.evidence import (
    BadPhoto,
    BadRecording,
    attach_photo,
    attach_recording,
    keep_recording,
    show_photo,
)
from kajing.contact.services.keeping import expire_recordings, miss_plans
from kajing.contact.services.overrides import ask_override, grant_override
from kajing.contact.services.plans import Place, cancel_plan, check_in, move_plan, plan_contact
from kajing.contact.services.reminding import remind

__all__ = [
    "BadChoice",
    "BadPhoto",
    "BadRecording",
    "BadTime",
    "ContactRefused",
    "NoReason",
    "NotOpen",
    "Place",
    "Stale",
    "ask_override",
    "attach_photo",
    "attach_recording",
    "cancel_plan",
    "check_in",
    "choose_next_step",
    "end_contact",
    "expire_recordings",
    "grant_override",
    "keep_recording",
    "log_contact",
    "miss_call",
    "miss_plans",
    "move_plan",
    "note_contact",
    "plan_contact",
    "remind",
    "reopen_contact",
    "show_photo",
    "start_contact",
    "use_pass",
]
