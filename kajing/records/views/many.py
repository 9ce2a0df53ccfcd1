"""An act on many records of a list: the question, what would be refused, then the act."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from kajing.lib.errors import DomainError
from kajing.records.models import BulkAct
from kajing.records.selectors import Selection, name_rows
from kajing.records.selectors import tags as known_tags
from kajing.records.services.bulk import LOOKED_AT, MOST, Failures
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
        refused: list[Any] = []
        alone = 0
        if form.is_bound and form.is_valid():
            asked: dict[str, Any] = {
                "actor": request.user, "kind": kind, "ids": chosen.keys(MOST), "params": params(form.cleaned_data),
            }  # fmt: skip
            try:
                failed = {} if "without" in request.POST else self.look(**asked, at=timezone.now())
                if not failed:
                    done = self.act(**asked, at=timezone.now())
                    return bulk_answer(request, done, f"{chosen.spec.url}?{chosen.address}", self.said(done.done))
                alone = len(failed)
                first = islice(failed.items(), NAMED)
                refused = name_rows(request.user, chosen.spec.name, {str(pk): said for pk, said in first})
            except DomainError as error:
                form.add_error(None, str(error))
        about = {
            "kind": kind,
            "form": form,
            "chosen": chosen,
            "refused": refused,
            "alone": alone,
            "closed": closed,
            "note": note,
        }
        return self._ask(request, about)

    def _ask(self, request: HttpRequest, about: dict[str, Any]) -> HttpResponse:
        kind, form, refused = about["kind"], about["form"], about["refused"]
        count = min(about["chosen"].count, MOST)
        data = {
            **about, "title": self.titles[kind], "url": request.path, "left": count - about["alone"],
            "tried": LOOKED_AT if count > LOOKED_AT and not self.whole else 0, "act": self.words.get(kind, ""),
            "known_tags": known_tags()[:200] if kind in self.tagging else (),
        }  # fmt: skip
        return dialog(request, TEMPLATE, data, status=422 if form.is_bound and (form.errors or refused) else 200)


def sent(request: HttpRequest, name: str) -> Any:
    """The form's data once it was filled in; the first request comes from the bulk bar and brings rows only."""
    return request.POST if name in request.POST else None
