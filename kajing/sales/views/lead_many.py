"""Acts on many leads: the question, what would be refused, then the act. And the list as a file."""

from __future__ import annotations

from typing import Any

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from kajing.customers.views.exporting import export_page
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.records.selectors import Selection, name_rows, selection
from kajing.records.selectors import tags as known_tags
from kajing.records.services.bulk import LOOKED_AT, MOST
from kajing.records.views.common import bulk_answer
from kajing.sales.forms import leads as forms
from kajing.sales.lead_list import LEADS
from kajing.sales.selectors import leads as selectors
from kajing.sales.services.leads import many
from kajing.ui.answers import is_partial
from kajing.workflow.selectors import present_of

TITLES = {
    many.GIVE: gettext_lazy("Assign leads"),
    many.LOSE: gettext_lazy("Leads are lost"),
    many.TAG: gettext_lazy("Tag leads"),
    many.UNTAG: gettext_lazy("Tag leads"),
}


@require_http_methods(["GET", "POST"])
@needs("sales.assign_leads")
def assign(request: HttpRequest) -> HttpResponse:
    """All chosen leads go to somebody."""
    form = forms.OwnerForm(_sent(request, "owner"), owners=selectors.owners_here(request.user))
    return _many(request, many.GIVE, form)


@require_http_methods(["GET", "POST"])
@needs("sales.work_leads")
def lose(request: HttpRequest) -> HttpResponse:
    """All chosen leads are lost for one reason."""
    rules = selectors.policy(present_of(request.user).today)
    form = forms.LoseForm(_sent(request, "reason"), rules=rules)
    del form.fields["version"]
    return _many(request, many.LOSE, form)


@require_http_methods(["GET", "POST"])
@needs("records.tag")
def tag(request: HttpRequest) -> HttpResponse:
    """A tag for all chosen leads, put on or taken off."""
    form = forms.ManyTagForm(_sent(request, "tag"))
    off = form.is_bound and request.POST.get("off") == "1"
    return _many(request, many.UNTAG if off else many.TAG, form)


@require_http_methods(["GET", "POST"])
@needs("sales.export_leads")
def export(request: HttpRequest) -> HttpResponse:
    """The chosen leads as a file, masked as on the screen."""
    return export_page(request, _chosen(request), "leads:export")


def _chosen(request: HttpRequest) -> Selection:
    """The ticked leads, or the whole list of the address."""
    data = request.POST if request.method == "POST" else request.GET
    return selection(
        request.user, LEADS, ids=data.getlist("ids"), query=QueryDict(data.get("query", "")),
        everything=data.get("all") == "1", today=present_of(request.user).today,
    )  # fmt: skip


def _sent(request: HttpRequest, name: str) -> Any:
    """The form's data once it was filled in; the first request comes from the bulk bar and brings rows only."""
    return request.POST if name in request.POST else None


def _many(request: HttpRequest, kind: str, form: django_forms.Form) -> HttpResponse:
    """Nothing is done while rows would be refused, until the person says to go on without them."""
    chosen = _chosen(request)
    refused: list[Any] = []
    if form.is_bound and form.is_valid():
        about: dict[str, Any] = {
            "actor": request.user,
            "kind": kind,
            "ids": chosen.keys(MOST),
            "params": form.cleaned_data,
        }
        try:
            failed = {} if "without" in request.POST else many.look_at_many(**about, at=timezone.now())
            if not failed:
                act = many.act_on_many(**about, at=timezone.now())
                said = ngettext("%(count)s lead changed", "%(count)s leads changed", act.done) % {"count": act.done}
                return bulk_answer(request, act, f"{reverse('leads:list')}?{chosen.address}", said)
            refused = name_rows(request.user, "leads", {str(pk): said for pk, said in failed.items()})
        except DomainError as error:
            form.add_error(None, str(error))
    return _dialog(request, kind, form, chosen, refused)


def _dialog(
    request: HttpRequest, kind: str, form: django_forms.Form, chosen: Selection, refused: list[Any]
) -> HttpResponse:
    count = min(chosen.count, MOST)
    data = {
        "form": form, "chosen": chosen, "refused": refused, "title": TITLES[kind], "url": request.path,
        "left": count - len(refused), "tried": LOOKED_AT if count > LOOKED_AT else 0,
        "known_tags": known_tags()[:200] if kind in {many.TAG, many.UNTAG} else (),
    }  # fmt: skip
    template = "sales/lead_many.html#dialog" if is_partial(request) else "sales/lead_many.html"
    return render(request, template, data, status=422 if form.is_bound and (form.errors or refused) else 200)
