"""What gates put on records' pages: the state, and only the next states that are open to who looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kajing.workflow.selectors.gates import Standing, in_force, standing


def of_fields(kind: str) -> Callable[[Any, Any], dict[str, Any] | None]:
    """The panel of a record's choice fields that have a gate in force; None, and no panel, where there is none."""

    def data(user: Any, row: Any) -> dict[str, Any] | None:
        found = [standing(user, gate, str(row.pk)) for gate in in_force(user, f"{kind}.")]
        rows = [one for one in found if one is not None]
        return {"rows": rows} if rows else None

    return data


def of_record(kind: str) -> Callable[[Any, Any], dict[str, Any] | None]:
    """The panel of a record's own states; None, and no panel, while no gate is in force for its kind."""

    def data(user: Any, row: Any) -> dict[str, Any] | None:
        found = own_standing(user, kind, str(row.pk))
        return {"rows": [found]} if found else None

    return data


def own_standing(user: Any, kind: str, object_id: str) -> Standing | None:
    """Where a record stands under the gate of its own states; None without a gate in force."""
    gates = in_force(user, [kind])
    return standing(user, gates[0], object_id) if gates else None
