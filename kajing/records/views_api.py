"""Saved views of lists over the API. A view is a list's address under a name: the query its page and its GET take."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from kajing.api.schemas import Body, RowId, Word
from kajing.lib.access import needs
from kajing.records import selectors, services
from kajing.records.lists import LISTS, ListSpec
from kajing.records.models import SavedView

router = Router()
RIGHT = "records.save_view"
Address = Annotated[str, Field(max_length=8000, examples=["bucket=M1,M2&order=-spend&columns=name,spend_30d"])]
Audience = Literal["MINE", "TEAM"]
ViewName = Annotated[str, Field(min_length=1, max_length=60, examples=["M1 and M2 by spend"])]


class SavedViewOut(Schema):
    """A view of a list."""

    id: int
    name: str = Field(alias="label", examples=["M1 and M2 by spend"])
    list_name: str = Field(examples=["customers"])
    audience: str = Field(description="SYSTEM, TEAM or MINE.", examples=["MINE"])
    owner: str = Field(description="A person's number; empty for views of the product.")
    address: str = Field(description="Filters, order and columns, as the list's own query.")
    version: int = Field(description="To send back when overwriting.")
    starred: bool = Field(description="It opens first for me.")


class SavedViewsOut(Schema):
    """The views of a list that I may open, in the order of its tabs."""

    items: list[SavedViewOut]


class SavedViewIn(Body):
    """A new view; TEAM shares it with my unit and those below."""

    name: ViewName
    audience: Audience = "MINE"
    address: Address


class SavedViewAddressIn(Body):
    """What the view stands for from now on."""

    address: Address
    version: int = Field(ge=1, examples=[1], description="As read; 409 when somebody saved it since.")


class SavedViewNameIn(Body):
    """Another name or audience."""

    name: ViewName
    audience: Audience


class SavedViewGoneOut(Schema):
    """The view is gone."""

    deleted: Literal[True] = True


@router.get("/lists/{list_name}/views", response=SavedViewsOut, by_alias=False, summary="Saved views of a list")
@needs(RIGHT)
def list_views(request: HttpRequest, list_name: Word) -> dict[str, Any]:
    """Those of the product, of my units and my own."""
    return {"items": selectors.told_views(request.user, _spec(list_name))}


@router.post(
    "/lists/{list_name}/views", response=SavedViewOut, by_alias=False, summary="Save a list as a view"
)  # fmt: skip
@needs(RIGHT)
def save_view(request: HttpRequest, list_name: Word, body: SavedViewIn) -> Any:
    """422 with the sentence of the page when a filter cannot be read."""
    spec = _spec(list_name)
    view = services.save_view_of_address(
        actor=request.user, spec=spec, name=body.name, audience=body.audience, query=QueryDict(body.address),
        at=timezone.now(),
    )  # fmt: skip
    return selectors.told_view(request.user, view)


@router.put("/views/{view_id}", response=SavedViewOut, by_alias=False, summary="Let a view stand for another address")
@needs(RIGHT)
def overwrite_view(request: HttpRequest, view_id: RowId, body: SavedViewAddressIn) -> Any:
    """Only its owner may."""
    view = services.overwrite_view_by_address(
        actor=request.user, view=_view(request, view_id), query=QueryDict(body.address), version=body.version,
        at=timezone.now(),
    )  # fmt: skip
    return selectors.told_view(request.user, view)


@router.post(
    "/views/{view_id}/rename", response=SavedViewOut, by_alias=False, summary="Rename, share or unshare a view"
)
@needs(RIGHT)
def rename_view(request: HttpRequest, view_id: RowId, body: SavedViewNameIn) -> Any:
    """Only its owner may; only leaders share."""
    view = services.rename_view(
        actor=request.user, view=_view(request, view_id), name=body.name, audience=body.audience, at=timezone.now()
    )
    return selectors.told_view(request.user, view)


@router.post("/views/{view_id}/star", response=SavedViewOut, by_alias=False, summary="Open a view first, or no longer")
@needs(RIGHT)
def star_view(request: HttpRequest, view_id: RowId) -> Any:
    """Each call turns it."""
    view = _view(request, view_id)
    services.star_view(actor=request.user, view=view)
    return selectors.told_view(request.user, view)


@router.post("/views/{view_id}/delete", response=SavedViewGoneOut, summary="Delete a view")
@needs(RIGHT)
def delete_view(request: HttpRequest, view_id: RowId) -> dict[str, Any]:
    """Only its owner may."""
    services.delete_view(actor=request.user, view=_view(request, view_id), at=timezone.now())
    return {}


def _spec(name: str) -> ListSpec:
    spec = LISTS.get(name)
    if spec is None:
        raise Http404
    return spec


def _view(request: HttpRequest, view_id: int) -> SavedView:
    return get_object_or_404(selectors.saved_views(request.user), pk=view_id)
