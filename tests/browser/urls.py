"""The product's addresses and the fragments that the tests of the kit's script ask for."""

from django import forms
from django.http import HttpResponse
from django.template import engines
from django.urls import path

from kajing.config.urls import handler400, handler403, handler404, handler500
from kajing.config.urls import urlpatterns as product
from kajing.ui import answers

__all__ = ["handler400", "handler403", "handler404", "handler500"]

PAGE = """{% extends "ui/base.html" %}{% load kajing %}{% block title %}Script{% endblock %}{% block main %}
<div class="ph"><h1>Script</h1></div>
<div class="card"><ul class="tk">{% for n in "123456" %}<li data-row data-peek="/t/peek/{{ n }}/" id="row-{{ n }}"><input type="checkbox" name="ids" value="{{ n }}" form="bulk-sample" aria-label="{{ n }}"><a class="tt" href="/t/opened/{{ n }}/">row {{ n }}</a><button class="btn" type="button" data-do="log" data-act="reload">call</button></li>{% endfor %}</ul></div>
<label><input type="checkbox" data-select-page="sample"> page</label>{% bulk_bar "sample" total=1284 %}
<p>{% mask "129****5521" url="/t/reveal/" field="mobile" icon="phone" %}</p>
<button class="btn" id="do-done" type="button" hx-post="/t/done/">done</button>
<ul class="tk"><li data-row id="optimist"><input type="checkbox" data-optimistic="done" hx-post="/t/fail/" hx-swap="none" aria-label="done"></li></ul>
<button class="btn" id="do-fail" type="button" hx-post="/t/fail/" hx-swap="none">fail</button>
<button class="btn" id="do-form" type="button" hx-get="/t/form/" hx-target="#dialog" hx-swap="innerHTML">form</button>
<div id="list" hx-get="/t/list/" hx-trigger="tasks:changed from:body">old</div>
<input id="typing" aria-label="typing"><div id="error" hx-get="/t/missing/" hx-trigger="fail-here"></div>
{% endblock %}"""

FORM = """{% load kajing %}<form method="post" action="/t/form/" hx-post="/t/form/" hx-target="this" hx-swap="outerHTML" novalidate>
<header><h2>Form</h2></header><div class="cb form">{% form_errors form %}{% form_row form.reason %}{% form_row form.note %}</div>
<footer><button class="btn btn-pri" type="submit">ok</button></footer></form>"""

undone: list[str] = []


class Reason(forms.Form):
    reason = forms.CharField()
    note = forms.CharField(required=False)


def draw(request, source, status=200, **data):
    return HttpResponse(engines["django"].from_string(source).render(data, request), status=status)


def page(request):
    return draw(request, PAGE)


def peek(request, n):
    return HttpResponse(
        f'<section><header class="ch"><h2>Peek {n}</h2><button class="btn r" type="button" data-act="close">x</button></header></section>',
    )


def done(request):
    return answers.done(request, "Saved it", undo="/t/undo/", changed="tasks")


def undo(request):
    undone.append(request.method if answers.is_partial(request) else "full page")
    return HttpResponse('<div id="list" hx-swap-oob="true">undone</div>')


def reveal(request):
    return answers.reveal(
        request, clear="12912345521", shown="129****5521", url="/t/reveal/", field="mobile", icon="phone"
    )


def form(request):
    bound = Reason(request.POST or None)
    if request.method == "POST" and bound.is_valid():
        return answers.done(request, "Form saved")
    return draw(request, FORM, status=422 if request.method == "POST" else 200, form=bound)


def opened(request, n):
    return draw(request, PAGE)


def fail(request):
    raise RuntimeError("for the test")


def fragment(request):
    return HttpResponse("new list")


urlpatterns = [
    path("t/", page),
    path("t/peek/<n>/", peek),
    path("t/opened/<n>/", opened),
    path("t/done/", done),
    path("t/undo/", undo),
    path("t/reveal/", reveal),
    path("t/form/", form),
    path("t/fail/", fail),
    path("t/list/", fragment),
    *product,
]
