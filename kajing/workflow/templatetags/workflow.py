"""``{% load workflow %}``: task rows on pages of rooms above."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils.translation import gettext as _

from kajing.workflow import subjects
from kajing.workflow.gate_panels import own_standing

register = template.Library()


@register.inclusion_tag("workflow/row.html", takes_context=True)
def task_item(context: Context, row: Any) -> dict[str, Any]:
    """``{% task_item row %}``: one `TaskRow` as a list item with tick, call and more."""
    return {"row": row, "request": context.get("request"), "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("workflow/moves_buttons.html")
def next_states(one: Any) -> dict[str, Any]:
    """``{% next_states standing %}``: a button for each state that is open next, each with its dialog."""
    return {"one": one}


@register.simple_tag(takes_context=True)
def standing_of(context: Context, kind: str, pk: Any) -> Any:
    """``{% standing_of "plan" plan.pk as gated %}``: where a record stands under its gate, nothing without one."""
    return own_standing(context["request"].user, kind, str(pk))


@register.simple_tag
def move_url(where: Any, way: Any) -> str:
    """``{% move_url standing way %}``: the address of the dialog of one next state; the empty state is a minus."""
    return reverse("workflow:move", args=[where.about.name, where.object_id, way.to or "-"])


@register.simple_tag
def move_words(about: Any, initial: Any) -> str:
    """``{% move_words about form.initial %}``: from where to where a move of the form leads."""
    states = {code or "-": str(label) for code, label in about.states()}
    before = _(", ").join(states.get(code, code) for code in initial.get("sources") or ()) or _("every state")
    return f"{before} → {states.get(initial['to'], initial['to'])}"


@register.simple_tag
def met(kind: str, pk: str) -> dict[str, str]:
    """``{% met "lead" "12" as who %}``: how people call a record that a rule met, and the address of its page."""
    return {"number": subjects.number_of(kind, pk), "url": subjects.url_of(kind, pk)}


@register.filter
def reason(text: str) -> str:
    """``{{ one.reason|reason }}``: as people gave it; that of a rule, kept as rule:<code>, in words."""
    kind, _colon, code = text.partition(":")
    return _("by the rule %(rule)s") % {"rule": code} if kind == "rule" and code else text


@register.simple_tag
def called(names: Any, person_no: str) -> str:
    """``{% called names version.author %}``: a person's name, the number where there is none."""
    return str(names.get(person_no, person_no))
