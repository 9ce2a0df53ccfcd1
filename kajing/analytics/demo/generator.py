"""Runs the demo bank month by month in DuckDB and writes its feeds.

The steps are the files of `sql/`; this module gives them their variables and carries their results
into feed directories. All draws are hashes of (row, purpose, seed), all money is integer fen.
"""

import math
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from kajing.analytics.demo import almanac, names, script, sources
from kajing.analytics.demo.almanac import Month
from kajing.analytics.demo.bank import Bank
from kajing.analytics.demo.writer import FeedWriter, Made

Progress = Callable[[int, int, str], None]
TICKETS = 512
SMALL = 20_000


class Generator:
    """One run: owns the database, the period and the writer."""

    def __init__(
        self, out: Path, *, customers: int, months: int, seed: int, until: date, monthly: bool, form: str | None
    ) -> None:
        self.start = almanac.add_months(until, -months) + timedelta(1)
        self.until, self.monthly, self.form = until, monthly, form
        self.months = list(almanac.months_between(self.start, until))
        self.bank = Bank(customers, seed, self.start, until, sources.cities())
        self.shops = sources.shops()
        self.writer = FeedWriter(out)
        self.con = duckdb.connect()
        self._set_variables(customers, seed)

    def run(self, progress: Progress | None) -> Made:
        self._prepare()
        for month in self.months:
            if progress:
                progress(month.index, len(self.months), f"{month.first:%Y-%m}")
            self._live(month)
        self._write_changes()
        return self.writer.close(self._business_days())

    # --- variables -------------------------------------------------------------------------

    def _set(self, **values: object) -> None:
        """Hand values to SQL as variables; as an Arrow row, since parsing long literals is slow."""
        self.con.register("incoming", pa.Table.from_pylist([values]))
        for name in values:
            self.con.execute(f"SET VARIABLE {name} = (SELECT {name} FROM incoming)")
        self.con.unregister("incoming")

    def _set_variables(self, customers: int, seed: int) -> None:
        bank = self.bank
        self._set(
            seed=seed,
            customers=customers,
            managers=len(bank.desks),
            book=max(1, customers // len(bank.desks)),
            start=self.start,
            until=self.until,
            months=len(self.months),
            monthly=self.monthly,
            asleep_line=almanac.add_months(self.until, -18),
            festivals=list(almanac.SPRING_FESTIVAL),
            cities=bank.branches,
            script=script.cast(),
            mix=script.mix(),
            managers_no=[desk.person_no for desk in bank.desks],
        )
        self._set_words()
        self._set_shops(customers)

    def _set_words(self) -> None:
        countries = [item.split(":") for item in names.COUNTRIES.split()]
        self._set(
            surnames=names.surname_tickets(),
            male=names.GIVEN_MALE,
            female=names.GIVEN_FEMALE,
            roads=names.ROADS,
            estates=names.ESTATES,
            brands=names.BRANDS,
            employers=names.EMPLOYERS,
            occupations=names.OCCUPATIONS,
            foreign_shops=names.FOREIGN_SHOPS.split("|"),
            countries=[item[0] for item in countries],
            currencies=[item[1] for item in countries],
            rates=[float(item[2]) for item in countries],
            city_names=[city.name for city in self.bank.cities],
            city_home=[list(city.districts) for city in self.bank.cities],
        )

    def _set_shops(self, customers: int) -> None:
        self._set(
            shops=len(self.shops),
            per_shop=max(12, min(160, math.isqrt(customers) // 3)),
            atm=next(n for n, shop in enumerate(self.shops) if shop.name == "atm"),
            cash_share=4,
            shop_rhythm=[almanac.RHYTHMS.index(shop.rhythm) for shop in self.shops],
            shop_median=[shop.median for shop in self.shops],
            shop_sigma=[shop.sigma for shop in self.shops],
            shop_online=[shop.online * 128 // 100 for shop in self.shops],
            persona_mean=[self._basket(n) for n in range(len(sources.PERSONAS))],
            product_tickets=[p.product_id for p in sources.products() for _ in range(p.weight)],
            quarter_tickets=almanac.quarter_tickets(TICKETS),
        )

    def _basket(self, persona: int) -> float:
        """Mean purchase of a persona in yuan."""
        total = sum(shop.likes[persona] for shop in self.shops)
        return sum(shop.likes[persona] * shop.median * math.exp(shop.sigma**2 / 2) for shop in self.shops) / total

    def _open_month(self, month: Month) -> None:
        factors = {rhythm: almanac.month_factor(month, rhythm) for rhythm in almanac.RHYTHMS}
        bustle = sum(factors.values()) / len(factors)
        self._set(
            month=month.index,
            month_first=month.first,
            month_last=month.last,
            month_end=almanac.add_months(month.first.replace(day=1), 1) - timedelta(1),
            progress=month.index / max(1, len(self.months) - 1),
            bustle=bustle,
            trip_share=factors["TRAVEL"] - 0.35,
            day_tickets=almanac.day_tickets(month, TICKETS),
            shop_tickets=[
                t
                for n in range(len(sources.PERSONAS))
                for t in almanac.lottery([shop.likes[n] * factors[shop.rhythm] for shop in self.shops], TICKETS)
            ],
        )

    # --- the run ---------------------------------------------------------------------------

    @cached_property
    def _export_month(self) -> dict[str, str]:
        return _named(sources.sql("export_month"))

    def _prepare(self) -> None:
        self._register(
            "manager",
            [
                {
                    "m": n,
                    "person_no": d.person_no,
                    "former_no": d.former_no,
                    "change_on": d.change_on,
                    "unit_code": d.unit_code,
                    "city": d.city,
                    "care": d.care,
                    "scripted": d.scripted,
                    "city_name": self.bank.cities[d.city - 1].name,
                    "tier": self.bank.cities[d.city - 1].tier,
                }
                for n, d in enumerate(self.bank.desks)
            ],
        )
        self._register(
            "shop_kind",
            [{"shop": n, "name": s.name, "mcc": s.mcc, "words": list(s.words)} for n, s in enumerate(self.shops)],
        )
        self._register("product", [vars(product) for product in sources.products()])
        for step in ("macros", "customers", "accounts", "merchants", "planted"):
            self.con.execute(sources.sql(step))
        self.con.execute(
            "CREATE TABLE truth (txn_id VARCHAR, a INT, pattern VARCHAR, label VARCHAR, confirmed_on DATE)"
        )

    def _register(self, name: str, rows: Sequence[dict[str, Any]]) -> None:
        table = pa.Table.from_pylist(list(rows))
        self.con.register("incoming", table)
        self.con.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")
        self.con.unregister("incoming")

    def _live(self, month: Month) -> None:
        self._open_month(month)
        for step in ("plan", "purchases", "statements", "respend", "ledger", "truth"):
            self.con.execute(sources.sql(step))
        self._write("transactions", self._export_month["transactions"], "posted_on")
        self._write("statements", self._export_month["statements"], "statement_on")
        self._write("repayments", self._export_month["repayments"], "paid_at")

    # --- output ----------------------------------------------------------------------------

    def _write(self, feed: str, query: str, day_column: str) -> None:
        rows = self.con.sql(query).to_arrow_table()
        days = rows.column(day_column).cast(pa.date32())
        form = self.form or "parquet"
        for day, first, count in _runs([self._folder_day(day) for day in days.unique().to_pylist()], days):
            self.writer.add(day, feed, rows.slice(first, count), form)

    def _write_changes(self) -> None:
        for feed, query in _named(sources.sql("export_changes")).items():
            rows = self.con.sql(query).to_arrow_table()
            days, bare = rows.column("day").cast(pa.date32()), rows.drop_columns(["day"])
            for day, first, count in _runs(days.unique().to_pylist(), days):
                self.writer.add(day, feed, bare.slice(first, count), self.form or "csv")
        self._write_org("units", self.bank.units)
        self._write_org("people", self.bank.people)

    def _write_org(self, feed: str, rows: Sequence[tuple[date, Any]]) -> None:
        by_day: dict[date, list[dict[str, Any]]] = {}
        for on, row in rows:
            by_day.setdefault(self._folder_day(max(on, self.start)), []).append(vars(row))
        for day, records in sorted(by_day.items()):
            self.writer.add(day, feed, pa.Table.from_pylist(records, _schema(records)), self.form or "csv")

    def _folder_day(self, day: date) -> date:
        """The business date a row is handed over: its own day, or the month's last with `monthly`."""
        if not self.monthly:
            return day
        return min(self.until, almanac.add_months(day.replace(day=1), 1) - timedelta(1))

    def _business_days(self) -> list[date]:
        days = [self.start + timedelta(n) for n in range((self.until - self.start).days + 1)]
        return sorted({self._folder_day(day) for day in days})


def _runs(folders: Sequence[date], days: pa.ChunkedArray) -> list[tuple[date, int, int]]:
    """(folder, first row, rows) of a column sorted by day, one item for each folder."""
    counts = {item["values"]: item["counts"] for item in days.value_counts().to_pylist()}
    runs: list[tuple[date, int, int]] = []
    first = 0
    for day, folder in zip(days.unique().to_pylist(), folders, strict=True):
        if runs and runs[-1][0] == folder:
            runs[-1] = (folder, runs[-1][1], runs[-1][2] + counts[day])
        else:
            runs.append((folder, first, counts[day]))
        first += counts[day]
    return runs


def _schema(records: Sequence[dict[str, Any]]) -> pa.Schema:
    dates = {"valid_from", "valid_to", "hired_on", "left_on"}
    return pa.schema([(key, pa.date32() if key in dates else pa.string()) for key in records[0]])


def _named(text: str) -> dict[str, str]:
    """Split a file of queries, each under a comment that is its feed's name."""
    parts: dict[str, str] = {}
    for query in text.split(";\n"):
        if query.strip():
            head, body = query.strip().split("\n", 1)
            parts[head.removeprefix("-- ").strip()] = body
    return parts
