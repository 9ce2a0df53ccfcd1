"""(b) The queries in Ibis, one text for DuckDB, chdb and Spark.

The night's own expressions for the same things are in kajing/analytics: F `marts.customer_day` with `features.spend`
and `features.baselines` (per customer, from day state); T `marts.customer_merchants`; P `portfolio.by_month`; D
`features.debt.cycles` and `habits`; A `features.windows`, in chunks by `in_bucket`. They read many more feeds and
rules; these are what remains when only the shape of the work is kept, so that every engine can be given the same.

The portable subset: integer seconds for RANGE, no FILTER on a quantile (Spark takes none), no ASOF.
"""

from __future__ import annotations

from typing import Any

import ibis
from ibis import _
from ibis.expr.types import Table

from .shape import COLUMNS, DAY, HUNDREDTHS, MCC_GROUPS, MILLIONTHS, SPAN, WEIGHT, WEIGHTS

KEPT = ("card_id", "med", "p95")  # the key, and figures that are unknown, not 0, without a purchase


def query(name: str, txn: Table, card: Table, city: Table) -> Table:
    """One of F, T, P, D, A."""
    return QUERIES[name](_with_times(txn), card, city)


def checksum(name: str, table: Table) -> Table:
    """As `sql.checksum`."""
    weight = table[WEIGHT[name]].cast("int64") % WEIGHTS + 1
    sums = {f"c_{column}": (_whole(table[column], column) * weight).sum() for column in COLUMNS[name]}
    return table.agg(n_rows=table.count(), **sums)


def _whole(value: Any, column: str) -> Any:
    if column in HUNDREDTHS:
        return (value * 100).round().cast("int64")
    return (value * 1000000).floor().cast("int64") if column in MILLIONTHS else value.cast("int64")


