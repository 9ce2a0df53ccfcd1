"""Pages of trials: what tasks with a hold-out achieved."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kajing.customers.selectors import shown_name
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.ui.answers import done, is_partial, toast
from kajing.workflow import services
from kajing.workflow.forms.plans import WhyForm
from kajing.workflow.pages import pages
from kajing.workflow.rows import KIND_LABELS
from kajing.workflow.selectors import trials as selectors

SEE = "workflow.open_task"


@require_GET
@needs(SEE)
def trial_list(request: HttpRequest) -> HttpResponse:
    """My trials, and those of my units: both groups with their rates, and the difference."""
    page = pages(selectors.trials(request.user), request.GET, 25)
    page.rows = [(one, selectors.outcome(one)) for one in page.rows]
    return render(request, "workflow/trials.html", {"page": page})


@require_GET
@needs(SEE)
def trial(request: HttpRequest, pk: int) -> HttpResponse:
    """One trial: the groups, how sure the difference is, and who was held back."""
    found = get_object_or_404(selectors.trials(request.user), pk=pk)
    told = selectors.outcome(found)
    page = pages(selectors.held_back(request.user, found), request.GET, 25)
    page.rows = [(one, shown_name(request.user, one.customer)) for one in page.rows]
    data = {
        "trial": found,
        "outcome": told,
        "kind": KIND_LABELS.get(found.kind, found.kind),
        "page": page,
        "may_end": told.treated.size > 0 and selectors.may_end(request.user, found),
    }
    return render(request, "workflow/trial.html", data)


@require_http_methods(["GET", "POST"])
@needs(SEE)
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a trial early, with the reason."""
    found = get_object_or_404(selectors.trials(request.user), pk=pk)
    form = WhyForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            services.end_trial(
                actor=request.user, trial=found, reason=form.cleaned_data["reason"], at=timezone.now()
            )  # fmt: skip
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _ended(request, reverse("workflow:trial", args=[pk]))
    status = 422 if form.is_bound and form.errors else 200
    what = _("What was counted stays. Those held back may be contacted again.")
    data = {"form": form, "title": _("End the trial"), "url": reverse("workflow:end_trial", args=[pk]), "what": what}
    template = "workflow/plan_why.html"
    return render(request, f"{template}#form" if is_partial(request) else template, data, status=status)


def _ended(request: HttpRequest, url: str) -> HttpResponse:
    said = _("Trial ended")
    if not is_partial(request):
        return toast(request, HttpResponseRedirect(url, status=303), said)
    answer = done(request, said, changed="trials")
    answer.headers["HX-Refresh"] = "true"
    return toast(request, answer, said)
