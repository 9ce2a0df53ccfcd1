"""Acts on chosen records of an object: first the question and what would be refused, then the act."""

from __future__ import annotations

from functools import partial

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from kajing.customers.views.exporting import export_page
from kajing.lib.access import needs
from kajing.objects import forms, services
from kajing.objects.choices import ASSIGN, EXPORT, WORK
from kajing.objects.models import ObjectDefinition
from kajing.objects.services import many
from kajing.objects.views.common import chosen, object_of, owners
from kajing.records.views.many import Many, sent

TITLES = {
    many.FIELD: gettext_lazy("Set a field"),
    many.REASSIGN: gettext_lazy("Hand records on"),
    many.REMOVE: gettext_lazy("Remove records"),
    many.TAG: gettext_lazy("Tag records"),
    many.UNTAG: gettext_lazy("Tag records"),
}


@require_http_methods(["GET", "POST"])
@needs(WORK)
def field(request: HttpRequest, code: str) -> HttpResponse:
    """One own field of all chosen records."""
    about = object_of(request, code, "edits")
    offered = [(name, one.label) for name, one in many.fields_for_many(request.user, about.kind).items()]
    return _many(request, about, many.FIELD, forms.ManyFieldForm(sent(request, "field"), fields=offered))


@require_http_methods(["GET", "POST"])
@needs(ASSIGN)
def owner(request: HttpRequest, code: str) -> HttpResponse:
    """All chosen records go to somebody else."""
    about = object_of(request, code, "edits")
    return _many(
        request, about, many.REASSIGN, forms.ManyOwnerForm(sent(request, "owner"), owners=owners(request.user))
    )


@require_http_methods(["GET", "POST"])
@needs("records.tag")
def tag(request: HttpRequest, code: str) -> HttpResponse:
    """A tag for all chosen records, put on or taken off."""
    about = object_of(request, code)
    off = request.POST.get("off") in {"on", "1"}
    return _many(request, about, many.UNTAG if off else many.TAG, forms.ManyTagForm(sent(request, "tag")))


@require_http_methods(["GET", "POST"])
@needs(WORK)
def remove(request: HttpRequest, code: str) -> HttpResponse:
    """All chosen records leave the lists."""
    about = object_of(request, code, "edits")
    return _many(request, about, many.REMOVE, forms.ReasonForm(sent(request, "reason")))


@require_http_methods(["GET", "POST"])
@needs(EXPORT)
def export(request: HttpRequest, code: str) -> HttpResponse:
    """The chosen records as a file, masked as on the screen."""
    return export_page(request, chosen(request, object_of(request, code)), "objects:export", code)


def _many(request: HttpRequest, about: ObjectDefinition, kind: str, form: django_forms.Form) -> HttpResponse:
    acts = Many(
        look=partial(services.look_at_many, of=about.kind),
        act=partial(services.act_on_many, of=about.kind),
        titles=TITLES,
        said=lambda count: ngettext("%(count)s record changed", "%(count)s records changed", count) % {"count": count},
        tagging={many.TAG, many.UNTAG},
    )
    return acts.answer(request, kind, form, chosen(request, about))
