"""Registrations of the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    """The room `audit`."""

    name = "kajing.audit"
    label = "audit"

    def ready(self) -> None:
        """Navigation entries."""
        from kajing.audit import audit_words
        from kajing.ui.registry import NavItem, navigation

        audit_words.register()

        navigation.register(
            NavItem(
                key="audit", section="system", label=_("Audit trail"), url_name="audit:trail", icon="history",
                permission="audit.view_any", order=20,
            )
        )  # fmt: skip
        navigation.register(
            NavItem(
                key="nights", section="system", label=_("Nights"), url_name="audit:nights", icon="moon-stars",
                permission="org.sign_in", order=30,
            )
        )  # fmt: skip
