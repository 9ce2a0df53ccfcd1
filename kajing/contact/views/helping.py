"""Help with words: a customer in short, a note to begin with."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from kajing.audit.selectors import today_for
from kajing.contact import forms
from kajing.contact.selectors import helping
from kajing.contact.views.pages import LOG, VIEW, _contact, _customer
from kajing.customers.selectors import shown_name
from kajing.lib.access import needs
from kajing.ui.answers import is_partial


@require_GET
@needs(VIEW)
def summary(request: HttpRequest, customer_id: str) -> HttpResponse:
    """What matters about a customer now, each sentence with the way to its row."""
    about = _customer(request, customer_id)
    lines = helping.summary(request.user, about, today=today_for(request.user), at=timezone.now())
    data = {"customer": about, "name": shown_name(request.user, about), "lines": lines}
    return render(request, "contact/summary.html#dialog" if is_partial(request) else "contact/summary.html", data)


@require_GET
@needs(LOG)
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """The note's field with a text to begin with, behind what is written there already."""
    contact = _contact(request, pk)
    written = request.GET.get("note", "")[:2000].strip()
    drafted = helping.draft_note(request.user, contact, today=today_for(request.user))
    form = forms.NoteForm(initial={"note": "\n".join(filter(None, [written, drafted]))[:2000]})
    return render(request, "contact/summary.html#note", {"form": form})
