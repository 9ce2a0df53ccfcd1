"""Where a transaction took place, as far as city and country tell: degrees of latitude and longitude, roughly.

The table `data/cities.csv` is our own compilation, to two decimals: Chinese cities, and abroad the capital (or main
city) that stands for a country whose city is not known. Good for hundreds of kilometres, not for ten.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr.types import Table

CITIES = Path(__file__).parents[1] / "data" / "cities.csv"
EARTH_KM = 6371.0


def places() -> pa.Table:
    """country, place, lat, lon: a place is a city's name in either language, upper case, or '' for the country."""
    with CITIES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for row in rows:
        at = (float(row["lat"]), float(row["lon"]))
        for name in (row["name_zh"], row["name_zh"] + "市", row["name_en"].upper()):
            found[row["country"], name] = at
        if row["stands_for_country"]:
            found[row["country"], ""] = at
    return pa.table(
        {
            "country": pa.array([country for country, _ in found], pa.string()),
            "place": pa.array([place for _, place in found], pa.string()),
            "lat": pa.array([lat for lat, _ in found.values()], pa.float64()),
            "lon": pa.array([lon for _, lon in found.values()], pa.float64()),
        }
    )


def located(rows: Table, known: Table) -> Table:
    """Add lat, lon and by_city (false: only the country is known); null where the place is not known."""
    cities = known.filter(known.place != "").select(of="country", place="place", city_lat="lat", city_lon="lon")
    countries = known.filter(known.place == "").select(land="country", land_lat="lat", land_lon="lon")
    rows = rows.mutate(place_key=rows.city.upper())
    rows = rows.left_join(cities, [("country", "of"), ("place_key", "place")])
    rows = rows.left_join(countries, [("country", "land")])
    return rows.mutate(
        lat=ibis.coalesce(rows.city_lat, rows.land_lat),
        lon=ibis.coalesce(rows.city_lon, rows.land_lon),
        by_city=rows.city_lat.notnull(),
    ).drop("of", "place", "place_key", "city_lat", "city_lon", "land", "land_lat", "land_lon")


def kilometres(lat: Any, lon: Any, to_lat: Any, to_lon: Any) -> Any:
    """The great-circle distance by the haversine formula: 2R·asin √(sin²(Δφ/2) + cos φ₁ cos φ₂ sin²(Δλ/2))."""
    up = ((to_lat - lat).radians() / 2).sin()
    along = ((to_lon - lon).radians() / 2).sin()
    h = up * up + lat.radians().cos() * to_lat.radians().cos() * along * along
    return ibis.least(h, 1.0).sqrt().asin() * (2 * EARTH_KM)
