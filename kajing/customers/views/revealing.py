"""The dialog that shows a masked field in clear, for the records of this room and of those above it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from kajing.customers.forms import RevealForm
from kajing.customers.services.reveals import Revealed
from kajing.lib.errors import DomainError
from kajing.ui.answers import reveal

FIELD_ICONS = {
    "name": "user", "mobile": "phone", "phone": "phone", "email": "mail", "id_number": "id", "address": "map-pin",
    "employer": "building", "annual_income": "coin",
}  # fmt: skip
FIELD_WORDS = {
    "name": gettext_lazy("name"),
    "mobile": gettext_lazy("mobile number"),
    "phone": gettext_lazy("phone number"),
    "email": gettext_lazy("e-mail address"),
    "id_number": gettext_lazy("ID number"),
    "address": gettext_lazy("address"),
    "employer": gettext_lazy("employer"),
    "annual_income": gettext_lazy("income"),
}
# Why people look, ready to choose; their own words are as good.
REASONS = (
    gettext_lazy("call the customer"),
    gettext_lazy("verify the customer's identity"),
    gettext_lazy("send what the customer asked for"),
    gettext_lazy("handle a risk alert"),
)


def reveal_page(request: HttpRequest, *, field: str, shown: str, act: Callable[[str], Revealed]) -> HttpResponse:
    """First the reason, then the value for 30 seconds; `shown` is its mask, `act(reason)` the room's own service."""
    form = RevealForm(request.POST if "reason" in request.POST else None)
    error = ""
    if form.is_bound and form.is_valid():
        try:
            found = act(form.cleaned_data["reason"])
        except DomainError as refused:
            error = str(refused)
        else:
            return reveal(
                request, clear=found.value, shown=shown, url=request.path, field=field, icon=FIELD_ICONS[field],
                label=str(FIELD_WORDS[field]),
            )  # fmt: skip
    data = {
        "url": request.path, "form": form, "error": error, "field": field, "reasons": REASONS,
        "label": FIELD_WORDS[field], "shown": shown, "icon": FIELD_ICONS[field],
    }  # fmt: skip
    return render(request, "customers/reveal.html", data, status=422 if form.is_bound else 200)
