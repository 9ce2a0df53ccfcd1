"""One staged table per feed: the version of each row that counts, as known at a business date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
from ibis.expr.types import Table


def latest(raw: Table, key: Sequence[str], *, repeated: bool = True) -> Table:
    """The newest version of each key: business date, then part name.

    `repeated=False` says that no key comes twice, which spares the search. Most keys have one version; only the others
    are put in order.
    """
    plain = ("bd", "part", "line")
    if not repeated:
        return raw.drop(*plain)
    names = list(key)
    many = raw.group_by(names).agg(versions=raw.count()).filter(lambda t: t.versions > 1).drop("versions")
    order = ibis.row_number().over(group_by=names, order_by=[ibis.desc("bd"), ibis.desc("part")])
    newest = raw.semi_join(many, names).mutate(place=order).filter(lambda t: t.place == 0).drop("place")
    return raw.anti_join(many, names).union(newest).drop(*plain)


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


def statements(raw: Table, as_of: date) -> Table:
    """Statements issued up to as_of."""
    return latest(raw, ["account_id", "statement_on"]).filter(lambda t: t.statement_on <= as_of)


def repayments(raw: Table, as_of: date) -> Table:
    """Repayments received up to as_of, with their day."""
    return latest(raw, ["repayment_id"]).mutate(paid_on=lambda t: t.paid_at.date()).filter(lambda t: t.paid_on <= as_of)


def customers(raw: Table, assignments: Table | None) -> Table:
    """Customers with the unit and manager that count: Django's assignment where there is one, else the feed's."""
    rows = latest(raw, ["customer_id"])
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


def accounts(raw: Table) -> Table:
    """Card accounts."""
    return latest(raw, ["account_id"])


def cards(raw: Table) -> Table:
    """Cards."""
    return latest(raw, ["card_id"])


def fraud_labels(raw: Table, as_of: date) -> Table:
    """What was confirmed up to as_of."""
    return latest(raw, ["txn_id"]).filter(lambda t: t.confirmed_on <= as_of)
