"""Reads the tables that describe the demo bank's world: cities, sorts of shop, card products."""

import csv
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class City:
    name: str
    tier: int
    districts: tuple[str, ...]


@dataclass(frozen=True)
class Shop:
    """A sort of shop: category code, rhythm, price and who likes it."""

    name: str
    mcc: str
    rhythm: str
    median: float
    sigma: float
    online: int
    likes: tuple[int, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Product:
    product_id: str
    bin: str
    annual_fee_fen: int
    rigid: int
    min_limit: int
    max_limit: int
    weight: int


PERSONAS = ("young", "family", "office", "driver", "affluent", "owner")


def _rows(name: str) -> list[dict[str, str]]:
    text = files("kajing.analytics.demo").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def cities() -> list[City]:
    return [City(row["city"], int(row["tier"]), tuple(row["districts"].split("|"))) for row in _rows("cities.csv")]


def shops() -> list[Shop]:
    return [
        Shop(
            name=row["shop"],
            mcc=row["mcc"],
            rhythm=row["rhythm"],
            median=float(row["median"]),
            sigma=float(row["sigma"]),
            online=int(row["online"]),
            likes=tuple(int(row[persona]) for persona in PERSONAS),
            words=tuple(row["words"].split("|")),
        )
        for row in _rows("shops.csv")
    ]


def products() -> list[Product]:
    return [
        Product(
            row["product_id"],
            row["bin"],
            *(int(row[key]) for key in ("annual_fee_fen", "rigid", "min_limit", "max_limit", "weight")),
        )
        for row in _rows("products.csv")
    ]


def sql(name: str) -> str:
    """The text of one step of the generator."""
    return files("kajing.analytics.demo").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
