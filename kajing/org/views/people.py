"""Pages about people: the tree, a person, my own, and “why can this person see this customer?”."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.lib.access import needs, staff
from kajing.lib.errors import DomainError
from kajing.org import forms, selectors, services
from kajing.org.models import Person, Role
from kajing.ui.answers import toast

ROWS = 50


@require_GET
@needs("org.view")
def index(request: HttpRequest) -> HttpResponse:
    """The unit tree and the people of the chosen unit."""
    form = forms.PeopleFilter(request.GET)
    found = selectors.people(selectors.asker(request), **form.values)
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    data = {
        "form": form,
        "filters": form.values,
        "units": selectors.unit_rows(
            selectors.asker(request), timezone.localdate(), chosen=form.values.get("unit", "")
        ),
        "page": _shown(page, request),
        "people": page.object_list,
    }
    return render(request, "org/index.html", data)


def _shown(page: Page[Person], request: HttpRequest) -> dict[str, Any]:
    def query(number: int) -> str:
        given = request.GET.copy()
        given["page"] = str(number)
        return given.urlencode()

    return {
        "total": page.paginator.count,
        "first": page.start_index(),
        "last": page.end_index(),
        "previous_query": query(page.number - 1) if page.has_previous() else "",
        "next_query": query(page.number + 1) if page.has_next() else "",
    }


@require_GET
@needs("org.view_people")
def person(request: HttpRequest, person_no: str) -> HttpResponse:
    """One person: postings, licences, substitution, tokens, temporary access."""
    return _person_page(request, _person(request, person_no))


@require_GET
@staff
def me(request: HttpRequest) -> HttpResponse:
    """The same about oneself, for everybody."""
    return _person_page(request, selectors.asker(request))


@require_GET
@needs("org.substitute")
def team(request: HttpRequest) -> HttpResponse:
    """The people of the own units, for leaders who set substitutes."""
    page = Paginator(selectors.people(selectors.asker(request)), ROWS).get_page(request.GET.get("page"))
    return render(request, "org/team.html", {"people": page.object_list, "page": _shown(page, request)})


def other(request: HttpRequest, person_no: str) -> Person:
    """Somebody else: nobody changes their own rights (platform S13)."""
    return selectors.another(selectors.asker(request), person_no)


def _person(request: HttpRequest, person_no: str) -> Person:
    return get_object_or_404(selectors.people(selectors.asker(request)), person_no=person_no)


def _person_page(
    request: HttpRequest, of: Any, *, bound: Any = None, token: str = "", status: int = 200
) -> HttpResponse:
    today = timezone.localdate()
    data = {
        "person": of,
        "own": of.pk == selectors.asker(request).pk,
        "scope": selectors.scope_sentence(of, today),
        "postings": selectors.postings(of),
        "licences": selectors.licences(of),
        "grants": selectors.grants(of),
        "absences": selectors.substitutes(of, today),
        "may_be_away": of.role in {Role.MANAGER, Role.LEADER},
        "tokens": selectors.tokens(of),
        "new_token": token,
        "may_manage": selectors.asker(request).has_perm("org.manage"),
        "may_substitute": selectors.asker(request).has_perm("org.substitute"),
        "second_factor": selectors.has_second_factor(of),
        "forms": _forms(request, bound),
    }
    return render(request, "org/person.html", data, status=status)


def _forms(request: HttpRequest, bound: Any) -> dict[str, Any]:
    """Blank forms by name, with the one that was sent in its place."""
    today = timezone.localdate()
    blank = {
        "substitute": forms.SubstituteForm(asker=selectors.asker(request), initial={"first_day": today}),
        "token": forms.TokenForm(),
        "licence": forms.LicenceForm(initial={"granted_on": today}),
        "role": forms.RoleForm(initial={"on": today}),
        "password": forms.PasswordForm(),
        "leave": forms.LeaveForm(initial={"last_day": today}),
        "move": forms.MoveForm(on=today, initial={"on": today}),
        "back": forms.ReturnForm(initial={"on": today}),
    }
    return {name: bound if type(bound) is type(form) else form for name, form in blank.items()}


def act(request: HttpRequest, of: Person, form: Any, act: Callable[..., Any], said: str) -> HttpResponse:
    """Run a service on a valid form; what it refuses stands in the form that was sent."""
    if form.is_valid():
        try:
            act(person=of, actor=selectors.asker(request).person_no, at=timezone.now(), **form.cleaned_data)
        except (DomainError, ValidationError) as error:
            form.add_error(None, error.messages if isinstance(error, ValidationError) else str(error))
        else:
            return toast(request, redirect("org:person", of.person_no), said)
    return _person_page(request, of, bound=form, status=422)


@require_POST
@needs("org.substitute")
def set_substitute(request: HttpRequest, person_no: str) -> HttpResponse:
    """Let somebody stand in for a person."""
    of = other(request, person_no)
    form = forms.SubstituteForm(request.POST, asker=selectors.asker(request))
    return act(request, of, form, services.set_substitute, _("Substitute set"))


@require_POST
@staff
def be_away(request: HttpRequest) -> HttpResponse:
    """Enter leave for oneself: a colleague of the own unit and role stands in for these days."""
    of = selectors.asker(request)
    form = forms.SubstituteForm(request.POST, asker=of)
    answer = act(request, of, form, services.set_substitute, _("Leave entered"))
    return redirect("org:me") if answer.status_code == HTTPStatus.FOUND else answer


@require_POST
@staff
def be_back(request: HttpRequest, pk: int) -> HttpResponse:
    """End the own leave with yesterday, or take it away before it began."""
    found = get_object_or_404(selectors.own_absences(selectors.asker(request)), pk=pk)
    services.end_substitution(
        substitution=found, last_day=selectors.yesterday(), actor=selectors.asker(request).person_no, at=timezone.now()
    )
    return toast(request, redirect("org:me"), _("Leave ended"))


@require_POST
@needs("org.substitute")
def end_substitution(request: HttpRequest, pk: int) -> HttpResponse:
    """End a substitution with yesterday as its last day."""
    found = selectors.substitution(selectors.asker(request), pk)
    if found is None:
        raise Http404
    services.end_substitution(
        substitution=found, last_day=selectors.yesterday(), actor=selectors.asker(request).person_no, at=timezone.now()
    )
    return toast(request, redirect("org:person", found.person.person_no), _("Substitution ended"))


@require_POST
@staff
def make_token(request: HttpRequest) -> HttpResponse:
    """A new API token for oneself; its text is on the answer and nowhere else."""
    form = forms.TokenForm(request.POST)
    if not form.is_valid():
        return _person_page(request, selectors.asker(request), bound=form, status=422)
    _made, text = services.make_token(
        person=selectors.asker(request),
        actor=selectors.asker(request).person_no,
        at=timezone.now(),
        **form.cleaned_data,
    )
    return _person_page(request, selectors.asker(request), token=text, status=201)


@require_POST
@staff
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of the own tokens, or anybody's for an administrator."""
    found = get_object_or_404(selectors.revocable_tokens(selectors.asker(request)), pk=pk)
    services.revoke_token(token=found, actor=selectors.asker(request).person_no, at=timezone.now())
    args = [] if found.person_id == selectors.asker(request).pk else [found.person.person_no]
    return toast(request, redirect("org:person" if args else "org:me", *args), _("Token ended"))


