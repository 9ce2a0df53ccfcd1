"""Tags: which there are, how often they are used, what hangs on a record, and the filter of lists."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kajing.records.fields.listing import keyed
from kajing.records.kinds import Kind, kind_of
from kajing.records.lists import Choice, Column, Context, Extra
from kajing.records.models import Tag, Tagging
from kajing.ui import formats

PAGE = "tags"  # in a row's `extra`: a PageTags


def key_of(name: str) -> str:
    """What two spellings of one tag share: width and capitals do not count, nor do spaces around."""
    return unicodedata.normalize("NFKC", name).strip().casefold()[:30]


def tags() -> QuerySet[Tag]:
    """Tags in use or ready to be used; merged ones only lead to others."""
    return Tag.objects.filter(merged_into=None)


def counted() -> QuerySet[Tag]:
    """Tags with `count`, how many records of any kind carry them."""
    return tags().annotate(count=Count("uses")).order_by("name")


ON_A_PAGE = 100


@dataclass(frozen=True)
class TagsPage:
    """Some of the tags by name, as the page that shapes them shows them."""

    rows: list[Tag]
    total: int
    first: int
    last: int
    search: str
    previous_query: str
    next_query: str


def tags_page(search: str, number: str) -> TagsPage:
    """The tags whose name holds a text, a hundred at a time; a page that is not there is the last one."""
    text = search.strip()[:30]
    found = Paginator(counted().filter(key__contains=key_of(text)) if text else counted(), ON_A_PAGE)
    page = found.get_page(number)

    def query(at: int) -> str:
        return urlencode({"search": text, "page": at} if text else {"page": at})

    return TagsPage(
        list(page.object_list), found.count, page.start_index(), page.end_index(), text,
        query(page.number - 1) if page.has_previous() else "", query(page.number + 1) if page.has_next() else "",
    )  # fmt: skip


def other_tags(tag: Tag) -> list[tuple[int, str]]:
    """What a tag may be merged into."""
    return list(tags().exclude(pk=tag.pk).order_by("name").values_list("pk", "name"))


@dataclass(frozen=True, slots=True)
class TagUse:
    """A tag, how many records of each kind carry it, and the names that lead to it."""

    id: int
    name: str
    colour: str
    count: int
    uses: dict[str, int]
    old_names: list[str]


def tag_use(tag: Tag) -> TagUse:
    """What carries a tag, in two statements."""
    rows = Tagging.objects.filter(tag=tag).order_by().values("kind").annotate(n=Count("pk"))
    uses = {row["kind"]: row["n"] for row in rows}
    old = list(Tag.objects.filter(merged_into=tag).order_by("name").values_list("name", flat=True))
    return TagUse(tag.pk, tag.name, tag.colour, sum(uses.values()), uses, old)


def tag_named(name: str) -> Tag | None:
    """The tag of a name, through those it was merged into."""
    found = Tag.objects.select_related("merged_into").filter(key=key_of(name)).first()
    while found is not None and found.merged_into is not None:
        found = found.merged_into
    return found


def tags_of(kind: str, ids: Iterable[str]) -> dict[str, list[Tag]]:
    """The tags of records by id; the caller has checked that the person sees them."""
    found: dict[str, list[Tag]] = defaultdict(list)
    rows = Tagging.objects.filter(kind=kind, object_id__in=list(ids)).select_related("tag").order_by("tag__name")
    for row in rows:
        found[row.object_id].append(row.tag)
    return found


class PageTags:
    """The tags of a page of rows, read when the first column asks."""

    def __init__(self, kind: str, ids: Sequence[str]) -> None:
        self.kind, self.ids = kind, ids

    @cached_property
    def found(self) -> dict[str, list[Tag]]:
        """Tags by record."""
        return tags_of(self.kind, self.ids)


@dataclass(frozen=True, kw_only=True)
class HasTag(Choice):
    """Records with one of these tags; several tags excluded with !. A merged tag's name finds what it became."""

    on: Kind

    def nothing(self) -> Q:
        """Records without any tag."""
        return ~Q(pk__in=keyed(Tagging.objects.filter(kind=self.on.name), self.on))

    def offered(self, context: Context) -> list[tuple[str, str]]:
        """The names of all tags, merged ones too, so that saved conditions stay good."""
        return [(name, name) for name in self._ids(context)]

    def q(self, values: Sequence[str], context: Context) -> Q:
        """Records with any of the wanted and none of the refused."""
        wanted = [value for value in values if not value.startswith("!")]
        refused = [value[1:] for value in values if value.startswith("!")]
        self._check([*wanted, *refused], context)
        found = self._carrying(wanted, context) if wanted else Q()
        return found & ~self._carrying(refused, context) if refused else found

    def _ids(self, context: Context) -> dict[str, int]:
        """Tag ids by name, asked for once; a merged tag's name has the id of what it became."""
        rows = Tag.objects.order_by("name").values_list("name", "pk", "merged_into")
        found: dict[str, int] = context.once("tags", lambda: {name: into or pk for name, pk, into in rows})
        return found

    def _carrying(self, names: Sequence[str], context: Context) -> Q:
        ids = [self._ids(context)[name] for name in names]
        return Q(pk__in=keyed(Tagging.objects.filter(kind=self.on.name, tag__in=ids), self.on))


def _words(row: Any) -> str:
    page: PageTags | None = row.extra.get(PAGE)
    return formats.listed(tag.name for tag in page.found.get(str(row.pk), [])) if page else ""


def provide(kind_name: str, user: Any) -> Extra:
    """The filter and the column of tags in every list of a kind that carries them."""
    kind = kind_of(kind_name)
    if kind is None:
        return Extra()
    return Extra(
        filters=[HasTag(name="tag", label=_("Tag"), options=lambda context: [], on=kind, path="pk")],
        columns=[Column(name="tags", label=_("Tags"), value=_words, default=False, priority=3)],
    )
