"""Many customers of the public pool over the API: tried as a whole first, then taken or given back as one act."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from kajing.api.schemas import BankId, Body, Note
from kajing.audit.selectors import today_for
from kajing.customers import services
from kajing.customers.services import pool_many
from kajing.lib.access import needs
from kajing.records.bulk_api import BulkActOut

router = Router()
RIGHT = "customers.take"
ACTS = {"take": pool_many.TAKE, "give-back": pool_many.GIVE_BACK}
Ids = Annotated[list[BankId], Field(min_length=1, max_length=20_000)]


class PoolManyIn(Body):
    """Customers to take from the pool, or of the own book to give back; giving back needs the reason."""

    act: Literal["take", "give-back"]
    customer_ids: Ids
    reason: Note = Field("", examples=["moved to another city"])


class PoolRefusedOut(Schema):
    """A customer who would be left alone, and why."""

    customer_id: str
    reason: str


class PoolTriedOut(Schema):
    """What the act would do, over all customers asked for."""

    asked: int
    refused: list[PoolRefusedOut]


@router.post("/pool/many", response={201: BulkActOut}, summary="Take or give back many customers")
@needs(RIGHT)
def pool_act_on_many(request: HttpRequest, body: PoolManyIn) -> Status[Any]:
    """At once up to a hundred, else in the background: follow it under `/bulk/{act_id}`; `/undo` takes it back.

    Taking goes in the order of the numbers until a limit is reached; who is left alone stands under
    `/bulk/{act_id}/failures`.
    """
    return Status(201, services.act_on_pool(actor=request.user, at=timezone.now(), **_asked(request, body)))


@router.post("/pool/many/try", response=PoolTriedOut, summary="Try to take or give back many customers")
@needs(RIGHT)
def pool_try_many(request: HttpRequest, body: PoolManyIn) -> dict[str, Any]:
    """Who would be left alone, and why: a limit, a wait, a hold, not in the pool; nothing is written."""
    asked = _asked(request, body)
    failed = services.look_at_pool(actor=request.user, at=timezone.now(), **asked)
    refused = [{"customer_id": pk, "reason": said} for pk, said in failed.items()]
    return {"asked": len(asked["ids"]), "refused": refused}


def _asked(request: HttpRequest, body: PoolManyIn) -> dict[str, Any]:
    params = {"reason": body.reason, "on": today_for(request.user).isoformat()}
    return {"kind": ACTS[body.act], "ids": list(dict.fromkeys(body.customer_ids)), "params": params}
