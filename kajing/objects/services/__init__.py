"""Every act on objects and their records."""

from kajing.objects.services.definitions import (
    CannotDefine,
    DefinitionChanged,
    change_object,
    define_object,
    switch_object,
)
from kajing.objects.services.many import act_on_many, look_at_many, register_many
from kajing.objects.services.records import (
    CannotWrite,
    RecordChanged,
    change_record,
    create_record,
    remove_record,
    restore_record,
)

__all__ = [
    "CannotDefine",
    "CannotWrite",
    "DefinitionChanged",
    "RecordChanged",
    "act_on_many",
    "change_object",
    "change_record",
    "create_record",
    "define_object",
    "look_at_many",
    "register_many",
    "remove_record",
    "restore_record",
    "switch_object",
]
