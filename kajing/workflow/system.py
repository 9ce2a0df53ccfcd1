"""Who reads when nobody looks: the night and the rules ask the filter language without a person's limits."""

from __future__ import annotations

from kajing.lib.scope import ALL, DataScope


class System:
    """A reader that sees every row and may ask for every field; it never signs in and changes nothing."""

    pk = 0
    id = 0
    person_no = "system"
    name = "system"
    role = "SYSTEM"
    is_active = True
    unit = None
    scope_today = DataScope(units=ALL, managers=ALL)
    substitutions_today: tuple[()] = ()

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Everything may be read."""
        return True
