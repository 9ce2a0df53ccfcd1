"""Rows as JSON and back, byte for byte: every concrete field, encrypted columns as they lie in the table."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.utils.duration import duration_iso_string

Image = dict[str, Any]
BATCH = 400  # keys of one query: SQLite takes few variables


def label_of(model: type[models.Model]) -> str:
    """How a table is named in the journal."""
    return model._meta.label_lower


def model_of(label: str) -> type[models.Model] | None:
    """The table of a name; None when its room has left the product since."""
    try:
        return apps.get_model(label)
    except LookupError:
        return None


def images(rows: models.QuerySet[Any]) -> dict[str, Image]:
    """Every row of a query as an image, by key as text."""
    model = rows.model
    fields = model._meta.concrete_fields
    names = [field.attname for field in fields]
    place = fields.index(model._meta.pk)
    found = rows.order_by().values_list(*names)
    return {str(values[place]): dict(zip(names, map(_plain, values), strict=True)) for values in found}


def images_of(model: type[models.Model], keys: Iterable[str]) -> dict[str, Image]:
    """The rows of these keys that exist, as images."""
    wanted = list(keys)
    found: dict[str, Image] = {}
    for start in range(0, len(wanted), BATCH):
        part = [model._meta.pk.to_python(key) for key in wanted[start : start + BATCH]]
        found |= images(model._base_manager.filter(pk__in=part))
    return found


def digest(image: Mapping[str, Any] | None) -> str:
    """A short text that two equal images share; empty for a row that is not there."""
    if image is None:
        return ""
    text = json.dumps(image, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def put_back(model: type[models.Model], found: Sequence[Image]) -> None:
    """Write rows as their images say, whether they exist or not."""
    pk = model._meta.pk
    others = [field.name for field in model._meta.concrete_fields if field is not pk]
    known = {field.attname for field in model._meta.concrete_fields}
    rows = [
        model(**{name: _value(model, name, value) for name, value in one.items() if name in known}) for one in found
    ]
    if others:
        model._base_manager.bulk_create(
            rows, batch_size=BATCH, update_conflicts=True, unique_fields=[pk.name], update_fields=others
        )
    else:
        model._base_manager.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


def take_away(model: type[models.Model], keys: Sequence[str]) -> None:
    """Delete rows by key, and nothing else: no cascade."""
    for start in range(0, len(keys), BATCH):
        part = [model._meta.pk.to_python(key) for key in keys[start : start + BATCH]]
        rows = model._base_manager.filter(pk__in=part)
        rows._raw_delete(rows.db)


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, memoryview, bytearray)):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_iso_string(value)
    return str(value) if isinstance(value, (Decimal, UUID)) else value


def _value(model: type[models.Model], name: str, value: Any) -> Any:
    field: Any = model._meta.get_field(name.removesuffix("_id") if not _has(model, name) else name)
    if value is None or isinstance(field, models.JSONField):
        return value
    if isinstance(field, models.BinaryField):
        return base64.b64decode(value)
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    return target.to_python(value)


def _has(model: type[models.Model], name: str) -> bool:
    return any(field.name == name for field in model._meta.concrete_fields)
