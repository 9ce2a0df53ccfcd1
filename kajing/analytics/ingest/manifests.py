"""The manifest of a feed day, or what stands in for it when a bank sends none."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from kajing.analytics.feeds import FEEDS
from kajing.analytics.ingest.outcomes import Declared, Manifest, ManifestProblem
from kajing.lib.money import NotMoney, fen

SUFFIXES = (".csv", ".csv.gz", ".parquet")


def in_order(feeds: Iterable[str]) -> list[str]:
    """Feed names with those referred to before those that refer to them."""
    given = set(feeds)
    return [name for name in FEEDS if name in given]


def read_manifest(directory: Path, *, need_manifest: bool = True, business_date: date | None = None) -> Manifest:
    """Read `manifest.json`; without one, and only if `need_manifest` is False, go by file names.

    Raises ManifestProblem, whose `words(language)` say what to do.
    """
    directory = Path(directory)
    if not directory.is_dir():
        raise ManifestProblem("no_directory", directory=directory.name or str(directory))
    path = directory / "manifest.json"
    if path.exists():
        return _declared(directory, path)
    if need_manifest:
        raise ManifestProblem("no_manifest", directory=directory.name)
    return _from_names(directory, business_date)


def _declared(directory: Path, path: Path) -> Manifest:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        day = date.fromisoformat(content["business_date"])
        files = {feed: _one(feed, entry) for feed, entry in content["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ManifestProblem("bad_manifest", directory=directory.name, why=_why(error)) from error
    unknown = tuple(sorted(entry.file for feed, entry in files.items() if feed not in FEEDS))
    return Manifest(directory, day, {feed: entry for feed, entry in files.items() if feed in FEEDS}, True, unknown)


def _one(feed: str, entry: dict[str, Any]) -> Declared:
    name = entry["file"]
    if not isinstance(name, str) or Path(name).name != name:
        # A name with a path in it could reach any file of the machine.
        raise ValueError(f"{feed}: the file name must not hold a folder")
    total = entry.get("amount_sum")
    return Declared(
        file=name,
        rows=None if entry.get("rows") is None else int(entry["rows"]),
        amount_sum=None if total is None else _signed_fen(str(total)),
        sha256=entry["sha256"].lower() if entry.get("sha256") else None,
        encoding=entry.get("encoding"),
    )


def _signed_fen(text: str) -> int:
    try:
        return -fen(text[1:]) if text.startswith("-") else fen(text)
    except NotMoney as error:
        raise ValueError(f"amount_sum {text} is not yuan with at most 2 places") from error


def _why(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _from_names(directory: Path, business_date: date | None) -> Manifest:
    if business_date is None:
        try:
            business_date = date.fromisoformat(directory.resolve().name)
        except ValueError as error:
            raise ManifestProblem("no_business_date", directory=directory.name) from error
    files, unknown = _by_feed(directory)
    if not files:
        raise ManifestProblem("nothing_to_load", directory=directory.name)
    return Manifest(directory, business_date, files, declared=False, unknown_files=tuple(unknown))


def _by_feed(directory: Path) -> tuple[dict[str, Declared], list[str]]:
    files: dict[str, Declared] = {}
    unknown = []
    for path in sorted(directory.iterdir()):
        feed = feed_of(path.name)
        if feed is None:
            unknown.append(path.name)
        elif feed in files:
            raise ManifestProblem("two_files", directory=directory.name, feed=feed, files=[files[feed].file, path.name])
        else:
            files[feed] = Declared(file=path.name)
    return files, unknown


def feed_of(file_name: str) -> str | None:
    """The feed a file name stands for: transactions.csv.gz → transactions; None when it is none of the contract's."""
    for suffix in SUFFIXES:
        stem = file_name.removesuffix(suffix)
        if stem != file_name and stem in FEEDS:
            return stem
    return None
