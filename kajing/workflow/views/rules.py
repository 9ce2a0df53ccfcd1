"""Pages of rules and of webhooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.ui.answers import toast
from kajing.workflow.forms.rules import (
    Actions,
    EndpointForm,
    NewRuleForm,
    RuleForm,
    WhyForm,
    initial_actions,
    initial_of,
)
from kajing.workflow.models import RuleVersion
from kajing.workflow.pages import pages
from kajing.workflow.rules import notes, words
from kajing.workflow.selectors import present_of
from kajing.workflow.selectors import rules as selectors
from kajing.workflow.selectors.gates import trigger_after
from kajing.workflow.services import rules as services
from kajing.workflow.views import versions

SEE = "workflow.view_process"
EDIT = "workflow.edit_process"


@require_http_methods(["GET", "POST"])
@needs(SEE)
def rule_list(request: HttpRequest) -> HttpResponse:
    """All rules with what they did; a new one."""
    form = NewRuleForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            made = services.new_rule(actor=request.user, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            after = request.POST.get("after", "")
            url = reverse("workflow:rule", args=[made.code]) + (f"?{urlencode({'after': after})}" if after else "")
            return HttpResponseRedirect(url, status=303)
    rows = selectors.overview(timezone.now())
    for row in rows:
        row["trigger"] = words(row["versions"][0].trigger) if row["versions"] else ""
    after = request.POST.get("after", request.GET.get("after", ""))
    data = {"rows": rows, "form": form, "after": after if trigger_after(after) else ""}
    data["after_words"] = words(trigger_after(after)) if data["after"] else ""
    return render(request, "workflow/rules.html", data, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(SEE)
def rule(request: HttpRequest, code: str) -> HttpResponse:
    """One rule: the version in the making with its test, all versions, what happened."""
    found = get_object_or_404(selectors.rules(), code=code)
    newest = selectors.versions(found).first()
    bound = request.POST if request.method == "POST" else None
    options = {"endpoints": [(one.pk, one.name) for one in selectors.endpoints()]}
    form = RuleForm(bound, initial=_initial(newest, request.GET.get("after", "")))
    actions = Actions(bound, initial=initial_actions(newest.actions) if newest else [], form_kwargs=options)
    if bound is not None and form.is_valid() and actions.is_valid():
        data = form.cleaned_data
        try:
            services.draft_rule(
                actor=request.user, rule=found, trigger=form.trigger_data(), condition=data["condition"],
                actions=actions.specs(), priority=data["priority"], stops=data["stops"],
                hourly_limit=data["hourly_limit"], at=timezone.now(),
            )  # fmt: skip
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            page = reverse("workflow:rule", args=[code])
            return versions.back(request, page, _("Draft saved. Test it on the last 90 days."))
    making = selectors.in_the_making(found)
    data = {
        "rule": found, "form": form, "actions": actions, "versions": selectors.versions(found), "making": making,
        "words": words(making.trigger) if making else "",
        "notes": notes(making.trigger, making.actions) if making else [], "counts": selectors.run_counts(found),
        "blocked": selectors.held_back(found),
        "test": selectors.tried(request.user, making) if making and making.tested_at else None,
        "page": pages(selectors.runs(request.user, found), request.GET, 25), "why": WhyForm(),
    }  # fmt: skip
    return render(request, "workflow/rule.html", data, status=200 if bound is None else 422)


def _initial(newest: RuleVersion | None, after: str = "") -> dict[str, Any]:
    if newest is None:
        return initial_of(trigger_after(after), "") if after else {}
    more = {"priority": newest.priority, "stops": newest.stops, "hourly_limit": newest.hourly_limit}
    return {**initial_of(newest.trigger, newest.condition), **more}


@require_POST
@needs(EDIT)
def try_out(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """The test on the last 90 days."""

    def act(found: RuleVersion) -> object:
        today = present_of(request.user).today
        return services.try_out(actor=request.user, version=found, today=today, at=timezone.now())

    return _step(request, code, version, act, _("Tested on the last 90 days"))


@require_POST
@needs(EDIT)
def shadow(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """From now on it writes what it would do."""

    def act(found: RuleVersion) -> object:
        return services.start_shadow(actor=request.user, version=found, at=timezone.now())

    return _step(request, code, version, act, _("The version runs in shadow: it sends nothing"))


@require_POST
@needs("workflow.publish_process")
def publish(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """Put it to work."""

    def act(found: RuleVersion) -> object:
        reason = request.POST.get("reason", "")[:400]
        return services.publish(actor=request.user, version=found, reason=reason, at=timezone.now())

    return _step(request, code, version, act, _("The version is at work"))


@require_POST
@needs("workflow.publish_process")
def retire(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """Take it out of work."""

    def act(found: RuleVersion) -> object:
        reason = request.POST.get("reason", "")[:400]
        return services.retire(actor=request.user, version=found, reason=reason, at=timezone.now())

    return _step(request, code, version, act, _("The version is out of work"))


def _step(
    request: HttpRequest, code: str, number: int, act: Callable[[RuleVersion], object], said: str
) -> HttpResponse:
    found = get_object_or_404(selectors.rules(), code=code)
    version = get_object_or_404(selectors.versions(found).select_related("rule"), number=number)
    return versions.step(request, reverse("workflow:rule", args=[code]), lambda: act(version), said)


@require_http_methods(["GET", "POST"])
@needs(SEE)
def webhooks(request: HttpRequest) -> HttpResponse:
    """Addresses of webhooks and what went there; a new address shows its secret once."""
    form, secret = EndpointForm(request.POST if request.method == "POST" else None), ""
    if form.is_bound and form.is_valid():
        try:
            _made, secret = services.new_endpoint(actor=request.user, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            form = EndpointForm()
    return _webhooks(request, form, secret)


def _webhooks(request: HttpRequest, form: EndpointForm, secret: str) -> HttpResponse:
    data = {
        "rows": selectors.endpoints(), "form": form, "secret": secret,
        "page": pages(selectors.deliveries(), request.GET, 25),
    }  # fmt: skip
    answer = render(request, "workflow/webhooks.html", data, status=422 if form.errors else 200)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@require_POST
@needs(EDIT)
def rotate(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """A new secret, shown once."""
    found = get_object_or_404(selectors.endpoints(), pk=endpoint_id)
    secret = services.rotate_secret(actor=request.user, endpoint=found, at=timezone.now())
    return _webhooks(request, EndpointForm(), secret)


@require_POST
@needs(EDIT)
def redeliver(request: HttpRequest, number: int) -> HttpResponse:
    """Send a message once more."""
    message = get_object_or_404(selectors.deliveries(), pk=number)
    said, tone = _("The message will be sent again."), ""
    try:
        services.redeliver(actor=request.user, message=message, at=timezone.now())
    except DomainError as error:
        said, tone = str(error), "bad"
    return toast(request, HttpResponseRedirect(reverse("workflow:webhooks"), status=303), said, tone=tone)


@require_POST
@needs(EDIT)
def switch(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Let messages go there, or not."""
    found = get_object_or_404(selectors.endpoints(), pk=endpoint_id)
    services.switch_endpoint(actor=request.user, endpoint=found, enabled=not found.enabled, at=timezone.now())
    said = _("Nothing is sent there any more") if not found.enabled else _("Messages go there again")
    return toast(request, HttpResponseRedirect(reverse("workflow:webhooks"), status=303), said)
