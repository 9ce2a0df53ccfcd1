"""Contact points as other rooms learn about them: an address that turned out dead."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.customers.models import ContactPoint
from kajing.customers.services.marks import mark_timeline

KINDS = {"MOBILE": gettext_noop("mobile"), "EMAIL": gettext_noop("e-mail"), "PHONE": gettext_noop("phone")}


@transaction.atomic
def invalidate_contact_point(*, point: ContactPoint, source: str, at: datetime) -> bool:
    """An address proved dead (a bounce, a gateway's word); the next feed row that changes it makes it valid again.

    `source` says who told, such as message:41. False when it was known already.
    """
    if not ContactPoint.objects.filter(pk=point.pk, valid=True).update(valid=False):
        return False
    record(
        actor="system", action="customers.invalidate_contact_point", object_kind="contact_point",
        object_id=str(point.pk), customer_id=point.customer_id, reason=source, at=at,
        changes={"kind": point.kind, "valid": [True, False]},
    )  # fmt: skip
    mark_timeline(
        customer_id=point.customer_id,
        at=at,
        kind="field",
        title=gettext_noop("Address no longer valid: %(kind)s"),
        params={"kind": KINDS.get(point.kind, point.kind), "_translate": ["kind"]},
        source=source,
        icon="mail-off",
    )
    return True
