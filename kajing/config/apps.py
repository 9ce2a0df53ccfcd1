"""Registrations of the wiring: management commands live here."""

from datetime import time

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class ConfigConfig(AppConfig):
    """The room `config`."""

    name = "kajing.config"
    label = "config"

    def ready(self) -> None:
        """The morning: import, then night."""
        from kajing.config import audit_words, jobs
        from kajing.queue import registry

        audit_words.register()

        title = _("Load new feed days and run the night")
        registry.job("config.morning", jobs.morning, title=title, chunked=True, heavy=True)
        registry.schedule("morning", "config.morning", at_time=time.fromisoformat(settings.KAJING_NIGHT_TIME))
