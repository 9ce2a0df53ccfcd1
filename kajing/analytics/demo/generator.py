"""Runs the demo bank month by month in DuckDB and writes its feeds.

The steps are the files of `sql/`; this module gives them their variables and carries their results
into feed directories. All draws are hashes of (row, purpose, seed), all money is integer fen.
"""

import math
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from kajing.analytics.demo import almanac, names, script, sources
from kajing.analytics.demo.almanac import Month
from kajing.analytics.demo.bank import Bank
from kajing.analytics.demo.workshop import Workshop, named_queries
from kajing.analytics.demo.writer import Made

Progress = Callable[[int, int, str], None]
TICKETS = 512


class Generator:
    """One run: owns the database, the period and the writer."""

    def __init__(
        self,
        out: Path,
        *,
        customers: int,
        months: int,
        seed: int,
        until: date,
        daily_days: int | None = None,
        form: str | None = None,
    ) -> None:
        """`daily_days` days at the end have directories of their own, the months before one each; None: all days."""
        self.start = almanac.add_months(until, -months) + timedelta(1)
        self.until = until
        self.daily_from = max(self.start, until + timedelta(1 - daily_days)) if daily_days is not None else self.start
        self.months = list(almanac.months_between(self.start, until))
        self.bank = Bank(customers, seed, self.start, until, sources.cities())
        self.shops = sources.shops()
        self.workshop = Workshop(out, form)
        self._set_variables(customers, seed)

    def run(self, progress: Progress | None) -> Made:
        self._prepare()
        for month in self.months:
            if progress:
                progress(month.index, len(self.months), f"{month.first:%Y-%m}")
            self._live(month)
        self.workshop.hand_over(named_queries(sources.sql("export_changes")))
        self.workshop.settle()
        self.workshop.write_org(self.bank, self._folder_day)
        return self.workshop.close(self._business_days())

    # --- variables -------------------------------------------------------------------------

    def _set_variables(self, customers: int, seed: int) -> None:
        bank = self.bank
        self.workshop.set(
            seed=seed,
            customers=customers,
            managers=len(bank.desks),
            book=max(1, customers // len(bank.desks)),
            start=self.start,
            until=self.until,
            months=len(self.months),
            daily_from=self.daily_from,
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
        self.workshop.set_words()
        countries = [item.split(":") for item in names.COUNTRIES.split()]
        self.workshop.set(
            countries=[item[0] for item in countries],
            currencies=[item[1] for item in countries],
            abroad_tickets=[n + 1 for n, item in enumerate(countries) for _ in range(int(item[3]))],
            rates=[float(item[2]) for item in countries],
            city_names=[city.name for city in self.bank.cities],
            city_home=[list(city.districts) for city in self.bank.cities],
        )

    def _set_shops(self, customers: int) -> None:
        self.workshop.set(
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
        self.workshop.set_ahead(
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

    def _prepare(self) -> None:
        self.workshop.desk_table(self.bank)
        self.workshop.table(
            "shop_kind",
            [{"shop": n, "name": s.name, "mcc": s.mcc, "words": list(s.words)} for n, s in enumerate(self.shops)],
        )
        self.workshop.table("product", [vars(product) for product in sources.products()])
        self.workshop.steps("macros", "customers", "accounts", "merchants")
        self._look_up_merchants()
        self.workshop.steps("planted")

    def _look_up_merchants(self) -> None:
        """Names by the merchant's number; after those at home come those abroad."""
        query = "SELECT merchant_id, merchant_name FROM merchant ORDER BY merchant"
        numbers, shop_names = zip(*self.workshop.con.execute(query).fetchall(), strict=True)
        self.workshop.set(home_shops=len(numbers))
        abroad = names.FOREIGN_SHOPS.split("|")
        foreign = range((len(names.COUNTRIES.split()) + 1) * 16)
        self.workshop.look_up(
            "transactions",
            merchant_id=[*numbers, *(f"X{1000000 + n}" for n in foreign)],
            merchant_name=[*shop_names, *(abroad[n % len(abroad)] for n in foreign)],
            city=[city.name for city in self.bank.cities],
            mcc=[shop.mcc for shop in self.shops],
        )

    def _live(self, month: Month) -> None:
        self._open_month(month)
        self.workshop.steps("plan", "purchases", "statements", "respend", "ledger", "truth")
        queries = named_queries(sources.sql("export_month"))
        self.workshop.hand_over(queries, month_first=month.first, month_last=month.last)

    def _folder_day(self, day: date) -> date:
        """The business date a row is handed over: its own day, or before the daily ones the month's last."""
        if day >= self.daily_from:
            return day
        month_end = almanac.add_months(day.replace(day=1), 1) - timedelta(1)
        return min(self.daily_from - timedelta(1), month_end)

    def _business_days(self) -> list[date]:
        days = [self.start + timedelta(n) for n in range((self.until - self.start).days + 1)]
        return sorted({self._folder_day(day) for day in days})
