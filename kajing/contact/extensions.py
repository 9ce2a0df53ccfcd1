"""What this room and rooms above add to the gate and to the call sheet.

    extensions.touch_sources["surveys"] = f(customer_ids, since) -> {source: (customer_id, Touch)}

A touch source names every contact it counts, such as message:41, so that a contact on its way does not count itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from kajing.contact.gate import Touch

# (customer ids, since) → (source, customer id, touch) of every contact to them from then on, planned ones included.
TouchSource = Callable[[Sequence[str], datetime], Iterable[tuple[str, str, Touch]]]

touch_sources: dict[str, TouchSource] = {}
