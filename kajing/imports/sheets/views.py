"""Pages of sheets: upload, one page that shows each step as it comes, the file of problems."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.imports.sheets import acts, looking
from kajing.imports.sheets.reading import PROBLEMS
from kajing.imports.sheets.registry import TARGETS, Mode, targets_for
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.lib.spreadsheets import TYPES

RIGHT = "imports.sheets"
MODES = {
    Mode.SKIP: gettext_lazy("leave what is there, skip the row"),
    Mode.OVERWRITE: gettext_lazy("overwrite what is there"),
    Mode.CLONE: gettext_lazy("add the row beside it"),
}


@require_http_methods(["GET", "POST"])
@needs(RIGHT)
def index(request: HttpRequest) -> HttpResponse:
    """My sheets, and a new one."""
    error = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is None:
                raise acts.CannotImport(_("Choose a .xlsx or .csv file."))
            sheet = acts.receive(actor=request.user, kind=request.POST.get("kind", ""), file=file, at=timezone.now())
        except DomainError as refused:
            error = str(refused)
        else:
            return redirect("sheets:page", sheet.pk)
    rows = [(one, TARGETS[one.kind].label if one.kind in TARGETS else one.kind) for one in looking.latest(request.user)]
    data = {
        "rows": rows,
        "targets": targets_for(request.user),
        "error": error,
        "kind": request.POST.get("kind", "") or request.GET.get("kind", ""),
    }
    return render(request, "imports/sheets/list.html", data, status=422 if error else 200)


@require_GET
@needs(RIGHT)
def page(request: HttpRequest, sheet_id: int) -> HttpResponse:
    """One sheet at the step it has reached."""
    return _page(request, _sheet(request, sheet_id))


@require_POST
@needs(RIGHT)
def check(request: HttpRequest, sheet_id: int) -> HttpResponse:
    """Take the mapping and try it."""
    found = _sheet(request, sheet_id)
    given = {name.removeprefix("field-"): str(text) for name, text in request.POST.items() if name.startswith("field-")}
    mapping = {name: int(text) for name, text in given.items() if text.isdecimal() and len(text) < 4}
    mode = request.POST.get("mode", "")
    return _act(
        request,
        found,
        lambda: acts.check(actor=request.user, sheet=found, mapping=mapping, mode=mode, at=timezone.now()),
    )


@require_POST
@needs(RIGHT)
def run(request: HttpRequest, sheet_id: int) -> HttpResponse:
    """Write the good rows."""
    found = _sheet(request, sheet_id)
    return _act(request, found, lambda: acts.run(actor=request.user, sheet=found, at=timezone.now()))


@require_POST
@needs(RIGHT)
def stop(request: HttpRequest, sheet_id: int) -> HttpResponse:
    """Stop the dry run or the run."""
    found = _sheet(request, sheet_id)
    return _act(request, found, lambda: acts.stop(actor=request.user, sheet=found, at=timezone.now()))


@require_GET
@needs(RIGHT)
def problems(request: HttpRequest, sheet_id: int, form: str) -> HttpResponse:
    """The bad rows with line, column and reason, to mend and upload again."""
    found = _sheet(request, sheet_id)
    if form not in TYPES:
        raise Http404
    headers = {
        "Content-Disposition": f'attachment; filename="problems-{found.pk}.{form}"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(looking.problem_file(found, form), content_type=TYPES[form], headers=headers)


def _act(request: HttpRequest, found: Any, act: Any) -> HttpResponse:
    try:
        act()
    except DomainError as error:
        found.refresh_from_db()
        return _page(request, found, error=str(error), status=422)
    return redirect("sheets:page", found.pk)


def _sheet(request: HttpRequest, sheet_id: int) -> Any:
    return get_object_or_404(looking.sheets(request.user).select_related("reversal"), pk=sheet_id)


def _page(request: HttpRequest, found: Any, error: str = "", status: int = 200) -> HttpResponse:
    if found.kind not in TARGETS:
        raise Http404
    target = TARGETS[found.kind]
    data = {
        "sheet": found,
        "target": target,
        "columns": looking.columns(found, request.user) if found.state in {"MAPPING", "CHECKED"} else [],
        "headings": list(enumerate(found.header)),
        "modes": [(mode.value, MODES[mode]) for mode in target.modes],
        "problem": PROBLEMS.get(found.problem, ""),
        "error": error,
        "undo": reverse("undo:look", args=[found.reversal_id]) if found.reversal_id else "",
        **looking.page_state(found),
    }
    return render(request, "imports/sheets/page.html", data, status=status)
