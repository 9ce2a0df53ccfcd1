"""Addresses that webhooks may go to, each with a secret that is shown once."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from kajing.audit.services import record
from kajing.lib.errors import NotAllowed
from kajing.org.models import Person
from kajing.workflow import webhooks
from kajing.workflow.models import WebhookEndpoint


@transaction.atomic
def new_endpoint(*, actor: Person, name: str, url: str, at: datetime) -> tuple[WebhookEndpoint, str]:
    """Register an address; returns it with its secret, which is not shown again. Raises NotAllowed, BadAddress."""
    _may(actor)
    if WebhookEndpoint.objects.filter(name=name).exists():
        raise webhooks.BadAddress(_("There is an address of this name already."))
    webhooks.check_address(url)
    secret = webhooks.new_secret()
    made = WebhookEndpoint.objects.create(
        name=name, url=url, secret_enc=settings.KAJING_KEYS.encrypt(webhooks.COLUMN, secret),
        made_by=actor.person_no, made_at=at,
    )  # fmt: skip
    _tell(made, actor, "new", at)
    return made, secret


@transaction.atomic
def switch_endpoint(*, actor: Person, endpoint: WebhookEndpoint, enabled: bool, at: datetime) -> WebhookEndpoint:
    """Let messages go there, or not; waiting ones go to the dead list. Raises NotAllowed."""
    _may(actor)
    endpoint.enabled = enabled
    endpoint.save(update_fields=["enabled"])
    _tell(endpoint, actor, "on" if enabled else "off", at)
    return endpoint


def _may(actor: Person) -> None:
    if not actor.has_perm("workflow.edit_process"):
        raise NotAllowed(_("Your role may not change addresses of webhooks."))


def _tell(endpoint: WebhookEndpoint, actor: Person, act: str, at: datetime) -> None:
    record(
        actor=actor.person_no, action=f"workflow.webhook_{act}", object_kind="webhook", object_id=endpoint.name, at=at,
        changes={"url": endpoint.url},
    )  # fmt: skip
