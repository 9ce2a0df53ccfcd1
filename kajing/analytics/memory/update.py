"""One night's change of the memory, as one transaction."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date

from kajing.analytics.backends.duck import DuckBackend
from kajing.analytics.memory import (
    balances,
    debts,
    habits,
    layers,
    owners,
    postings,
    pruning,
    signals,
    tallies,
    winners,
)
from kajing.analytics.memory.store import Memory
from kajing.analytics.parameters import Parameters
from kajing.analytics.warehouse import Part

MERGED = ("customers", "accounts", "cards", "statements", "repayments")


def update(
    memory: Memory,
    backend: DuckBackend,
    parts: Callable[[str], list[Part]],
    stage: Callable[[], None],
    as_of: date,
    p: Parameters,
) -> dict[str, int]:
    """Bring every remembered table to `as_of`; what changed, by name. A killed update leaves the night before.

    `parts` gives tonight's parts of a feed; `stage` makes the temporary s_customers, s_accounts, s_cards, s_mcc_groups
    from the winners.
    """
    if memory.found is None:
        raise RuntimeError("nothing is remembered; start anew")
    before, con = memory.found.as_of, memory.con
    con.execute("BEGIN")
    tonight = {feed: winners.parts_tonight(memory, feed, parts(feed)) for feed in (*MERGED, "transactions")}
    counts = {feed: winners.merge(memory, feed, tonight[feed]) for feed in MERGED}
    for feed in pruning.DAY_OF:
        pruning.refuse_debts(memory, feed, tonight[feed])
    stage()
    owners.update(memory)
    pruning.refuse_moved(memory)
    counts["transactions"] = postings.update(memory, backend, tonight["transactions"])
    balances.update(memory, backend, before, as_of)
    counts["windows"] = tallies.windows(memory, backend, before, as_of, p)
    counts["rhythm"] = tallies.gaps(memory, backend, before, as_of)
    tallies.last_purchases(memory)
    tallies.use_of_cards(memory, backend)
    counts["months"] = tallies.months(memory, backend)
    counts["cycles"] = debts.update(memory, backend, before, as_of, p)
    counts["habits"] = habits.update(memory, backend, before, as_of, p)
    counts["signals"] = signals.update(memory, backend, before, as_of, p)
    counts["layers"] = layers.update(memory, backend, as_of)
    counts["dropped"] = pruning.drop(memory, backend, as_of, p)
    memory.write_down(dataclasses.replace(memory.found, as_of=as_of, night=memory.found.night + 1), p)
    con.execute("COMMIT")
    return counts
