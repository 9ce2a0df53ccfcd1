"""Pages of an object's records: the list, one record, a new one, and its acts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.audit.selectors import today_for
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.objects import selectors, services
from kajing.objects.choices import VIEW, WORK
from kajing.objects.forms import ReasonForm, RecordForm
from kajing.objects.lists import spec_of
from kajing.objects.models import ObjectDefinition, ObjectRecord
from kajing.objects.rows import row_of
from kajing.objects.views.common import object_of, owners
from kajing.org.selectors import person_named
from kajing.records.forms import ValuesForm
from kajing.records.selectors import fields_of, files_of, listing, type_field, type_of, values_of
from kajing.records.services import ValuesRefused
from kajing.records.states import MoveRefused
from kajing.ui.answers import is_partial, toast


@require_GET
@needs(VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """The objects that the person meets."""
    return render(request, "objects/index.html", {"rows": list(selectors.known(request.user).values())})


@require_GET
@needs(VIEW)
def records(request: HttpRequest, code: str) -> HttpResponse:
    """The list under its address; a partial request gets the rows alone."""
    template = "objects/list.html#rows" if is_partial(request) else "objects/list.html"
    return render(request, template, _list(request, code))


@require_GET
@needs(VIEW)
def rows(request: HttpRequest, code: str) -> HttpResponse:
    """The rows of the list alone, for a refresh after an act."""
    return render(request, "objects/list.html#rows", _list(request, code))


def _list(request: HttpRequest, code: str) -> dict[str, Any]:
    about = object_of(request, code)
    shown = listing(request.user, spec_of(about), request.GET, today_for(request.user))
    shown.page  # noqa: B018  read now: an outdated page address changes the state that links are made of
    return {
        "about": about, "listing": shown, "page": shown.page, "query": shown.address,
        "creates": selectors.may(request.user, code, "creates"),
    }  # fmt: skip


@require_GET
@needs(VIEW)
def record(request: HttpRequest, code: str, record_id: int) -> HttpResponse:
    """One record with its fields, tags, files and next states; a removed one says so."""
    found = selectors.record_of(request.user, code, record_id, removed=True)
    data = {"row": row_of(request.user, found), "edits": selectors.may(request.user, code, "edits")}
    return render(request, "objects/record.html", {**data, "about": found.object})


@require_http_methods(["GET", "POST"])
@needs(WORK)
def new(request: HttpRequest, code: str) -> HttpResponse:
    """A new record, by the layout of its type."""
    about = object_of(request, code, "creates")
    form, own = _form(request, about, None), _own(request, about, None)
    if form.is_bound and form.is_valid() & own.is_valid():
        made = _try(form, own, lambda data: _create(request, about, data, own))
        if made is not None:
            messages.success(request, _("%(object)s %(number)s made") % {"object": about.name, "number": made.number})
            return redirect("objects:record", about.code, made.pk)
    return _form_page(request, about, None, form, own)


@require_http_methods(["GET", "POST"])
@needs(WORK)
def edit(request: HttpRequest, code: str, record_id: int) -> HttpResponse:
    """Change a record."""
    about = object_of(request, code, "edits")
    found = selectors.record_of(request.user, code, record_id)
    form, own = _form(request, about, found), _own(request, about, found)
    if form.is_bound and form.is_valid() & own.is_valid():
        saved = _try(form, own, lambda data: _change(request, found, data, own))
        if saved is not None:
            messages.success(request, _("Saved"))
            return redirect("objects:record", about.code, found.pk)
    return _form_page(request, about, found, form, own)


def _form(request: HttpRequest, about: ObjectDefinition, row: ObjectRecord | None) -> RecordForm:
    choices = owners(request.user)
    if row is not None and row.owner_id not in dict(choices):
        choices = [(str(row.owner_id), f"{row.owner.name} {row.owner_id}"), *choices]
    options: dict[str, Any] = {"of_customers": about.of_customers and row is None, "owners": choices}
    if request.method == "POST":
        return RecordForm(request.POST, **options)
    if row is not None:
        return RecordForm(initial={"title": row.title, "owner": row.owner_id, "version": row.version}, **options)
    initial = {"customer": request.GET.get("customer", ""), "owner": request.user.person_no}
    return RecordForm(initial=initial, **options)


def _own(request: HttpRequest, about: ObjectDefinition, row: ObjectRecord | None) -> ValuesForm:
    """The form of own fields: the layout of the type that was chosen, else of the record's own."""
    user, kind = request.user, about.kind
    key = str(row.pk) if row else ""
    decides = type_field(kind, user)
    chosen = request.POST.get(f"own-{decides.name}") or request.GET.get("type", "") if decides else ""
    if decides and chosen not in dict(decides.options):
        chosen = type_of(kind, user, key) if row else ""
    values = values_of(kind, user, [key]).get(key, {}) if row else {}
    files = files_of(kind, user, key) if row else []
    data = request.POST if request.method == "POST" else None
    form = ValuesForm(fields_of(kind, user, chosen), values, user, files, data=data, prefix="own")
    if decides and chosen and decides.name in form.fields:
        form.fields[decides.name].initial = chosen
    return form


