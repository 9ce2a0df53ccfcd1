"""Every act on people, units and rights: one audit row each, in the same transaction."""

from kajing.org.services.feeds import absorb_people, absorb_units, unsettled_people
from kajing.org.services.licences import absorb_licences
from kajing.org.services.people import add_person, change_role, leave, move_person, return_to_work, set_password
from kajing.org.services.rights import (
    CannotSubstitute,
    end_substitution,
    grant_access,
    grant_licence,
    make_token,
    revoke_access,
    revoke_token,
    set_substitute,
    tidy,
)
from kajing.org.services.units import add_unit, merge_unit, rebuild_paths

__all__ = [
    "CannotSubstitute",
    "absorb_licences",
    "absorb_people",
    "absorb_units",
    "add_person",
    "add_unit",
    "change_role",
    "end_substitution",
    "grant_access",
    "grant_licence",
    "leave",
    "make_token",
    "merge_unit",
    "move_person",
    "rebuild_paths",
    "return_to_work",
    "revoke_access",
    "revoke_token",
    "set_password",
    "set_substitute",
    "tidy",
    "unsettled_people",
]
