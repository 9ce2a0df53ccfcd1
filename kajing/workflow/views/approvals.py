"""Pages of approvals: what waits for me, one request, votes, and the chains that say who votes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.ui.answers import done, is_partial, toast, trigger
from kajing.workflow.approvals import act_of, acts
from kajing.workflow.forms.approvals import AgainForm, ApproveForm, HandOnForm, ReturnForm, Steps, initial_of
from kajing.workflow.models import ApprovalRequest
from kajing.workflow.pages import pages
from kajing.workflow.selectors import approvals as selectors
from kajing.workflow.services import approvals as services

DECIDE = "workflow.see_approvals"
PER_PAGE = 25
Acting = Callable[[ApprovalRequest, dict[str, Any]], ApprovalRequest]


@require_GET
@needs(DECIDE)
def listing(request: HttpRequest) -> HttpResponse:
    """What waits for my vote, what I asked, what I decided."""
    template = "workflow/approvals.html#rows" if is_partial(request) else "workflow/approvals.html"
    return render(request, template, _listing(request))


def _listing(request: HttpRequest) -> dict[str, Any]:
    show = request.GET.get("show", "wait")
    tabs = {"wait": _("Waiting for me"), "mine": _("Asked by me"), "done": _("Decided by me"), "all": _("All I see")}
    show = show if show in tabs else "wait"
    page = pages(selectors.listed(request.user, show), request.GET, PER_PAGE)
    page.rows = selectors.rows(request.user, page.rows, timezone.now())
    return {"page": page, "show": show, "tabs": tabs, "waiting": selectors.to_decide_count(request.user)}


@require_GET
@needs(DECIDE)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: what changes, the clause, the way so far, and what similar ones came to."""
    found = _found(request, pk)
    template = "workflow/approval.html#peek" if is_partial(request) else "workflow/approval.html"
    return render(request, template, _detail(request, found))


def _detail(request: HttpRequest, found: ApprovalRequest, **bound: Any) -> dict[str, Any]:
    user, act = request.user, act_of(found.act)
    row = selectors.rows(user, [found], timezone.now())[0]
    version = {"version": found.version}
    return {
        "row": row,
        "history": selectors.history(found),
        "stages": selectors.stages(found),
        "clauses": selectors.clauses(act, selectors.today()),
        "similar": selectors.similar(user, found),
        "mine": found.asker_id == user.pk,
        "record_url": act.url(found.payload) if act and (act.open_to_deciders or found.asker_id == user.pk) else "",
        "approve_form": ApproveForm(initial=version),
        "return_form": ReturnForm(initial=version),
        "again_form": AgainForm(initial={"reason": found.reason}),
        "hand_on_form": HandOnForm(people=selectors.receivers_of_seat(user, found) if row.seat else []),
        "reassign_form": HandOnForm(people=selectors.receivers_of_seat(user, found)),
        **bound,
    }


@require_POST
@needs(DECIDE)
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree; the last vote carries the act out."""

    def act(found: ApprovalRequest, data: dict[str, Any]) -> ApprovalRequest:
        return services.approve(actor=request.user, request=found, at=timezone.now(), **data)

    return _vote(request, pk, ApproveForm(request.POST), "approve_form", act, _("Approved"))


@require_http_methods(["GET", "POST"])
@needs(DECIDE)
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Return it to who asked: first the reason, then the act."""
    if request.method == "GET":
        found = _found(request, pk)
        form = ReturnForm(initial={"version": found.version})
        template = "workflow/approval_return.html#form" if is_partial(request) else "workflow/approval_return.html"
        return render(
            request, template, {"row": selectors.rows(request.user, [found], timezone.now())[0], "form": form}
        )

    def act(found: ApprovalRequest, data: dict[str, Any]) -> ApprovalRequest:
        return services.return_request(actor=request.user, request=found, at=timezone.now(), **data)

    return _vote(request, pk, ReturnForm(request.POST), "return_form", act, _("Returned"))


