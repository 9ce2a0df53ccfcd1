"""Names of customers as people search for them."""

from __future__ import annotations

import pytest

from kajing.customers.services.feeds import name_initials


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("王强", "wq"),
        ("曾小单", "zxd"),  # as a surname 曾 is zeng, 单 is shan; inside a name 单 is dan
        ("单丽", "sl"),
        ("解晓东", "xxd"),
        ("仇英", "qy"),
        ("查良镛", "zly"),
        ("尉迟恭", "ycg"),
        ("欧阳修", "oyx"),
        ("长孙无忌", "zswj"),
        ("单", "d"),
        ("Li Lei", "lilei"),
        ("", ""),
    ],
)
def test_initials_follow_the_reading_of_surnames(name: str, initials: str) -> None:
    assert name_initials(name) == initials


def test_initials_fit_their_column() -> None:
    assert len(name_initials("王" * 100)) == 40
