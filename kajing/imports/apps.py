"""Registrations of the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    """The room `imports`."""

    name = "kajing.imports"
    label = "imports"

    def ready(self) -> None:
        """The org tree's two feeds and the jobs."""
        from kajing.imports import audit_words
        from kajing.imports.jobs import register_jobs
        from kajing.imports.services.staff import register_staff
        from kajing.imports.sheets.jobs import register_sheet_jobs
        from kajing.ui import registry as ui

        audit_words.register()

        register_staff()
        register_jobs()
        register_sheet_jobs()
        ui.navigation.register(
            ui.NavItem(
                key="sheets", section="customers", label=_("Sheets"), url_name="sheets:list", icon="upload",
                permission="imports.sheets", order=50,
            )
        )  # fmt: skip
        ui.navigation.register(
            ui.NavItem(
                key="imports",
                section="system",
                label=_("Imports"),
                url_name="imports:list",
                icon="database-import",
                permission="imports.view",
                order=30,
                go="u",
            )
        )
