"""A record's own fields: fill them in, look into their history, show a masked one."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.lib.access import needs, staff
from kajing.lib.errors import DomainError
from kajing.records import panels, selectors, services
from kajing.records.forms import RevealForm, ValuesForm
from kajing.records.views.common import back, dialog, record_of
from kajing.ui.answers import is_partial, reveal

FILL = "records.fill_fields"


@require_http_methods(["GET", "POST"])
@needs(FILL)
def edit(request: HttpRequest, kind: str, object_id: str) -> HttpResponse:
    """Fill in the fields of a record; either all of them are saved or none."""
    on = record_of(request, kind, object_id)
    values = selectors.values_of(kind, request.user, [object_id]).get(object_id, {})
    form = ValuesForm(
        selectors.fields_of(kind, request.user, selectors.type_of(kind, request.user, object_id)),
        values,
        request.user,
        selectors.files_of(kind, request.user, object_id),
        data=request.POST if request.method == "POST" else None,
    )
    if form.is_bound and form.is_valid():
        try:
            changed = services.set_values(
                actor=request.user, kind=kind, object_id=object_id, values=form.typed(), at=timezone.now()
            )
        except services.ValuesRefused as refused:
            _add_errors(form, kind, request.user, refused.errors)
        else:
            said = _("Fields saved") if changed else _("Nothing changed")
            return back(request, on.url(object_id), said, changed="fields")
    data = {"form": form, "kind": on, "object_id": object_id}
    return dialog(request, "records/edit.html", data, status=422 if form.is_bound else 200)


def _add_errors(form: ValuesForm, kind: str, user: Any, errors: dict[str, str]) -> None:
    """Each beside its field; a field that is not on this layout is named."""
    labels = {one.definition.name: one.definition.label for one in selectors.fields_of(kind, user)}
    for name, said in errors.items():
        form.add_error(
            name if name in form.fields else None, said if name in form.fields else f"{labels.get(name, name)}: {said}"
        )


@require_GET
@staff
def panel(request: HttpRequest, kind: str, object_id: str) -> HttpResponse:
    """The panel of fields and tags again, after something changed."""
    on = record_of(request, kind, object_id)
    return render(request, "records/panels/fields.html", panels.fields_panel(on, request.user, object_id))


@require_GET
@staff
def history(request: HttpRequest, kind: str, object_id: str) -> HttpResponse:
    """Who changed which field when; `?field=` for one of them."""
    on = record_of(request, kind, object_id)
    name = request.GET.get("field", "")
    met = [one.definition for one in selectors.fields_of(kind, request.user)]
    rows = selectors.history(kind, request.user, object_id, name)
    return dialog(
        request,
        "records/history.html",
        {"kind": on, "object_id": object_id, "rows": rows, "name": name, "names": met, "tags": selectors.TAGS},
    )


@require_POST
@needs("customers.reveal")
def show(request: HttpRequest, kind: str, object_id: str, name: str) -> HttpResponse:
    """Ask for the reason, then show a masked value for 30 seconds."""
    record_of(request, kind, object_id)
    found = selectors.masked_value(kind, request.user, object_id, name)
    if found is None:
        raise Http404
    form = RevealForm(request.POST if "reason" in request.POST else None)
    error = ""
    if form.is_bound and form.is_valid():
        try:
            clear = services.reveal_value(
                actor=request.user, kind=kind, object_id=object_id, name=name, reason=form.cleaned_data["reason"],
                at=timezone.now(),
            )  # fmt: skip
        except DomainError as refused:
            error = str(refused)
        else:
            label = found.field.definition.label
            return reveal(
                request, clear=clear, shown=found.words, url=request.path, field=name, icon="lock", label=label
            )
    data = {"url": request.path, "form": form, "error": error, "field": name, "value": found}
    template = "records/reveal.html#form" if is_partial(request) else "records/reveal.html"
    return render(request, template, data, status=422 if form.is_bound else 200)
