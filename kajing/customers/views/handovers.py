"""Handovers: the list, the pack, acknowledging, the file."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.audit.selectors import today_for
from kajing.customers.forms import ExportForm
from kajing.customers.models import Handover
from kajing.customers.selectors.handovers import givers_of, handovers, pack
from kajing.customers.services import acknowledge, export_handover
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.records.selectors import may_undo
from kajing.ui.answers import is_partial, toast

RIGHT = "customers.handover"
ROWS = 50


@require_GET
@needs(RIGHT)
def handover_list(request: HttpRequest) -> HttpResponse:
    """Handovers to me, by me, and in my units; those still to be read first."""
    page = Paginator(handovers(request.user), ROWS).get_page(request.GET.get("page"))
    givers = givers_of(page.object_list)
    rows = [(one, givers.get(one.pk, "")) for one in page.object_list]
    data = {"rows": rows, "before": page.has_previous() and page.previous_page_number(), "total": page.paginator.count}
    data["after"] = page.has_next() and page.next_page_number()
    return render(request, "customers/handovers.html", data)


@require_GET
@needs(RIGHT)
def handover_page(request: HttpRequest, handover_id: int) -> HttpResponse:
    """The pack, as this person may read it today."""
    found = _handover(request, handover_id)
    data = {"pack": pack(request.user, found, today_for(request.user)), "handover": found}
    data["mine"] = found.receiver_id == request.user.person_no
    data["may_undo"] = found.reversal is not None and may_undo(request.user, found.reversal)
    return render(request, "customers/handover.html", data)


@require_POST
@needs(RIGHT)
def handover_acknowledge(request: HttpRequest, handover_id: int) -> HttpResponse:
    """The receiver has read it."""
    found = _handover(request, handover_id)
    try:
        acknowledge(actor=request.user, handover=found, at=timezone.now())
    except DomainError as error:
        return toast(request, redirect("customers:handover", found.pk), str(error), tone="bad")
    return toast(request, redirect("customers:handover", found.pk), _("Handover acknowledged"))


@require_http_methods(["GET", "POST"])
@needs("customers.export")
def handover_export(request: HttpRequest, handover_id: int) -> HttpResponse:
    """The pack as a file: first the reason, then the file."""
    found = _handover(request, handover_id)
    form = ExportForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            made = export_handover(
                actor=request.user, handover=found, reason=form.cleaned_data["reason"], today=today_for(request.user),
                at=timezone.now(),
            )  # fmt: skip
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            headers = {
                "Content-Disposition": f'attachment; filename="{made.name}"',
                "X-Content-Type-Options": "nosniff",
            }
            return HttpResponse(made.content, content_type="text/csv; charset=utf-8", headers=headers)
    template = "customers/handover_export.html"
    status = 422 if form.is_bound and form.errors else 200
    data = {"form": form, "handover": found}
    return render(request, f"{template}#dialog" if is_partial(request) else template, data, status=status)


def _handover(request: HttpRequest, handover_id: int) -> Handover:
    found: Handover = get_object_or_404(handovers(request.user), pk=handover_id)
    return found
