"""The dialog that takes rows of a list out, for the lists of this room and of those above it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kajing.customers.forms import ExportForm
from kajing.customers.services import TooManyRows, export_selection, request_export
from kajing.lib.errors import DomainError
from kajing.records.selectors import Selection
from kajing.records.services.tables import TableFile
from kajing.ui.answers import is_partial, toast


def export_page(request: HttpRequest, chosen: Selection, url_name: str, *args: str) -> HttpResponse:
    """First the question, then the file; above the row cap the way to ask others.

    `url_name` with its arguments is the page itself.
    """
    form = ExportForm(request.POST if "reason" in request.POST else None)
    too_many = False
    if form.is_bound and form.is_valid():
        about: dict[str, Any] = {"actor": request.user, "chosen": chosen, "at": timezone.now(), **form.cleaned_data}
        try:
            if request.POST.get("ask") == "1":
                request_export(**about)
                said = _("Asked. You will hear when it has been decided.")
                return toast(request, redirect("customers:exports"), said)
            return file_answer(export_selection(**about))
        except DomainError as error:
            form.add_error(None, str(error))
            too_many = isinstance(error, TooManyRows)
    data = {
        "form": form, "chosen": chosen, "query": chosen.address, "ids": chosen.ids, "too_many": too_many,
        "url": reverse(url_name, args=args), "list": chosen.spec,
    }  # fmt: skip
    template = "customers/export.html#dialog" if is_partial(request) else "customers/export.html"
    return render(request, template, data, status=422 if form.is_bound and form.errors else 200)


def file_answer(file: TableFile) -> HttpResponse:
    """A file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(file.content, content_type=file.media_type, headers=headers)
