"""Pages: the dated parameters, and one parameter with its history and the form for a new value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kajing.audit.selectors import business_today
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.reference import selectors, services
from kajing.reference.forms import ChangeForm, ParameterFilter
from kajing.ui.answers import toast

if TYPE_CHECKING:
    from kajing.org.models import Person


def _me(request: HttpRequest) -> Person:
    return request.user


@require_GET
@needs("reference.view")
def parameters(request: HttpRequest) -> HttpResponse:
    """Laws, limits and bank policies as in force on a day."""
    form = ParameterFilter(request.GET, topics=selectors.topics())
    chosen = {"on": business_today(), **form.values}
    data = {"form": form, "on": chosen["on"], "rows": selectors.parameters(**chosen)}
    return render(request, "reference/list.html", data)


@require_GET
@needs("reference.view")
def parameter(request: HttpRequest, key: str) -> HttpResponse:
    """One parameter: every value it has had and will have."""
    return _page(request, key, ChangeForm())


@require_POST
@needs("reference.change")
def change(request: HttpRequest, key: str) -> HttpResponse:
    """A new value from a day on."""
    form = ChangeForm(request.POST)
    if form.is_valid():
        try:
            services.change_parameter(actor=_me(request), key=key, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return toast(request, redirect("reference:parameter", key=key), _("The new value is recorded."))
    return _page(request, key, form, status=422)


def _page(request: HttpRequest, key: str, form: ChangeForm, status: int = 200) -> HttpResponse:
    history = selectors.history(key)
    if not history:
        raise Http404
    data = {
        "history": history,
        "newest": history[0]["row"],
        "form": form,
        "may_change": request.user.has_perm("reference.change"),
        "today": business_today(),
    }
    return render(request, "reference/parameter.html", data, status=status)
