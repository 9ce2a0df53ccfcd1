"""Acts on many leads: the question, what would be refused, then the act. And the list as a file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from kajing.customers.views.exporting import export_page
from kajing.lib.access import needs
from kajing.records.selectors import Selection, selection
from kajing.records.views.many import Many, sent
from kajing.sales.forms import leads as forms
from kajing.sales.lead_list import LEADS
from kajing.sales.selectors import leads as selectors
from kajing.sales.services.leads import many
from kajing.workflow.selectors import present_of

MANY = Many(
    look=many.look_at_many,
    act=many.act_on_many,
    titles={
        many.GIVE: gettext_lazy("Assign leads"),
        many.LOSE: gettext_lazy("Leads are lost"),
        many.TAG: gettext_lazy("Tag leads"),
        many.UNTAG: gettext_lazy("Tag leads"),
    },
    said=lambda count: ngettext("%(count)s lead changed", "%(count)s leads changed", count) % {"count": count},
    tagging={many.TAG, many.UNTAG},
)


@require_http_methods(["GET", "POST"])
@needs("sales.assign_leads")
def assign(request: HttpRequest) -> HttpResponse:
    """All chosen leads go to somebody."""
    form = forms.OwnerForm(sent(request, "owner"), owners=selectors.owners_here(request.user))
    return MANY.answer(request, many.GIVE, form, _chosen(request))


@require_http_methods(["GET", "POST"])
@needs("sales.work_leads")
def lose(request: HttpRequest) -> HttpResponse:
    """All chosen leads are lost for one reason."""
    rules = selectors.policy(present_of(request.user).today)
    form = forms.LoseForm(sent(request, "reason"), rules=rules)
    del form.fields["version"]
    return MANY.answer(request, many.LOSE, form, _chosen(request))


@require_http_methods(["GET", "POST"])
@needs("records.tag")
def tag(request: HttpRequest) -> HttpResponse:
    """A tag for all chosen leads, put on or taken off."""
    form = forms.ManyTagForm(sent(request, "tag"))
    off = form.is_bound and request.POST.get("off") == "1"
    return MANY.answer(request, many.UNTAG if off else many.TAG, form, _chosen(request))


@require_http_methods(["GET", "POST"])
@needs("sales.export_leads")
def export(request: HttpRequest) -> HttpResponse:
    """The chosen leads as a file, masked as on the screen."""
    return export_page(request, _chosen(request), "leads:export")


def _chosen(request: HttpRequest) -> Selection:
    """The ticked leads, or the whole list of the address."""
    data = request.POST if request.method == "POST" else request.GET
    return selection(
        request.user, LEADS, ids=data.getlist("ids"), query=QueryDict(data.get("query", "")),
        everything=data.get("all") == "1", today=present_of(request.user).today,
    )  # fmt: skip
