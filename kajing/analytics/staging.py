"""One staged table per feed: the version of each row that counts, as known at a business date."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from kajing.analytics.feeds import Feed

DATA = Path(__file__).parent / "data"


def latest(raw: Table, key: Sequence[str], *, repeated: bool = True) -> Table:
    """The newest version of each key: business date, then part name.

    `repeated=False` says that no key comes twice, which spares the search. Most keys have one version; only the others
    are put in order.
    """
    if not repeated:
        return raw.drop("line")
    names = list(key)
    many = raw.group_by(names).agg(versions=raw.count()).filter(lambda t: t.versions > 1).drop("versions")
    order = ibis.row_number().over(group_by=names, order_by=[ibis.desc("bd"), ibis.desc("part")])
    newest = raw.semi_join(many, names).mutate(place=order).filter(lambda t: t.place == 0).drop("place")
    return raw.anti_join(many, names).union(newest).drop("line")


def winners(raw: Table, feed: Feed) -> Table:
    """The rows of a feed that count, in clear columns only, with the `bd` and `part` they came with."""
    personal = [name for name in raw.columns if name.endswith(("_enc", "_idx")) or name == "personal_digest"]
    return latest(raw.drop(*personal), feed.key)


def repeats(raw: Table, key: str) -> Table:
    """`repeats`: how many rows have the key of another one; by hashes, so at worst it says some where there are none.

    A second version of a key is never missed, and texts need not be compared.
    """
    return raw.agg(repeats=raw.count() - raw[key].hash().nunique())


def transactions(raw: Table, as_of: date, *, repeated: bool = True) -> Table:
    """Postings up to as_of; a row posted later is not known yet."""
    return latest(raw, ["txn_id"], repeated=repeated).filter(
        lambda t: (t.posted_on <= as_of) & (t.occurred_at.date() <= as_of)
    )


def statements(won: Table, as_of: date) -> Table:
    """Statements issued up to as_of."""
    return won.drop("bd", "part").filter(lambda t: t.statement_on <= as_of)


def repayments(won: Table, as_of: date) -> Table:
    """Repayments received up to as_of, with their day."""
    rows = won.drop("bd", "part").mutate(paid_on=won.paid_at.date())
    return rows.filter(rows.paid_on <= as_of)


def customers(won: Table, assignments: Table | None) -> Table:
    """Customers with the unit and manager that count: Django's assignment where there is one, else the feed's."""
    rows = won.drop("bd", "part")
    if assignments is None:
        return rows.mutate(unit_id=rows.unit_code, manager_id=rows.manager_no)
    given = assignments.select(
        given_id="customer_id", given_unit="unit_code", given_manager=assignments.manager_no.nullif("")
    )
    joined = rows.left_join(given, [("customer_id", "given_id")])
    is_given = joined.given_id.notnull()
    return joined.mutate(
        unit_id=is_given.ifelse(joined.given_unit, joined.unit_code),
        manager_id=is_given.ifelse(joined.given_manager, joined.manager_no),
    ).drop("given_id", "given_unit", "given_manager")


def accounts(won: Table) -> Table:
    """Card accounts."""
    return won.drop("bd", "part")


def cards(won: Table) -> Table:
    """Cards."""
    return won.drop("bd", "part")


def fraud_labels(raw: Table, as_of: date) -> Table:
    """What was confirmed up to as_of."""
    return latest(raw, ["txn_id"]).drop("bd", "part").filter(lambda t: t.confirmed_on <= as_of)


def mcc_groups() -> pa.Table:
    """The dictionary of merchant category codes."""
    with (DATA / "mcc_categories.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = ("mcc", "group_code", "name_zh", "name_en", "group_zh")
    return pa.table(
        {name: pa.array([row[name] or None for row in rows], pa.string()) for name in texts}
        | {
            "cashout_attention": pa.array([int(row["cashout_attention_0_3"]) for row in rows], pa.int32()),
            "excluded_from_points": pa.array([row["commonly_excluded_from_points"] == "1" for row in rows]),
        }
    )
