"""Units and people."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password

from kajing.org.models import Person, Role, Unit

PASSWORD = "cloud-lantern-42"  # of people who exist in tests only


@cache
def _password() -> str:
    return make_password(PASSWORD)


def unit(code: str, kind: Unit.Kind = Unit.Kind.TEAM, *, parent: Unit | None = None, **values: Any) -> Unit:
    """A place in the tree, with its path."""
    path = f"{parent.path if parent else '/'}{code}/"
    return Unit.objects.create(unit_code=code, kind=kind, parent=parent, path=path, **{"name": code, **values})


def person(sign_in_name: str, role: Role, at: Unit, **values: Any) -> Person:
    """A member of staff; `person_no` is P-NAME."""
    given = {"person_no": f"P-{sign_in_name.upper()}", "name": sign_in_name, "password": _password(), **values}
    return Person.objects.create(username=sign_in_name, role=role, unit=at, **given)
