"""(c) The queries in Polars, run by its streaming engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
from polars import col

from .shape import COLUMNS, DAY, HUNDREDTHS, MCC_GROUPS, MILLIONTHS, SPAN, WEIGHT, WEIGHTS


def run(name: str, folder: Path) -> tuple[Any, ...]:
    """The checksum row of a query."""
    card, city = pl.scan_parquet(folder / "card.parquet"), pl.scan_parquet(folder / "city.parquet")
    table = QUERIES[name](_with_times(pl.scan_parquet(folder / "txn" / "*.parquet")), card, city)
    weight = col(WEIGHT[name]).cast(pl.Int64) % WEIGHTS + 1
    sums = [(_whole(column) * weight).sum().alias(f"c_{column}") for column in COLUMNS[name]]
    return table.select(pl.len().alias("n_rows"), *sums).collect(engine="streaming").row(0)


def _whole(column: str) -> pl.Expr:
    if column in HUNDREDTHS:
        return (col(column) * 100).round().cast(pl.Int64)
    return (col(column) * 1000000).floor().cast(pl.Int64) if column in MILLIONTHS else col(column).cast(pl.Int64)


def _with_times(txn: pl.LazyFrame) -> pl.LazyFrame:
    year, month = col("ts").dt.year(), col("ts").dt.month().cast(pl.Int32)
    return txn.with_columns(
        dn=col("ts").dt.epoch("d").cast(pl.Int64),
        es=col("ts").dt.epoch("s"),
        hr=col("ts").dt.hour(),
        ym=year * 100 + month,
        mi=year * 12 + month,
    )


def _spent(t: pl.LazyFrame) -> pl.LazyFrame:
    return t.filter(col("txn_type").is_in([0, 1]))


def features(t: pl.LazyFrame, card: pl.LazyFrame, city: pl.LazyFrame) -> pl.LazyFrame:
    amount, year = col("amount"), col("dn") >= DAY - SPAN
    found = (
        _spent(t)
        .group_by("card_id")
        .agg(
            recency=DAY - col("dn").max(),
            **{f"f{days}": (col("dn") >= DAY - days).sum() for days in (30, 90, SPAN)},
            **{f"m{days}": amount.filter(col("dn") >= DAY - days).sum() for days in (30, 90, SPAN)},
            **{f"ad{days}": col("dn").filter(col("dn") >= DAY - days).n_unique() for days in (30, SPAN)},
            xb=(year & (col("country") != "CN")).sum(),
            night=(year & (col("hr") < 6)).sum(),
            inst=amount.filter(year & (col("instal_n") > 0)).sum(),
            med=amount.filter(year).median(),
            p95=amount.filter(year).quantile(0.95, "linear"),
            **{f"mcc_{n}": amount.filter(year & (col("mcc") % MCC_GROUPS == n)).sum() for n in range(MCC_GROUPS)},
        )
    )
    return found.join(card, on="card_id").with_columns(util=col("m30") / col("credit_limit"))


def top_merchants(t: pl.LazyFrame, card: pl.LazyFrame, city: pl.LazyFrame) -> pl.LazyFrame:
    year = _spent(t).filter(col("dn") >= DAY - SPAN)
    sums = year.group_by("card_id", "merchant_id").agg(amt=col("amount").sum(), n=pl.len())
    ranked = sums.sort(["card_id", "amt", "merchant_id"], descending=[False, True, False])
    return ranked.with_columns(rk=pl.int_range(pl.len()).over("card_id") + 1).filter(col("rk") <= 3)


def portfolio(t: pl.LazyFrame, card: pl.LazyFrame, city: pl.LazyFrame) -> pl.LazyFrame:
    months = _spent(t).group_by("ym", "card_id").agg(amt=col("amount").sum(), n=pl.len()).join(card, on="card_id")
    return months.group_by("ym", "branch", "segment").agg(active=pl.len(), amt=col("amt").sum(), n=col("n").sum())


def streaks(t: pl.LazyFrame, card: pl.LazyFrame, city: pl.LazyFrame) -> pl.LazyFrame:
    amount, kind = col("amount"), col("txn_type")
    months = t.group_by("card_id", "mi").agg(
        spend=amount.filter(kind.is_in([0, 1])).sum(), repay=amount.filter(kind == 3).sum()
    )
    after = months.select("card_id", col("mi") - 1, repaid="repay")
    st = months.filter(col("spend") > 0).join(after, on=["card_id", "mi"], how="left")
    st = st.with_columns(met=(col("repaid").fill_null(0) * 10 >= col("spend")).cast(pl.Int64)).sort("card_id", "mi")
    place = pl.int_range(pl.len())
    st = st.with_columns(island=place.over("card_id") - place.over("card_id", "met"))
    return st.group_by("card_id", "met", "island").agg(len=pl.len(), last_mi=col("mi").max())


def windows(t: pl.LazyFrame, card: pl.LazyFrame, city: pl.LazyFrame) -> pl.LazyFrame:
    s, amount = _spent(t), col("amount")
    med = s.group_by("card_id").agg(md=amount.median())
    dv = s.join(med, on="card_id").group_by("card_id").agg(mad=(amount - col("md")).abs().median())
    x = _moves(s).join(med, on="card_id").join(dv, on="card_id").join(city, on="city_id")
    x = x.join(city.select(pcity="city_id", lat1="lat", lon1="lon"), on="pcity", how="left")
    fast = _kilometres() * 3600 > 900.0 * (col("es") - col("pes") + 1)
    x = x.with_columns(
        zhit=((amount - col("md")).abs() > 6 * 1.4826 * col("mad")).cast(pl.Int64),
        travel=((col("pcity") != col("city_id")) & fast).cast(pl.Int64).fill_null(0),
    )
    return x.group_by("dn").agg(pl.len().alias("n"), *[col(column).sum() for column in COLUMNS["A"][2:]])


def _moves(s: pl.LazyFrame) -> pl.LazyFrame:
    def within(column: str, seconds: int) -> pl.Expr:
        return col(column).rolling_sum_by("es", f"{seconds}i", closed="both").over("card_id")

    ordered = s.sort("card_id", "es", "txn_id").with_columns(one=pl.lit(1, pl.Int64))
    news = {"new_m": "merchant_id", "new_c": "country", "new_k": "mcc"}
    return ordered.with_columns(
        v1=within("one", 3600),
        v24=within("one", 86400),
        s24=within("amount", 86400),
        pcity=col("city_id").shift(1).over("card_id"),
        pes=col("es").shift(1).over("card_id"),
        **{new: pl.struct("card_id", key).is_first_distinct().cast(pl.Int64) for new, key in news.items()},
    )


def _kilometres() -> pl.Expr:
    lat, lon = (col("lat") - col("lat1")).radians() / 2, (col("lon") - col("lon1")).radians() / 2
    part = lat.sin() ** 2 + col("lat1").radians().cos() * col("lat").radians().cos() * lon.sin() ** 2
    return 6371.0 * 2 * pl.min_horizontal(part, 1.0).sqrt().arcsin()


QUERIES = {"F": features, "T": top_merchants, "P": portfolio, "D": streaks, "A": windows}
