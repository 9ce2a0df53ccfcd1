"""The panels that a kind of record gets on its page: fields and tags, and files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from kajing.records.kinds import Kind
from kajing.records.selectors import files_of, sheet, tags, tags_of
from kajing.ui.registry import Panel


def of_kind(kind: Kind, slot: str) -> list[Panel]:
    """The panels of a kind for the page of a slot."""
    about: dict[str, Any] = {"slot": slot, "permission": kind.view, "lazy": True}
    return [
        Panel(
            key=f"fields-{kind.name}", title=_("Fields and tags"), template="records/panels/fields.html", icon="tag",
            data=_fields(kind), order=60, **about,
        ),
        Panel(
            key=f"files-{kind.name}", title=_("Attached files"), template="records/panels/files.html", icon="paperclip",
            data=_files(kind), order=70, **about,
        ),
    ]  # fmt: skip


def of_source(slot: str, side: str, kind_of_row: Callable[[Any], Kind], permission: str) -> list[Panel]:
    """The same panels for a page of several kinds: `kind_of_row(row)` says which; files stand in the slot `side`."""
    about: dict[str, Any] = {"permission": permission, "lazy": True}
    return [
        Panel(
            key=f"fields-{slot}", title=_("Fields and tags"), template="records/panels/fields.html", icon="tag",
            data=lambda user, row: fields_panel(kind_of_row(row), user, str(row.pk)), order=60, slot=slot, **about,
        ),
        Panel(
            key=f"files-{slot}", title=_("Attached files"), template="records/panels/files.html", icon="paperclip",
            data=lambda user, row: files_panel(kind_of_row(row), user, str(row.pk)), order=70, slot=side, **about,
        ),
    ]  # fmt: skip


def _fields(kind: Kind) -> Callable[[Any, Any], dict[str, Any]]:
    return lambda user, row: fields_panel(kind, user, str(row.pk))


def _files(kind: Kind) -> Callable[[Any, Any], dict[str, Any]]:
    return lambda user, row: files_panel(kind, user, str(row.pk))


def fields_panel(kind: Kind, user: Any, object_id: str) -> dict[str, Any]:
    """What the panel of fields and tags shows of one record."""
    return {
        "kind": kind,
        "object_id": object_id,
        "sections": sheet(kind.name, user, object_id),
        "tags": tags_of(kind.name, [object_id]).get(object_id, []),
        "known_tags": [one.name for one in tags()[:200]],
        "may_fill": user.has_perm("records.fill_fields") and kind.may_fill(user),
        "may_tag": user.has_perm("records.tag"),
        "may_reveal": user.has_perm("customers.reveal"),
    }


def files_panel(kind: Kind, user: Any, object_id: str) -> dict[str, Any]:
    """What the panel of files shows of one record."""
    return {
        "kind": kind,
        "object_id": object_id,
        "files": files_of(kind.name, user, object_id),
        "may_attach": user.has_perm("records.attach") and kind.writes(user),
    }
