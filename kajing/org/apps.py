"""Registrations of the room."""

from datetime import time

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrgConfig(AppConfig):
    """The room `org`."""

    name = "kajing.org"
    label = "org"

    def ready(self) -> None:
        """Receivers, the navigation entry, and what the worker does for us."""
        from django.db.models import Q

        from kajing.audit import actors
        from kajing.audit import jobs as audit
        from kajing.audit.questions import Question, register
        from kajing.org import audit_words, jobs, receivers, selectors  # noqa: F401  receivers connect by being imported
        from kajing.queue import registry as queue
        from kajing.ui.registry import NavItem, Slot, hooks, navigation, register_slot

        audit_words.register()
        actors.register(selectors.names)
        navigation.register(
            NavItem(
                key="org", section="system", label=_("People and units"), url_name="org:index", icon="sitemap",
                permission="org.view", order=10,
            )
        )  # fmt: skip
        register_slot(Slot(name="person", load=selectors.person_with))
        failures = Q(action__startswith="sign_in_")
        register(Question("sign_in_failures", _("Failed sign-ins"), lambda today: failures, order=50))
        register(
            Question("rights", _("Changes of people and rights"), lambda today: Q(action__startswith="org."), order=60)
        )
        hooks.profile_url = "org:me"
        # `audit` lies below `queue` and cannot register itself.
        queue.chore("audit.seal", 10, audit.seal)
        queue.job("audit.mail_anchor", jobs.mail_anchor, title=_("Mail the audit anchor"))
        queue.schedule("audit.mail_anchor", "audit.mail_anchor", at_time=time(23, 50))
        queue.chore("org.tidy", 3600, jobs.tidy)