def _try(form: RecordForm, own: ValuesForm, act: Any) -> Any:
    """The act, or None with every refusal beside its field."""
    try:
        return act(form.cleaned_data)
    except ValuesRefused as refused:
        for name, said in refused.errors.items():
            own.add_error(name if name in own.fields else None, said if name in own.fields else f"{name}: {said}")
    except MoveRefused as refused:
        own.add_error(None, str(refused))
    except DomainError as error:
        form.add_error(None, str(error))
    return None


def _create(request: HttpRequest, about: ObjectDefinition, data: dict[str, Any], own: ValuesForm) -> ObjectRecord:
    return services.create_record(
        actor=request.user, about=about, title=data["title"], customer_id=data.get("customer", "").strip(),
        owner=person_named(data.get("owner", "")), values=own.typed(), at=timezone.now(),
    )  # fmt: skip


def _change(request: HttpRequest, row: ObjectRecord, data: dict[str, Any], own: ValuesForm) -> ObjectRecord:
    owner = person_named(data.get("owner", "")) if "owner" in data else None
    return services.change_record(
        actor=request.user, row=row, version=data["version"] or 0, title=data["title"], owner=owner,
        values=own.typed(), at=timezone.now(),
    )  # fmt: skip


def _form_page(
    request: HttpRequest, about: ObjectDefinition, row: ObjectRecord | None, form: RecordForm, own: ValuesForm
) -> HttpResponse:
    decides = type_field(about.kind, request.user) if row is None else None
    data = {
        "about": about, "row": row, "form": form, "own": own, "types": decides.options if decides else [],
        "chosen": own.fields[decides.name].initial if decides and decides.name in own.fields else "",
        "customer": request.GET.get("customer", ""),
    }  # fmt: skip
    return render(request, "objects/form.html", data, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@needs(WORK)
def remove(request: HttpRequest, code: str, record_id: int) -> HttpResponse:
    """Take a record out of every list, for a reason."""
    about = object_of(request, code, "edits")
    found = selectors.record_of(request.user, code, record_id)
    form = ReasonForm(request.POST if "reason" in request.POST else None)
    if form.is_bound and form.is_valid():
        services.remove_record(actor=request.user, row=found, reason=form.cleaned_data["reason"], at=timezone.now())
        url = reverse("objects:list", args=[code])
        answer = HttpResponse(status=204, headers={"HX-Redirect": url}) if is_partial(request) else redirect(url)
        return toast(request, answer, _("Removed"), undo=reverse("objects:restore", args=[code, record_id]))
    template = "objects/remove.html#dialog" if is_partial(request) else "objects/remove.html"
    data = {"about": about, "row": found, "form": form}
    return render(request, template, data, status=422 if form.is_bound else 200)


@require_POST
@needs(WORK)
def restore(request: HttpRequest, code: str, record_id: int) -> HttpResponse:
    """Bring a removed record back."""
    object_of(request, code, "edits")
    found = selectors.record_of(request.user, code, record_id, removed=True)
    services.restore_record(actor=request.user, row=found, at=timezone.now())
    url = reverse("objects:record", args=[code, record_id])
    answer = HttpResponse(status=204, headers={"HX-Redirect": url}) if is_partial(request) else redirect(url)
    return toast(request, answer, _("Brought back"))
