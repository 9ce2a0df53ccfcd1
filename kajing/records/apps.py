"""Registrations of the room."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RecordsConfig(AppConfig):
    """The room `records`."""

    name = "kajing.records"
    label = "records"

    def ready(self) -> None:
        """The product's own views come with the tables; acts are watched for undo; fields and tags join the lists."""
        from kajing.queue import registry as queue
        from kajing.records import (
            audit_words,
            lookups,  # noqa: F401  registers itself
        )
        from kajing.records import jobs as many
        from kajing.records.services.bulk import JOB
        from kajing.records.services.tags import witness
        from kajing.records.undo import TABLE_WORDS, jobs
        from kajing.records.undo.returning import WITNESSES
        from kajing.records.undo.writing import watch
        from kajing.ui import registry as ui

        audit_words.register()

        watch()
        WITNESSES["records.tagging"] = witness
        TABLE_WORDS.update(
            {
                "records.fieldvalue": _("own fields"),
                "records.tagging": _("tags on records"),
                "records.attachment": _("attached files"),
                "org.accessgrant": _("access for a time"),
            }
        )
        queue.job(JOB, many.act_on_many, title=_("Act on many records"), chunked=True)
        queue.job("records.undo", jobs.undo_large, title=_("Undo"), chunked=True)
        queue.job("records.forget_undo", jobs.forget, title=_("Forget what can no longer be undone"))
        queue.schedule("records.forget_undo", "records.forget_undo", at_time=time(3, 40))
        ui.navigation.register(
            ui.NavItem(
                key="undo", section="system", label=_("Undo"), url_name="undo:list", icon="arrow-back-up",
                permission="records.undo", order=5, go="z",
            )
        )  # fmt: skip
        _register()
        post_migrate.connect(_seed, sender=self, dispatch_uid="records.seed_views")


def _register() -> None:
    from kajing.records import lists
    from kajing.records.fields.listing import provide as fields
    from kajing.records.selectors.tags import provide as tags
    from kajing.ui import registry as ui

    lists.providers[:0] = [fields, tags]  # before those of rooms above
    ui.navigation.register(
        ui.NavItem(
            key="fields", section="process", label=_("Fields"), url_name="record:fields", icon="forms",
            permission="records.manage_fields", order=60,
        )
    )  # fmt: skip
    ui.navigation.register(
        ui.NavItem(
            key="tags", section="process", label=_("Tags"), url_name="record:tags", icon="tags",
            permission="records.manage_tags", order=61,
        )
    )  # fmt: skip


def _seed(**_kwargs: Any) -> None:
    from kajing.records.services import seed_views

    seed_views()
