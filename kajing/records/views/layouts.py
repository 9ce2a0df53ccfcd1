"""Layouts: which own fields stand where on records of a type, for every role or for one."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.records import selectors, services
from kajing.records.forms import ROLES, LayoutForm
from kajing.records.kinds import kind_of


@require_http_methods(["GET", "POST"])
@needs("records.manage_fields")
def layouts(request: HttpRequest, kind: str) -> HttpResponse:
    """One layout of a kind of record: `?type=` a record type, `?role=` a role; empty stands for all."""
    on = kind_of(kind)
    if on is None or not on.there():
        raise Http404
    decides = selectors.type_field(kind, request.user)
    types = [(code, label) for code, label in decides.options] if decides else []
    roles = [(role.value, role.label) for role in ROLES]
    type_, role = request.GET.get("type", ""), request.GET.get("role", "")
    if (type_ and type_ not in dict(types)) or (role and role not in dict(roles)):
        raise Http404
    rows = selectors.layout(kind, type_, role)
    data = request.POST if request.method == "POST" else None
    form = LayoutForm(rows, of_type=bool(type_), of_role=bool(role), data=data)
    if form.is_bound and form.is_valid():
        try:
            services.lay_out(
                actor=request.user, kind=kind, type=type_, role=role, rows=form.given(), at=timezone.now()
            )  # fmt: skip
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Layout saved"))
            return redirect(f"{reverse('record:layouts', args=[kind])}?{urlencode({'type': type_, 'role': role})}")
    shown = {"kind": on, "form": form, "types": types, "roles": roles, "type": type_, "role": role, "decides": decides}
    return render(request, "records/layouts.html", shown, status=422 if form.is_bound else 200)