@require_POST
@needs("org.manage")
def grant_licence(request: HttpRequest, person_no: str) -> HttpResponse:
    """Grant a qualification."""
    of, form = other(request, person_no), forms.LicenceForm(request.POST)
    return act(request, of, form, services.grant_licence, _("Licence granted"))


@require_POST
@needs("org.manage")
def change_role(request: HttpRequest, person_no: str) -> HttpResponse:
    """Give another role; nobody changes their own."""
    of, form = other(request, person_no), forms.RoleForm(request.POST)
    return act(request, of, form, services.change_role, _("Role changed"))


@require_POST
@needs("org.manage")
def set_password(request: HttpRequest, person_no: str) -> HttpResponse:
    """Set a first or new password."""
    of, form = other(request, person_no), forms.PasswordForm(request.POST)
    return act(request, of, form, services.set_password, _("Password set"))


@require_POST
@needs("org.manage")
def leave(request: HttpRequest, person_no: str) -> HttpResponse:
    """Note the last day of work."""
    of, form = other(request, person_no), forms.LeaveForm(request.POST)
    return act(request, of, form, services.leave, _("Last day noted"))


@require_POST
@needs("org.manage")
def revoke_access(request: HttpRequest, pk: int) -> HttpResponse:
    """End a temporary access."""
    found = get_object_or_404(selectors.all_grants(), pk=pk)
    services.revoke_access(grant=found, actor=selectors.asker(request).person_no, at=timezone.now())
    return toast(request, redirect("org:person", found.person.person_no), _("Temporary access ended"))


@require_http_methods(["GET"])
@needs("customers.view")
def why(request: HttpRequest, customer_id: str) -> HttpResponse:
    """“Why do I see this?”, or why a colleague does; only for customers the asker sees."""
    about = request.GET.get("person", "")
    answer = selectors.why_answer(selectors.asker(request), customer_id, about=about, on=timezone.localdate())
    if answer is None:
        raise Http404
    return render(request, "org/why.html", {"answer": answer, "customer_id": customer_id, "about": about})
