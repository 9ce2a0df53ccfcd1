"""What the audit trail calls this room's acts, and what they are done to."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from kajing.audit import acts

WORDS = {
    "sign_in": pgettext_lazy("audit", "Signed in"),
    "sign_out": pgettext_lazy("audit", "Signed out"),
    "sign_in_failed": pgettext_lazy("audit", "Sign-in failed"),
    "sign_in_locked": pgettext_lazy("audit", "Sign-in locked"),
    "sign_in_second_factor_failed": pgettext_lazy("audit", "Second factor failed"),
    "org.absorb_licences": pgettext_lazy("audit", "Licences read from the feed"),
    "org.absorb_people": pgettext_lazy("audit", "People read from the feed"),
    "org.absorb_units": pgettext_lazy("audit", "Units read from the feed"),
    "org.add_person": pgettext_lazy("audit", "Person added"),
    "org.add_second_factor": pgettext_lazy("audit", "Second factor set up"),
    "org.add_unit": pgettext_lazy("audit", "Unit added"),
    "org.change_password": pgettext_lazy("audit", "Password changed"),
    "org.change_role": pgettext_lazy("audit", "Role changed"),
    "org.end_substitution": pgettext_lazy("audit", "Substitution ended"),
    "org.grant_access": pgettext_lazy("audit", "Access granted"),
    "org.grant_licence": pgettext_lazy("audit", "Licence granted"),
    "org.leave": pgettext_lazy("audit", "Person left"),
    "org.make_recovery_codes": pgettext_lazy("audit", "Recovery codes made"),
    "org.make_token": pgettext_lazy("audit", "API token made"),
    "org.merge_unit": pgettext_lazy("audit", "Unit closed into another"),
    "org.move_person": pgettext_lazy("audit", "Person moved to another unit"),
    "org.remove_second_factor": pgettext_lazy("audit", "Second factor removed"),
    "org.return": pgettext_lazy("audit", "Person back at work"),
    "org.revoke_access": pgettext_lazy("audit", "Access revoked"),
    "org.revoke_token": pgettext_lazy("audit", "API token revoked"),
    "org.set_password": pgettext_lazy("audit", "Password set by an administrator"),
    "org.set_substitute": pgettext_lazy("audit", "Substitute named"),
}

KINDS = {
    "feed": pgettext_lazy("audit object", "Feed of people"),
    "grant": pgettext_lazy("audit object", "Temporary access"),
    "licence": pgettext_lazy("audit object", "Licence"),
    "person": pgettext_lazy("audit object", "Person"),
    "unit": pgettext_lazy("audit object", "Unit"),
}


def register() -> None:
    """Name them to the trail."""
    acts.register(WORDS)
    acts.register_kinds(KINDS)
