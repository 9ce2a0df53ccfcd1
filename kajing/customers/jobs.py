"""Work on many customers that no page waits for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.http import QueryDict
from django.utils import timezone, translation
from django.utils.translation import gettext_noop

from kajing.audit.selectors import today_for
from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import Audience, ExportRequest
from kajing.customers.selectors import customers, selection
from kajing.customers.selectors.exports import export_selection_of
from kajing.customers.services import audiences, duplicates, exports
from kajing.notifications.services import notify
from kajing.org.models import Person

if TYPE_CHECKING:
    from kajing.queue.context import JobContext


def export(context: JobContext, *, number: int) -> dict[str, Any]:
    """Make an approved file part by part; a restart goes on after the last part."""
    request = ExportRequest.objects.select_related("person__unit").get(pk=number)
    if request.state != ExportRequest.State.MAKING:
        return {"rows": request.rows or 0}
    with translation.override(request.person.language or "zh-hans"):
        chosen = export_selection_of(request)
        with context.step():
            total = exports.lay_out(export=request, ids=chosen.keys(request.asked_rows))
        for part in request.parts.filter(place__gte=0, content_enc=None).order_by("place"):
            with context.step():
                part.export = request
                exports.make_part(part=part, chosen=chosen)
                context.checkpoint({"done": part.place + 1}, done=part.place + 1, total=total)
        with context.step():
            made = exports.finish(export=request, chosen=chosen, at=timezone.now())
            tell_ready(made)
    return {"rows": made.rows}


def tell_ready(export: ExportRequest) -> None:
    """News to who asked: the file waits."""
    of_customers = gettext_noop("Your export of %(rows)s customers is ready")
    of_others = gettext_noop("Your file of %(rows)s rows is ready")
    notify(
        person=export.person, kind="customers.export_ready",
        title=of_customers if export.list_name == "customers" else of_others, params={"rows": export.rows},
        url="/customers/exports/", group=f"export:{export.pk}", at=timezone.now(),
    )  # fmt: skip


def expire(at: datetime) -> int:
    """Files nobody fetched in time; a chore of every worker."""
    return exports.expire_exports(at=at)


def fill_audience(context: JobContext, *, actor: str, audience: int, query: str, ids: list[str]) -> dict[str, Any]:
    """Write the members of a fixed list chunk by chunk; a restart goes on, and whoever is in it stays in it once."""
    by = Person.objects.select_related("unit").get(person_no=actor)
    chosen = selection(by, CUSTOMERS, ids=[], query=QueryDict(query), everything=not ids, today=today_for(by))
    keys = ids or chosen.keys(audiences.MOST_MEMBERS)
    done, row = int(context.state.get("done", 0)), Audience.objects.filter(pk=audience).first()
    if row is None:  # deleted meanwhile
        return {"members": 0}
    while done < len(keys):
        chunk = keys[done : done + audiences.CHUNK]
        with context.step():
            here = list(customers(by).filter(pk__in=chunk).values_list("pk", flat=True))
            audiences.fill(audience=row, ids=here, by=actor, at=timezone.now())
            done += len(chunk)
            context.checkpoint({"done": done}, done=done, total=len(keys))
    with context.step():
        Audience.objects.filter(pk=audience).update(filling=False)
    return {"members": row.count}


STAGES = ("id", "contact", "birth")


def find_duplicates(context: JobContext) -> dict[str, Any]:
    """Search the whole book, block by block; a restart goes on after the last block it finished."""
    state = {"stage": 0, "after": "", "found": 0, "began": timezone.now().isoformat(), **context.state}
    began = datetime.fromisoformat(state["began"])
    rules = duplicates.rules_of(began)
    while state["stage"] < len(STAGES):
        stage = STAGES[state["stage"]]
        found, last = duplicates.blocks(stage, state["after"])
        with context.step():
            state["found"] += duplicates.look_at(stage, found, rules=rules, at=timezone.now())
            state["after"], state["stage"] = last, state["stage"] + (not last)
            context.checkpoint(state, done=_share(state), total=100)
    with context.step():
        gone = duplicates.forget_old_pairs(before=began)
    return {"found": state["found"], "gone": gone}


def _share(state: dict[str, Any]) -> int:
    """How far the search is, in hundredths: the birthdays take most of the time."""
    done = {0: 0, 1: 10, 2: 25}.get(state["stage"], 100)
    if state["stage"] == 2 and state["after"]:
        year = int(state["after"][:4])
        done += round(75 * min(max(year - 1940, 0), 70) / 70)
    return done