def _with_times(txn: Table) -> Table:
    seconds = txn.ts.epoch_seconds()
    year, month = txn.ts.year(), txn.ts.month()
    return txn.mutate(es=seconds, dn=seconds // 86400, hr=txn.ts.hour(), ym=year * 100 + month, mi=year * 12 + month)


def _spent(t: Table) -> Table:
    return t.filter(t.txn_type.isin([0, 1]))


def features(t: Table, card: Table, city: Table) -> Table:
    """As `sql.features`: the rows each part needs, then together."""
    spent = _spent(t)
    s = spent.filter(spent.dn >= DAY - SPAN)

    def count(where: Any) -> Any:
        return where.ifelse(1, 0).sum()

    def total(where: Any) -> Any:
        return where.ifelse(s.amount, 0).sum()

    sums = s.group_by("card_id").agg(
        **{f"f{days}": count(s.dn >= DAY - days) for days in (30, 90)},
        **{f"m{days}": total(s.dn >= DAY - days) for days in (30, 90)},
        f365=s.count(),
        m365=s.amount.sum(),
        xb=count(s.country != "CN"),
        night=count(s.hr < 6),
        inst=total(s.instal_n > 0),
        med=s.amount.median(),
        p95=s.amount.quantile(0.95),
        **{f"mcc_{n}": total(s.mcc % MCC_GROUPS == n) for n in range(MCC_GROUPS)},
    )
    days = s.select("card_id", "dn").distinct()
    days = days.group_by("card_id").agg(ad365=days.count(), ad30=count(days.dn >= DAY - 30))
    seen = spent.group_by("card_id").agg(recency=DAY - spent.dn.max()).join(card, "card_id")
    x = seen.left_join(sums, "card_id").drop("card_id_right").left_join(days, "card_id").drop("card_id_right")
    x = x.mutate(**{column: x[column].coalesce(0) for column in [*sums.columns, *days.columns] if column not in KEPT})
    return x.mutate(util=_.m30 / _.credit_limit)


def top_merchants(t: Table, card: Table, city: Table) -> Table:
    s = _spent(t)
    sums = s.filter(s.dn >= DAY - SPAN).group_by("card_id", "merchant_id").agg(amt=_.amount.sum(), n=_.count())
    rank = ibis.row_number().over(group_by="card_id", order_by=[ibis.desc("amt"), "merchant_id"]) + 1
    return sums.mutate(rk=rank).filter(_.rk <= 3)


def portfolio(t: Table, card: Table, city: Table) -> Table:
    months = _spent(t).group_by("ym", "card_id").agg(amt=_.amount.sum(), n=_.count()).join(card, "card_id")
    return months.group_by("ym", "branch", "segment").agg(active=_.count(), amt=_.amt.sum(), n=_.n.sum())


def streaks(t: Table, card: Table, city: Table) -> Table:
    months = t.group_by("card_id", "mi").agg(
        spend=t.txn_type.isin([0, 1]).ifelse(t.amount, 0).sum(), repay=(t.txn_type == 3).ifelse(t.amount, 0).sum()
    )
    after = months.select("card_id", mi=_.mi - 1, repaid=_.repay)
    st = months.filter(_.spend > 0).left_join(after, ["card_id", "mi"]).drop("card_id_right", "mi_right")
    st = st.select("card_id", "mi", met=(_.repaid.coalesce(0) * 10 >= _.spend).ifelse(1, 0))

    def place(*keys: str) -> Any:
        return ibis.row_number().over(group_by=keys, order_by="mi")

    st = st.mutate(island=place("card_id") - place("card_id", "met"))
    return st.group_by("card_id", "met", "island").agg(len=_.count(), last_mi=_.mi.max())


def windows(t: Table, card: Table, city: Table) -> Table:
    s = _spent(t)
    med = s.group_by("card_id").agg(md=s.amount.median())
    away = s.join(med, "card_id").mutate(ad=(_.amount - _.md).abs())
    x = _moves(_firsts(s)).join(away.group_by("card_id", "md").agg(mad=_.ad.median()), "card_id")
    here, there = city.select("city_id", lat2="lat", lon2="lon"), city.select(pc="city_id", lat1="lat", lon1="lon")
    x = x.join(here, "city_id").left_join(there, _.pcity == there.pc)
    fast = _kilometres(x) * 3600 > 900.0 * (x.es - x.pes + 1)
    x = x.mutate(
        zhit=((x.amount - x.md).abs() > 6 * 1.4826 * x.mad).ifelse(1, 0),
        travel=((x.pcity != x.city_id) & fast).ifelse(1, 0),
    )
    return x.group_by("dn").agg(n=_.count(), **{column: x[column].sum() for column in COLUMNS["A"][2:]})


def _firsts(s: Table) -> Table:
    def first(column: str) -> Any:
        place = ibis.row_number().over(group_by=["card_id", column], order_by=["es", "txn_id"])
        return (place == 0).ifelse(1, 0).cast("int8")

    kept = s.txn_id, s.card_id, s.es, s.dn, s.amount, s.city_id
    return s.select(*kept, new_m=first("merchant_id"), new_c=first("country"), new_k=first("mcc"))


def _moves(n: Table) -> Table:
    def before(seconds: int) -> Any:
        return ibis.range_window(group_by="card_id", order_by="es", preceding=seconds, following=0)

    last = ibis.window(group_by="card_id", order_by=["es", "txn_id"])
    return n.mutate(
        v1=_.count().over(before(3600)),
        v24=_.count().over(before(86400)),
        s24=_.amount.sum().over(before(86400)),
        pcity=_.city_id.lag().over(last),
        pes=_.es.lag().over(last),
    )


def _kilometres(x: Table) -> Any:
    lat, lon = (x.lat2 - x.lat1).radians() / 2, (x.lon2 - x.lon1).radians() / 2
    part = lat.sin() ** 2 + x.lat1.radians().cos() * x.lat2.radians().cos() * lon.sin() ** 2
    return 6371.0 * 2 * ibis.least(1.0, part).sqrt().asin()


QUERIES = {"F": features, "T": top_merchants, "P": portfolio, "D": streaks, "A": windows}
