"""The tags themselves over the API: how often each is used, another name or colour, merging, deleting."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from kajing.api.schemas import Body, RowId
from kajing.lib.access import needs
from kajing.records import selectors, services

router = Router()
TAG, SHAPE = "records.tag", "records.manage_tags"


class TagOut(Schema):
    """A tag; `count` is how many records of any kind carry it."""

    id: int
    name: str = Field(examples=["vip"])
    colour: str = Field(description="Empty is grey; pri, ok, warn, bad.", examples=["pri"])
    count: int = Field(examples=[120])


class TagUseOut(TagOut):
    """A tag with what carries it and the names that lead to it."""

    uses: dict[str, int] = Field(description="Records by kind.", examples=[{"customer": 112, "task": 8}])
    old_names: list[str] = Field(description="Names it had and names of tags merged into it.", examples=[["VIPs"]])


class AllTagsOut(Schema):
    """Every tag, by name: a bank has at most a thousand."""

    items: list[TagOut]


class TagShapeIn(Body):
    """Another name and colour; give the old one to keep it."""

    name: str = Field(min_length=1, max_length=30, examples=["vip"])
    colour: Literal["", "pri", "ok", "warn", "bad"] = Field(description="Grey, blue, green, amber, red.")


class TagMergeIn(Body):
    """The tag that stays."""

    into: RowId


class TagMergedOut(Schema):
    """What merging did."""

    moved: int = Field(description="Records that carry the other tag now.")


class TagDeletedOut(Schema):
    """The tag is gone."""

    deleted: Literal[True] = True


@router.get("/tags", response=AllTagsOut, summary="Tags and how often each is used")
@needs(TAG)
def all_tags(request: HttpRequest) -> dict[str, Any]:
    """By name; merged ones are not among them."""
    return {"items": selectors.counted()}


@router.get("/tags/{tag_id}", response=TagUseOut, summary="What carries a tag")
@needs(SHAPE)
def one_tag(request: HttpRequest, tag_id: RowId) -> Any:
    """Counts by kind of record, and the old names that conditions may still hold."""
    return selectors.tag_use(get_object_or_404(selectors.counted(), pk=tag_id))


@router.post("/tags/{tag_id}", response=TagUseOut, summary="Rename or recolour a tag")
@needs(SHAPE)
def shape_tag(request: HttpRequest, tag_id: RowId, body: TagShapeIn) -> Any:
    """Conditions find it by its old name too."""
    found = get_object_or_404(selectors.counted(), pk=tag_id)
    services.shape_tag(actor=request.user, tag=found, name=body.name, colour=body.colour, at=timezone.now())
    return selectors.tag_use(found)


@router.post("/tags/{tag_id}/merge", response=TagMergedOut, summary="Let a tag go into another")
@needs(SHAPE)
def merge_tag(request: HttpRequest, tag_id: RowId, body: TagMergeIn) -> dict[str, int]:
    """Everything it hangs on carries the other one; its name stays known."""
    found, into = (get_object_or_404(selectors.counted(), pk=pk) for pk in (tag_id, body.into))
    return {"moved": services.merge_tags(actor=request.user, tag=found, into=into, at=timezone.now())}


@router.post("/tags/{tag_id}/delete", response=TagDeletedOut, summary="Delete a tag that nothing carries")
@needs(SHAPE)
def delete_tag(request: HttpRequest, tag_id: RowId) -> dict[str, Any]:
    """A tag in use is merged or taken off first."""
    services.delete_tag(
        actor=request.user, tag=get_object_or_404(selectors.counted(), pk=tag_id), at=timezone.now()
    )  # fmt: skip
    return {}
