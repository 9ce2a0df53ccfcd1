"""Registrations of the room."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RecordsConfig(AppConfig):
    """The room `records`."""

    name = "kajing.records"
    label = "records"

    def ready(self) -> None:
        """The product's own views come with the tables."""
        post_migrate.connect(_seed, sender=self, dispatch_uid="records.seed_views")


def _seed(**_kwargs: Any) -> None:
    from kajing.records.services import seed_views

    seed_views()