@require_POST
@needs(DECIDE)
def hand_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody else vote."""
    found = _found(request, pk)
    people = {one.person_no: one for one in selectors.receivers_of_seat(request.user, found)}
    form = HandOnForm(request.POST, people=list(people.values()))

    def act(found: ApprovalRequest, data: dict[str, Any]) -> ApprovalRequest:
        return services.hand_on(
            actor=request.user, request=found, to=people[data["to"]], reason=data["reason"], at=timezone.now()
        )

    return _vote(request, pk, form, "hand_on_form", act, _("Handed on"))


@require_POST
@needs("workflow.reassign_approval")
def reassign(request: HttpRequest, pk: int, seat_id: int) -> HttpResponse:
    """Who oversees approvals gives a stuck vote to somebody else."""
    found = _found(request, pk)
    people = {one.person_no: one for one in selectors.receivers_of_seat(request.user, found)}
    form = HandOnForm(request.POST, people=list(people.values()))

    def act(found: ApprovalRequest, data: dict[str, Any]) -> ApprovalRequest:
        return services.reassign_seat(
            actor=request.user, request=found, seat_id=seat_id, to=people[data["to"]], reason=data["reason"],
            at=timezone.now(),
        )  # fmt: skip

    return _vote(request, pk, form, "reassign_form", act, _("Handed on"))


@require_POST
@needs(DECIDE)
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """The asker no longer wants it."""

    def act(found: ApprovalRequest, data: dict[str, Any]) -> ApprovalRequest:
        return services.take_back(actor=request.user, request=found, reason=data["reason"], at=timezone.now())

    return _vote(request, pk, ApproveForm(request.POST), "approve_form", act, _("Taken back"))


@require_POST
@needs(DECIDE)
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """The asker sends a returned request again."""

    def act(found: ApprovalRequest, data: dict[str, Any]) -> ApprovalRequest:
        return services.send_again(actor=request.user, request=found, reason=data["reason"], at=timezone.now())

    return _vote(request, pk, AgainForm(request.POST), "again_form", act, _("Sent again"))


def _vote(request: HttpRequest, pk: int, form: Any, name: str, act: Acting, said: str) -> HttpResponse:
    """Check the form, act, answer: the row of a list, the page otherwise. A refusal stays with its sentence."""
    found = _found(request, pk)
    if form.is_valid():
        try:
            found = act(found, form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _voted(request, found, said)
    data = _detail(request, found, **{name: form})
    template = "workflow/approval.html#peek" if is_partial(request) else "workflow/approval.html"
    return render(request, template, data, status=422)


def _voted(request: HttpRequest, found: ApprovalRequest, said: str) -> HttpResponse:
    tone = "bad" if found.problem else ""
    said = _("It could not be carried out: %(problem)s") % {"problem": found.problem} if found.problem else said
    if not is_partial(request):
        return toast(request, HttpResponseRedirect(reverse("workflow:approvals"), status=303), said, tone=tone)
    if request.POST.get("from") != "row":
        return done(request, said, changed="approvals")
    row = selectors.rows(request.user, [found], timezone.now())[0]
    return toast(
        request,
        trigger(render(request, "workflow/approval_row.html", {"row": row}), approvals_counted=True),
        said,
        tone=tone,
    )


def _found(request: HttpRequest, pk: int) -> ApprovalRequest:
    return get_object_or_404(selectors.requests(request.user).select_related("asker", "unit", "chain"), pk=pk)


@require_GET
@needs("workflow.view_process")
def chain_list(request: HttpRequest) -> HttpResponse:
    """Every act that needs consent, with the chain in force."""
    rows = [{"act": one, "live": selectors.live_chain(one.name)} for one in acts()]
    return render(request, "workflow/chains.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@needs("workflow.view_process")
def chain(request: HttpRequest, act: str) -> HttpResponse:
    """The chain of one act: its versions, and the next one to write."""
    kind = _act(act)
    money = kind.amount == "money"
    live = selectors.live_chain(act)
    steps = live.steps if live else [dict(one) for one in kind.chain]
    form = Steps(request.POST or None, initial=initial_of(steps, money=money))
    if request.method == "POST" and form.is_valid():
        try:
            services.draft_chain(
                actor=request.user, act=act, steps=form.steps(money=money), note=request.POST.get("note", "")[:400],
                at=timezone.now(),
            )  # fmt: skip
        except DomainError as error:
            form.non_form_errors().append(str(error))
        else:
            return toast(
                request,
                HttpResponseRedirect(reverse("workflow:chain", args=[act]), status=303),
                _("Draft saved. Somebody else publishes it."),
            )
    versions = selectors.chains(act)
    data = {
        "act": kind,
        "live": live,
        "steps": steps,
        "form": form,
        "versions": versions,
        "draft": versions.filter(state="DRAFT").first(),
    }
    return render(request, "workflow/chain.html", data, status=422 if form.is_bound else 200)


@require_POST
@needs("workflow.publish_process")
def publish_chain(request: HttpRequest, act: str, version: int) -> HttpResponse:
    """Put a draft in force."""
    _act(act)
    back = HttpResponseRedirect(reverse("workflow:chain", args=[act]), status=303)
    try:
        services.publish_chain(
            actor=request.user, chain=get_object_or_404(selectors.chains(act), version=version), at=timezone.now()
        )
    except DomainError as error:
        return toast(request, back, str(error), tone="bad")
    return toast(request, back, _("The version is in force"))


def _act(name: str) -> Any:
    from django.http import Http404

    kind = act_of(name)
    if kind is None:
        raise Http404
    return kind
