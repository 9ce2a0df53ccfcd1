"""The cast. Two branches, so that a leak test always contains something to leak.

HQ 总行 ─ B01 上海分行 ─ S01 浦东支行 ─ T01: Ana (manager), Lee (leader); Head leads B01
        └ B02 杭州分行 ─ S02 西湖支行 ─ T02: Ben (manager)
Risk, Service, Compliance, Admin and Auditor sit at HQ. All passwords are PASSWORD.
"""

from __future__ import annotations

import pytest

from kajing.org.models import Person, Role, Unit
from tests.factories.org import PASSWORD, person, unit

__all__ = ["PASSWORD"]


@pytest.fixture
def units(db: None) -> dict[str, Unit]:
    """The unit tree by code."""
    hq = unit("HQ", Unit.Kind.HEAD_OFFICE, name="总行")
    tree = {"HQ": hq}
    for branch, sub, team, city in (("B01", "S01", "T01", "上海"), ("B02", "S02", "T02", "杭州")):
        tree[branch] = unit(branch, Unit.Kind.BRANCH, parent=hq, name=f"{city}分行")
        tree[sub] = unit(sub, Unit.Kind.SUB_BRANCH, parent=tree[branch], name=f"{city}支行")
        tree[team] = unit(team, Unit.Kind.TEAM, parent=tree[sub], name=f"{city}一组")
    return tree


@pytest.fixture
def ana(units: dict[str, Unit]) -> Person:
    """Account manager in branch B01."""
    return person("ana", Role.MANAGER, units["T01"], name="安娜")


@pytest.fixture
def ben(units: dict[str, Unit]) -> Person:
    """Account manager in branch B02, a stranger to Ana."""
    return person("ben", Role.MANAGER, units["T02"], name="本泽")


@pytest.fixture
def lee(units: dict[str, Unit]) -> Person:
    """Leader of Ana's team."""
    return person("lee", Role.LEADER, units["T01"], name="李强")


@pytest.fixture
def head(units: dict[str, Unit]) -> Person:
    """Head of Ana's branch."""
    return person("head", Role.BRANCH_HEAD, units["B01"], name="何伟")


@pytest.fixture
def risk(units: dict[str, Unit]) -> Person:
    """Risk officer at head office."""
    return person("risk", Role.RISK, units["HQ"], name="任风")


@pytest.fixture
def service(units: dict[str, Unit]) -> Person:
    """Service agent at head office."""
    return person("service", Role.SERVICE, units["HQ"], name="傅晓")


@pytest.fixture
def compliance(units: dict[str, Unit]) -> Person:
    """Compliance officer at head office."""
    return person("compliance", Role.COMPLIANCE, units["HQ"], name="何规")


@pytest.fixture
def admin(units: dict[str, Unit]) -> Person:
    """Administrator: runs the system, sees no customer."""
    return person("admin", Role.ADMIN, units["HQ"], name="管立")


@pytest.fixture
def auditor(units: dict[str, Unit]) -> Person:
    """Auditor: reads everything, changes nothing."""
    return person("auditor", Role.AUDITOR, units["HQ"], name="沈计")
