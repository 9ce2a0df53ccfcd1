"""A bank's mapping.toml: kept under a name made of its content, so that a batch can always be read again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kajing.analytics import ingest
from kajing.analytics.feeds import FEEDS
from kajing.audit.services import record
from kajing.imports.models import FeedMapping
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org.models import Person

_NAME = re.compile(r"[\w.-]{1,60}")


class CannotMap(DomainError):
    """The mapping cannot be read, says nothing, or has no fitting name."""

    status = 422


class MappingTaken(CannotMap):
    """The name is taken: a mapping is never changed, because files were read with it."""

    status = 409

    def __str__(self) -> str:
        return _("A mapping of this name exists; choose another name.")


def keep_mapping(*, toml: str, stem: str, actor: str, at: datetime) -> str:
    """Keep the text of a mapping file given on the command line; the same text is kept once. Raises CannotMap."""
    _check(toml)
    name = f"{re.sub(r'[^A-Za-z0-9._-]', '-', stem)[:40]}-{hashlib.sha256(toml.encode()).hexdigest()[:12]}"
    FeedMapping.objects.get_or_create(name=name, defaults={"toml": toml, "created_by": actor, "created_at": at})
    return name


@transaction.atomic
def save_mapping(*, actor: Person, name: str, toml: str, at: datetime) -> FeedMapping:
    """Save a mapping. A saved one is never changed, because batches were read with it.

    Raises NotAllowed, CannotMap, MappingTaken.
    """
    if not actor.has_perm("imports.load"):
        raise NotAllowed(_("You may not load files."))
    if not _NAME.fullmatch(name):
        raise CannotMap(_("A name has 1 to 60 letters, digits, dots, hyphens or underscores."))
    if not toml.strip():
        raise CannotMap(_("The mapping says nothing yet: name at least one column."))
    _check(toml)
    mapping, fresh = FeedMapping.objects.get_or_create(
        name=name, defaults={"toml": toml, "created_by": actor.person_no, "created_at": at}
    )
    if not fresh:
        raise MappingTaken
    record(
        actor=actor.person_no, action="imports.mapping_saved", object_kind="mapping", object_id=name, at=at
    )  # fmt: skip
    return mapping


def _check(toml: str) -> None:
    try:
        for feed in FEEDS:
            ingest.read_mapping(toml, feed=feed)
    except ingest.MappingProblem as problem:
        raise CannotMap(str(problem)) from problem


def compose(*, feed: str, delimiter: str, parts: Mapping[str, Mapping[str, Any]]) -> str:
    """The text of a mapping.toml for one feed from its parts: columns, constants, dates, values. Raises CannotMap."""
    if feed not in FEEDS:
        raise CannotMap(_("There is no feed of this name."))
    lines = []
    for section in ("columns", "constants", "dates"):
        if parts.get(section):
            lines += [f"[{feed}.{section}]", *_pairs(parts[section]), ""]
    for column, codes in parts.get("values", {}).items():
        lines += [f"[{feed}.values.{_quoted(column)}]", *_pairs(codes), ""]
    if delimiter != ",":
        lines += [f"[{feed}.file]", *_pairs({"delimiter": delimiter}), ""]
    return "\n".join(lines)


def _pairs(table: Mapping[str, Any]) -> list[str]:
    return [f"{_quoted(key)} = {_quoted(str(table[key]))}" for key in table]


def _quoted(text: str) -> str:
    """A JSON string is a TOML basic string."""
    return json.dumps(text, ensure_ascii=False)
