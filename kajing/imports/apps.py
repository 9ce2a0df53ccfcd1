"""Registrations of the room."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """The room `imports`."""

    name = "kajing.imports"
    label = "imports"

    def ready(self) -> None:
        """The org tree's two feeds and the jobs."""
        from kajing.imports.jobs import register_jobs
        from kajing.imports.services.staff import register_staff

        register_staff()
        register_jobs()
