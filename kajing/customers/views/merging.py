"""Duplicates and their merge: the list, the question at entry, the page where fields are chosen."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kajing.api import paging
from kajing.customers import services
from kajing.customers.forms import CheckForm, MergeForm
from kajing.customers.selectors import duplicates as found_by
from kajing.customers.selectors.merging import merge_table
from kajing.customers.services import duplicates as acts
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.ui.answers import is_partial, toast


@require_http_methods(["GET", "POST"])
@needs("customers.check_duplicate")
def duplicates(request: HttpRequest) -> HttpResponse:
    """Pairs to look at, and the question whether somebody is here already."""
    form = CheckForm(request.POST or None)
    matches = None
    if form.is_bound and form.is_valid():
        try:
            matches = acts.check_new(actor=request.user, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
    status = 422 if form.is_bound and form.errors else 200
    return render(
        request, "customers/duplicates.html", _list(request) | {"form": form, "matches": matches}, status=status
    )


def _list(request: HttpRequest) -> dict[str, Any]:
    if not request.user.has_perm("customers.merge"):
        return {"may_merge": False}
    strength, state = request.GET.get("strength", ""), "DIFFERENT" if "different" in request.GET else "OPEN"
    rows = found_by.pairs(request.user, strength=strength, state=state)
    page = paging.page(rows, order=("-points", "pk"), cursor=request.GET.get("cursor", ""), limit=50)
    job = found_by.search_job()
    return {
        "may_merge": True,
        "rows": found_by.pair_rows(request.user, page["items"]),
        "total": page["total"],
        "next": urlencode({"strength": strength, "cursor": page["next"]}) if page["next"] else "",
        "strengths": found_by.strengths(request.user),
        "strength": strength,
        "decided": state == "DIFFERENT",
        "job": job,
    }


@require_POST
@needs("customers.merge")
def start_search(request: HttpRequest) -> HttpResponse:
    """Search the whole book."""
    return _then(
        request, lambda: acts.start_search(actor=request.user, at=timezone.now()), _("The book is being searched.")
    )


@require_POST
@needs("customers.merge")
def different(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Not a duplicate: remembered."""
    pair = get_object_or_404(found_by.pairs(request.user), pk=pair_id)
    note = request.POST.get("note", "")
    return _then(
        request,
        lambda: acts.not_a_duplicate(actor=request.user, pair=pair, note=note, at=timezone.now()),
        _("Remembered: two different people"),
        undo=reverse("customers:doubt_again", args=[pair.pk]),
    )


@require_POST
@needs("customers.merge")
def doubt_again(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Back into the list."""
    pair = get_object_or_404(found_by.pairs(request.user, state="DIFFERENT"), pk=pair_id)
    return _then(
        request,
        lambda: acts.doubt_again(actor=request.user, pair=pair, at=timezone.now()),
        _("The pair is back in the list"),
    )


def _then(request: HttpRequest, act: Any, said: str, undo: str = "") -> HttpResponse:
    tone = ""
    try:
        act()
    except DomainError as error:
        said, tone, undo = str(error), "bad", ""
    url = reverse("customers:duplicates")
    answer = HttpResponse(status=204, headers={"HX-Redirect": url}) if is_partial(request) else redirect(url)
    return toast(request, answer, said, undo=undo, tone=tone)


@require_http_methods(["GET", "POST"])
@needs("customers.merge")
def merge(request: HttpRequest) -> HttpResponse:
    """Choose who stays and which value of each field, see what moves, merge."""
    ids = list(dict.fromkeys((request.POST if request.method == "POST" else request.GET).getlist("ids")))[:20]
    if request.method == "POST" and "survivor" not in request.POST:  # from the list's bulk bar
        url = f"{reverse('customers:merge')}?{urlencode({'ids': ids}, doseq=True)}"
        return HttpResponse(status=204, headers={"HX-Redirect": url}) if is_partial(request) else redirect(url)
    form = MergeForm(request.POST if request.method == "POST" else None, ids=ids)
    if form.is_bound and form.is_valid():
        try:
            done = services.merge_customers(actor=request.user, at=timezone.now(), **form.values)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            undo = reverse("undo:act", args=[done.undo]) if done.undo else ""
            answer = redirect("customers:page", done.survivor.pk)
            return toast(request, answer, _("Merged into %(survivor)s") % {"survivor": done.survivor.pk}, undo=undo)
    table = merge_table(request.user, ids, request.GET.get("survivor", "") or form.left)
    if not table.people and ids:
        raise Http404
    status = 422 if form.is_bound else 200
    return render(request, "customers/merge.html", {"form": form, "table": table, "ids": ids}, status=status)
