"""Acts on one complaint: each is a dialog with a form, a page of its own without script."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods

from kajing.complaints import choices, forms, selectors, services
from kajing.complaints.models import Complaint
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.lib.periods import SHANGHAI
from kajing.ui.answers import conflict, is_partial, toast
from kajing.workflow.selectors import present_of

State = choices.State


@dataclass(frozen=True, kw_only=True)
class PageAct:
    """One act as a page offers it: from which states, its form and service, its words, icon and key."""

    name: str
    title: Promise
    said: Promise
    states: tuple[str, ...]
    form: Callable[[HttpRequest, Complaint, Any], django_forms.Form]
    do: Callable[..., object]
    icon: str
    key: str = ""  # the control that a key presses
    right: str = selectors.HANDLE
    main: bool = False
    moves: bool = False  # whether it changes the state: then a gate's own buttons stand in its place


def _plain(form: type[django_forms.Form]) -> Callable[[HttpRequest, Complaint, Any], django_forms.Form]:
    return lambda request, row, data: form(data, initial={"version": row.version})


def _assign(request: HttpRequest, row: Complaint, data: Any) -> django_forms.Form:
    people = [one for one in selectors.handlers(request.user) if one.person_no != row.handler_id]
    return forms.AssignForm(data, people=people, initial={"version": row.version})


def _close(request: HttpRequest, row: Complaint, data: Any) -> django_forms.Form:
    initial = {"version": row.version, "cause": row.cause}
    return forms.CloseForm(data, codes=selectors.codes_of(request.user), initial=initial)


def _change(request: HttpRequest, row: Complaint, data: Any) -> django_forms.Form:
    return forms.ChangeForm(data, codes=selectors.codes_of(request.user), initial=forms.ChangeForm.initial_of(row))


def _merge(request: HttpRequest, row: Complaint, data: Any) -> django_forms.Form:
    today = present_of(request.user).today
    found = selectors.same(request.user, row.customer_id, row.business, today, but=row.pk)
    others = [one for one in found if one.is_running]
    return forms.MergeForm(data, others=others, initial={"version": row.version})


def _facts(request: HttpRequest, row: Complaint, data: Any) -> django_forms.Form:
    now = timezone.now().astimezone(SHANGHAI).replace(second=0, microsecond=0)
    return forms.FactsForm(data, initial={"version": row.version, "received_at": now})


def _merged(*, version: int | None = None, **about: Any) -> object:
    return services.merge(**about)


ACTS: Mapping[str, PageAct] = {
    one.name: one
    for one in (
        PageAct(
            name="accept", title=pgettext_lazy("complaint", "Accept"),
            said=pgettext_lazy("complaint", "Accepted"), states=(State.REGISTERED,), icon="check",
            form=_plain(forms.AcceptForm), do=services.accept, main=True, key="log", moves=True,
        ),
        PageAct(
            name="answer", title=pgettext_lazy("complaint", "Answer"),
            said=pgettext_lazy("complaint", "Answered"), states=(State.ACCEPTED, State.HANDLING),
            icon="message", form=_plain(forms.AnswerForm), do=services.answer, main=True, key="log", moves=True,
        ),
        PageAct(
            name="begin", title=_("Begin to handle"), said=_("Being handled"), states=(State.ACCEPTED,),
            icon="player-play", form=_plain(forms.AcceptForm), do=services.begin, moves=True,
        ),
        PageAct(
            name="close", title=_("Close the complaint"), said=_("Closed"), states=(State.ANSWERED,),
            icon="circle-check", form=_close, do=services.close, main=True, key="log", moves=True,
        ),
        PageAct(
            name="assign", title=_("Assign"), said=_("Assigned"), states=choices.OPEN, icon="user-share",
            form=_assign, do=services.assign, key="move", right=selectors.ASSIGN,
        ),
        PageAct(
            name="extend", title=_("Ask for more time"), said=_("Asked. You will hear when it has been decided."),
            states=choices.RUNNING, icon="hourglass", form=_plain(forms.ExtendForm), do=services.extend, key="snooze",
        ),
        PageAct(
            name="change", title=pgettext_lazy("complaint", "Change"),
            said=pgettext_lazy("complaint", "Changed"), states=choices.OPEN, icon="edit", form=_change,
            do=services.change, key="edit",
        ),
        PageAct(
            name="facts", title=_("New facts"), said=_("New facts noted; the clock starts anew"), states=choices.OPEN,
            icon="file-plus", form=_facts, do=services.add_facts,
        ),
        PageAct(
            name="merge", title=_("Join with another"), said=_("Joined"), states=choices.OPEN, icon="arrows-join",
            form=_merge, do=_merged,
        ),
        PageAct(
            name="withdraw", title=_("Withdrawn"), said=_("Ended: withdrawn"), states=choices.OPEN,
            icon="arrow-back-up", form=_plain(forms.WithdrawForm), do=services.withdraw, moves=True,
        ),
        PageAct(
            name="refuse", title=_("Do not accept"), said=_("Ended: not accepted"),
            states=(State.REGISTERED, State.ACCEPTED), icon="ban", form=_plain(forms.RefuseForm), do=services.refuse,
            moves=True,
        ),
        PageAct(
            name="reopen", title=_("Open again"), said=_("Open again"), states=(State.ANSWERED, *choices.ENDED),
            icon="rotate", form=_plain(forms.ReopenForm), do=services.reopen, moves=True,
        ),
    )
}  # fmt: skip


def offered(user: Any, row: Complaint) -> list[PageAct]:
    """The acts this person may do to it as it stands."""
    may = selectors.can_handle(user, row)
    gives_out = user.has_perm(selectors.ASSIGN)
    found = [
        one for one in ACTS.values() if row.state in one.states and not (row.merged_into_id and one.name == "reopen")
    ]
    return [one for one in found if (gives_out if one.right == selectors.ASSIGN else may)]


@require_http_methods(["GET", "POST"])
@needs("complaints.handle")
def act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """The form of an act, then the act; what it refuses stays in the form."""
    row = _complaint(request, pk)
    known = ACTS.get(act)
    if known is None:
        raise Http404
    form = known.form(request, row, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            known.do(actor=request.user, complaint=row, at=timezone.now(), **form.cleaned_data)
        except services.Stale as stale:
            return conflict(request, mine=str(known.title), theirs=str(stale.current.get_state_display()))
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return acted(request, row, str(known.said))
    data = {"form": form, "act": known, "complaint": row, "url": request.path}
    return _dialog(request, data, failed=form.is_bound)


@require_http_methods(["GET", "POST"])
@needs("complaints.handle")
def told(request: HttpRequest, pk: int, extension_id: int) -> HttpResponse:
    """Keep the proof that the complainant was told of an extension."""
    row = _complaint(request, pk)
    extension = get_object_or_404(selectors.extensions(row).select_related("complaint"), pk=extension_id)
    form = forms.ToldForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            services.tell_complainant(
                actor=request.user, extension=extension, way=form.cleaned_data["way"], at=timezone.now()
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return acted(request, row, str(_("Noted that the complainant was told")))
    data = {"form": form, "act": {"title": _("The complainant was told")}, "complaint": row, "url": request.path,
            "notice": extension.notice}  # fmt: skip
    return _dialog(request, data, failed=form.is_bound)


def _dialog(request: HttpRequest, data: dict[str, Any], *, failed: bool) -> HttpResponse:
    template = "complaints/act.html#dialog" if is_partial(request) else "complaints/act.html"
    return render(request, template, data, status=422 if failed else 200)


def acted(request: HttpRequest, row: Complaint, said: str) -> HttpResponse:
    """Back to the complaint's page, drawn anew: clocks, acts and activity have all changed."""
    url = f"/complaints/{row.pk}/"
    answer = (
        HttpResponse(status=204, headers={"HX-Redirect": url})
        if is_partial(request)
        else HttpResponseRedirect(url, status=303)
    )
    return toast(request, answer, said)


def _complaint(request: HttpRequest, pk: int) -> Complaint:
    return get_object_or_404(selectors.with_all(selectors.complaints(request.user)), pk=pk)
