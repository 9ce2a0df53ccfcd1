"""What the converters share: finding and checking a source, an org to own the customers, fake contact points."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

import duckdb

from kajing.analytics.demo import almanac, sources
from kajing.analytics.demo.bank import Bank
from kajing.analytics.demo.workshop import Workshop, named_queries
from kajing.analytics.demo.writer import Made

SEED = 1


class SourceProblem(ValueError):
    """The source is not the data set it should be; the message says what is missing, in words."""


def find(src: Path, pattern: str) -> Path:
    """The file of that pattern in a folder, or the file itself."""
    if src.is_file():
        return src
    if not src.is_dir():
        raise SourceProblem(f"{src} does not exist. Name the data set's folder or its file.")
    found = sorted(src.glob(pattern))
    if not found:
        raise SourceProblem(f"No file like {pattern} in {src}.")
    return found[0]


def month_ends(start: date, until: date) -> list[date]:
    """Last days of the months that the two dates lie in and of those between."""
    months = almanac.months_between(start, until)
    return [almanac.add_months(m.first.replace(day=1), 1) - timedelta(1) for m in months]


class Conversion:
    """One run: the source's tables in a scratch database, an org of ours, the writer."""

    def __init__(self, out: Path) -> None:
        self.workshop = Workshop(out)
        self.workshop.set(seed=SEED)
        self.workshop.set_words()
        self.workshop.steps("macros")
        self.step("people")

    def step(self, name: str, folder: str = "sql") -> None:
        self.workshop.con.execute(_sql(folder, name))

    def read(self, table: str, path: Path, reader: str, columns: Sequence[str]) -> None:
        """Load a source file as `table`; `reader` is a DuckDB table function with `?` for the path."""
        try:
            self.workshop.con.execute(f"CREATE TABLE {table} AS SELECT * FROM {reader}", [str(path)])
        except duckdb.Error as error:
            raise SourceProblem(f"{path.name} cannot be read: {str(error).splitlines()[0]}") from error
        present = {row[0] for row in self.workshop.con.execute(f"DESCRIBE {table}").fetchall()}
        missing = [column for column in columns if column not in present]
        if missing:
            raise SourceProblem(f"{path.name} lacks the column(s) {', '.join(missing)}.")
        if not self.one(f"SELECT count(*) FROM {table}"):
            raise SourceProblem(f"{path.name} holds no rows.")

    def one(self, query: str) -> int:
        """A query's single whole number."""
        return int(self.workshop.con.execute(query).fetchall()[0][0])

    def staff(self, customers: int, start: date, until: date) -> Bank:
        """Our own small org, so that the demo people own the customers; table `manager`."""
        bank = Bank(max(4, customers), SEED, start, until, sources.cities(), settled=True)
        self.workshop.desk_table(bank)
        self.workshop.set(managers=len(bank.desks), start=start, until=until)
        return bank

    def finish(self, queries: str, bank: Bank, days: Sequence[date]) -> Made:
        """Write every query of a file, the org in the first directory, and the manifests."""
        for feed, query in named_queries(_sql("sql", queries)).items():
            self.workshop.write(feed, query)
        first: Callable[[date], date] = lambda _: days[0]
        self.workshop.write_org(bank, first)
        return self.workshop.writer.close(days)


def _sql(folder: str, name: str) -> str:
    return files("kajing.analytics.convert").joinpath(folder, f"{name}.sql").read_text(encoding="utf-8")
