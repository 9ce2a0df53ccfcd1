"""(d) The queries in pandas, vectorised by hand, reading only the columns each needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .shape import COLUMNS, DAY, HUNDREDTHS, MCC_GROUPS, MILLIONTHS, SPAN, WEIGHT, WEIGHTS

READ = {
    "F": ["card_id", "ts", "txn_type", "amount", "mcc", "country", "instal_n"],
    "T": ["card_id", "ts", "txn_type", "amount", "merchant_id"],
    "P": ["card_id", "ts", "txn_type", "amount"],
    "D": ["card_id", "ts", "txn_type", "amount"],
    "A": ["txn_id", "card_id", "ts", "txn_type", "amount", "mcc", "merchant_id", "country", "city_id"],
}


def run(name: str, folder: Path) -> tuple[Any, ...]:
    """The checksum row of a query."""
    t = pd.read_parquet(folder / "txn", columns=READ[name])
    table = QUERIES[name](t, pd.read_parquet(folder / "card.parquet"), pd.read_parquet(folder / "city.parquet"))
    weight = table[WEIGHT[name]].astype("int64") % WEIGHTS + 1
    return (len(table), *(int((_whole(table[column]) * weight).sum()) for column in COLUMNS[name]))


def _whole(column: pd.Series) -> pd.Series:
    if column.name in HUNDREDTHS:
        return (column.fillna(0) * 100).round().astype("int64")
    return np.floor(column * 1000000).astype("int64") if column.name in MILLIONTHS else column.astype("int64")


def _seconds(t: pd.DataFrame) -> pd.Series:
    return t.ts.astype("datetime64[s]").astype("int64")


def _spent(t: pd.DataFrame) -> pd.DataFrame:
    return t[t.txn_type.isin([0, 1])]


def features(t: pd.DataFrame, card: pd.DataFrame, city: pd.DataFrame) -> pd.DataFrame:
    s = _spent(t)
    s = s.assign(dn=_seconds(s) // 86400)
    out: dict[str, Any] = {"recency": DAY - s.groupby("card_id").dn.max()}
    for days in (30, 90, SPAN):
        group = s[s.dn >= DAY - days].groupby("card_id")
        out[f"f{days}"], out[f"m{days}"] = group.size(), group.amount.sum()
        if days != 90:
            out[f"ad{days}"] = group.dn.nunique()
    year = s[s.dn >= DAY - SPAN]
    group = year.groupby("card_id")
    out["xb"] = year[year.country != "CN"].groupby("card_id").size()
    out["night"] = year[year.ts.dt.hour < 6].groupby("card_id").size()
    out["inst"] = year[year.instal_n > 0].groupby("card_id").amount.sum()
    out["med"], out["p95"] = group.amount.median(), group.amount.quantile(0.95)
    sums = year.groupby(["card_id", year.mcc % MCC_GROUPS]).amount.sum()
    by_mcc = sums.unstack(fill_value=0)  # noqa: PD010 - the sums are there already, one a group
    out.update({f"mcc_{n}": by_mcc[n] for n in range(MCC_GROUPS)})
    found = pd.DataFrame(out)
    whole = found.columns.difference(HUNDREDTHS)
    found[whole] = found[whole].fillna(0).astype("int64")
    found = found.reset_index().merge(card, on="card_id")
    return found.assign(util=found.m30 / found.credit_limit)


def top_merchants(t: pd.DataFrame, card: pd.DataFrame, city: pd.DataFrame) -> pd.DataFrame:
    s = _spent(t)
    group = s[_seconds(s) // 86400 >= DAY - SPAN].groupby(["card_id", "merchant_id"]).amount
    sums = group.agg(amt="sum", n="size").reset_index()
    sums = sums.sort_values(["card_id", "amt", "merchant_id"], ascending=[True, False, True])
    sums["rk"] = sums.groupby("card_id").cumcount() + 1
    return sums[sums.rk <= 3]


def portfolio(t: pd.DataFrame, card: pd.DataFrame, city: pd.DataFrame) -> pd.DataFrame:
    s = _spent(t)
    s = s.assign(ym=s.ts.dt.year * 100 + s.ts.dt.month)
    months = s.groupby(["ym", "card_id"]).amount.agg(amt="sum", n="size").reset_index().merge(card, on="card_id")
    group = months.groupby(["ym", "branch", "segment"])
    return group.agg(active=("card_id", "size"), amt=("amt", "sum"), n=("n", "sum")).reset_index()


def streaks(t: pd.DataFrame, card: pd.DataFrame, city: pd.DataFrame) -> pd.DataFrame:
    t = t.assign(
        mi=t.ts.dt.year * 12 + t.ts.dt.month,
        spend=t.amount.where(t.txn_type.isin([0, 1]), 0),
        repay=t.amount.where(t.txn_type == 3, 0),
    )
    months = t.groupby(["card_id", "mi"])[["spend", "repay"]].sum().reset_index()
    after = months[["card_id", "mi", "repay"]].assign(mi=months.mi - 1).rename(columns={"repay": "repaid"})
    st = months[months.spend > 0].merge(after, on=["card_id", "mi"], how="left").sort_values(["card_id", "mi"])
    st["met"] = (st.repaid.fillna(0).astype("int64") * 10 >= st.spend).astype("int64")
    st["island"] = st.groupby("card_id").cumcount() - st.groupby(["card_id", "met"]).cumcount()
    return st.groupby(["card_id", "met", "island"]).mi.agg(len="size", last_mi="max").reset_index()


def windows(t: pd.DataFrame, card: pd.DataFrame, city: pd.DataFrame) -> pd.DataFrame:
    s = _spent(t)
    v = s.assign(es=_seconds(s)).sort_values(["card_id", "es", "txn_id"]).reset_index(drop=True)
    v["dn"] = v.es // 86400
    _count_within(v)
    for new, key in (("new_m", "merchant_id"), ("new_c", "country"), ("new_k", "mcc")):
        v[new] = (~v.duplicated(["card_id", key])).astype("int64")
    group = v.groupby("card_id")
    away = (v.amount - group.amount.transform("median")).abs()
    v["zhit"] = (away > 6 * 1.4826 * away.groupby(v.card_id).transform("median")).astype("int64")
    before, seconds = group.city_id.shift(), v.es - group.es.shift()
    km = _kilometres(city, before.fillna(0).astype(int).to_numpy(), v.city_id.to_numpy())
    v["travel"] = (before.notna() & (before != v.city_id) & (km * 3600 > 900.0 * (seconds + 1))).astype("int64")
    sums = {column: (column, "sum") for column in COLUMNS["A"][2:]}
    return v.groupby("dn").agg(n=("v1", "size"), **sums).reset_index()


def _count_within(v: pd.DataFrame) -> None:
    """RANGE windows: the places of the bounds in one ordered key of card and second, by binary search."""
    key = v.card_id.to_numpy("int64") * (1 << 33) + v.es.to_numpy()
    upto, total = np.searchsorted(key, key, "right"), np.concatenate([[0], np.cumsum(v.amount.to_numpy())])
    v["v1"] = upto - np.searchsorted(key, key - 3600, "left")
    since = np.searchsorted(key, key - 86400, "left")
    v["v24"], v["s24"] = upto - since, total[upto] - total[since]


def _kilometres(city: pd.DataFrame, one: Any, other: Any) -> Any:
    lat, lon = np.radians(city.lat.to_numpy()), np.radians(city.lon.to_numpy())
    part = np.sin((lat[other] - lat[one]) / 2) ** 2
    part += np.cos(lat[one]) * np.cos(lat[other]) * np.sin((lon[other] - lon[one]) / 2) ** 2
    return 6371.0 * 2 * np.arcsin(np.sqrt(np.minimum(part, 1)))


QUERIES = {"F": features, "T": top_merchants, "P": portfolio, "D": streaks, "A": windows}
