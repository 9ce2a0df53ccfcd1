"""An act on many records of a list: the question, what would be refused, then the act."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from kajing.lib.errors import DomainError
from kajing.records.models import BulkAct
from kajing.records.selectors import Refused, Selection, name_rows
from kajing.records.selectors import tags as known_tags
from kajing.records.services.bulk import LOOKED_AT, MOST, Failures, HeldBack
from kajing.records.views.common import bulk_answer, dialog

TEMPLATE = "records/many.html"
NAMED = 20  # refused rows in the question; the act tells them all
Params = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Many:
    """The acts on many of one list.

    `look` says what would be refused and writes nothing, `act` does it; both take actor, kind, ids, params, at. `said`
    tells how many were changed, `tagging` are the kinds that ask for a tag, `words` stand on a kind's button instead of
    “Save”. `whole`: `look` judges every row, not only the first hundred.
    """

    look: Callable[..., Failures]
    act: Callable[..., BulkAct]
    titles: Mapping[str, Any]
    said: Callable[[int], str]
    tagging: Collection[str] = ()
    words: Mapping[str, Any] = field(default_factory=dict)
    whole: bool = False

    def answer(
        self,
        request: HttpRequest,
        kind: str,
        form: forms.Form,
        chosen: Selection,
        params: Params = dict,
        *,
        closed: Any = "",
        note: Any = "",
    ) -> HttpResponse:
        """Nothing is done while rows would be refused, until the person says to go on without them.

        `closed` says why the act cannot be done at all now, in place of the form; `note` what to know before.
        """
        kept = Kept()
        if form.is_bound and form.is_valid():
            asked: dict[str, Any] = {
                "actor": request.user, "kind": kind, "ids": chosen.keys(MOST), "params": params(form.cleaned_data),
            }  # fmt: skip
            try:
                failed = {} if "without" in request.POST else self.look(**asked, at=timezone.now())
                if not failed:
                    done = self.act(**asked, at=timezone.now())
                    return bulk_answer(request, done, f"{chosen.spec.url}?{chosen.address}", self.said(done.done))
                kept = _kept(request.user, chosen.spec.name, failed)
            except DomainError as error:
                form.add_error(None, str(error))
        about = {
            "kind": kind,
            "form": form,
            "chosen": chosen,
            "kept": kept,
            "closed": closed,
            "note": note,
        }
        return self._ask(request, about)

    def _ask(self, request: HttpRequest, about: dict[str, Any]) -> HttpResponse:
        kind, form, kept = about["kind"], about["form"], about["kept"]
        count = min(about["chosen"].count, MOST)
        data = {
            **about, "title": self.titles[kind], "url": request.path, "left": count - kept.count,
            "tried": LOOKED_AT if count > LOOKED_AT and not self.whole else 0, "act": self.words.get(kind, ""),
            "known_tags": known_tags()[:200] if kind in self.tagging else (),
        }  # fmt: skip
        return dialog(request, TEMPLATE, data, status=422 if form.is_bound and (form.errors or kept.count) else 200)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Rows the act would not touch: refused ones, and those held back by lot; the first of each with their names."""

    refused: Sequence[Refused] = ()
    held: Sequence[Refused] = ()
    alone: int = 0  # how many are refused
    back: int = 0  # how many are held back

    @property
    def count(self) -> int:
        """Both together."""
        return self.alone + self.back


def _kept(user: Any, list_name: str, failed: Failures) -> Kept:
    """The first of each sort by name; one question for the names of both."""
    held = {str(pk): said for pk, said in failed.items() if isinstance(said, HeldBack)}
    refused = {str(pk): said for pk, said in failed.items() if str(pk) not in held}
    first = dict(islice(refused.items(), NAMED)) | dict(islice(held.items(), NAMED))
    named = name_rows(user, list_name, first)
    return Kept(
        refused=[one for one in named if one.object_id not in held],
        held=[one for one in named if one.object_id in held],
        alone=len(refused), back=len(held),
    )  # fmt: skip


def sent(request: HttpRequest, name: str) -> Any:
    """The form's data once it was filled in; the first request comes from the bulk bar and brings rows only."""
    return request.POST if name in request.POST else None
