"""Pages of alerts: the list, one alert with its evidence, and the decision."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.risk import lists, selectors, services
from kajing.risk.forms import CloseForm
from kajing.risk.models import Alert
from kajing.risk.rows import alert_rows
from kajing.ui.answers import done, is_partial, toast
from kajing.workflow.gate_panels import own_standing


@require_GET
@needs("risk.view_alert")
def alert_list(request: HttpRequest) -> HttpResponse:
    """The list under the filters of its address."""
    return render(request, "risk/list.html", lists.page(request.user, request.GET))


@require_GET
@needs("risk.view_alert")
def rows(request: HttpRequest) -> HttpResponse:
    """The rows alone, for a refresh after a decision."""
    return render(request, "risk/list.html#rows", lists.page(request.user, request.GET))


@require_GET
@needs("risk.view_alert")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One alert with its evidence: a page, or the side panel of a list."""
    template = "risk/detail.html#alert" if is_partial(request) else "risk/detail.html"
    return render(request, template, _detail(request, _alert(request, pk)))


@require_POST
@needs("risk.handle_alert")
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm or dismiss."""
    alert = _alert(request, pk)
    form = CloseForm(request.POST)
    if form.is_valid():
        try:
            services.close_alert(actor=request.user, alert=alert, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _closed(request, alert)
    template = "risk/detail.html#alert" if is_partial(request) else "risk/detail.html"
    return render(request, template, _detail(request, alert, form), status=422)


def _closed(request: HttpRequest, alert: Alert) -> HttpResponse:
    if is_partial(request):
        return done(request, _("Decision recorded"), changed="alerts")
    answer = HttpResponseRedirect(request.path.removesuffix("close/"), status=303)
    return toast(request, answer, _("Decision recorded"))


def _alert(request: HttpRequest, pk: int) -> Alert:
    found: Alert = get_object_or_404(selectors.alerts(request.user).select_related("customer__manager"), pk=pk)
    return found


def _detail(request: HttpRequest, alert: Alert, form: CloseForm | None = None) -> dict[str, Any]:
    (row,) = alert_rows(request.user, [alert])
    return {
        "row": row,
        "form": form or CloseForm(),
        "may_close": request.user.has_perm("risk.handle_alert"),
        "gated": own_standing(request.user, "alert", str(alert.pk)),
    }
