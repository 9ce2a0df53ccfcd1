"""Jobs whose effects tests watch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kajing.queue import registry
from kajing.queue.worker import Worker
from tests.queue import bodies


@pytest.fixture
def worker(db: None) -> Iterator[Worker]:
    """A worker of this process; jobs are done by `work_one` and `work_until_empty`."""
    bodies.register()
    bodies.make_table()
    bodies.clear()
    one = Worker()
    yield one
    one.life.end()
    for name in [name for name in registry.JOBS if name.startswith("tests.")]:
        del registry.JOBS[name]
