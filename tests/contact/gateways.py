"""A real gateway on loopback for tests, and the settings that lead to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kajing.contact.simulator import Gateway, Simulator

SECRET = "whsec_dGVzdHMgb25seSwgbm8gc2VjcmV0IGF0IGFsbA=="


@contextmanager
def gateway(settings: Any, **values: Any) -> Iterator[Gateway]:
    """A gateway that takes SMS and WeCom messages; it tells of nothing unless given a callback."""
    known = Gateway(SECRET, **{"delay": 0.0, **values})
    with Simulator(known) as simulator:
        settings.KAJING_CHANNELS = {name: {"url": simulator.url, "secret": SECRET} for name in ("SMS", "WECOM")}
        settings.KAJING_CHANNEL_LOOPBACK = True
        yield known
