"""Attached files: what they are, and where their bytes lie."""

from kajing.records.files.handing import as_download
from kajing.records.files.kinds import ALLOWED, FileRefused, inspect
from kajing.records.files.store import bytes_of, load, store

__all__ = ["ALLOWED", "FileRefused", "as_download", "bytes_of", "inspect", "load", "store"]
