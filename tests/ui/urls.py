"""The product's addresses and a few views that only these tests need."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from kajing.config.urls import handler400, handler403, handler404, handler500
from kajing.config.urls import urlpatterns as product
from kajing.ui import answers

__all__ = ["handler400", "handler403", "handler404", "handler500"]


def plain(request):
    return HttpResponse("<p id='x'>ok</p>")


def said(request):
    messages.success(request, "已保存", extra_tags="undo:/undo/1/")
    return plain(request)


def saved(request):
    return answers.toast(request, redirect("/t/plain/"), "已保存", undo="/undo/1/")


def gone(request):
    messages.success(request, "已分配")
    return HttpResponse(status=204, headers={"HX-Redirect": "/t/plain/"})


def done(request):
    return answers.done(request, "任务已完成", undo="/undo/1/", changed="tasks")


def reveal(request):
    return answers.reveal(
        request, clear="12912345521", shown="129****5521", url="/t/reveal/", field="mobile", icon="phone"
    )


def conflict(request):
    return answers.conflict(request, mine="A", theirs="B", who="李强")


def missing(request):
    raise Http404


def refused(request):
    raise PermissionDenied("Only team leaders may.")


def broken(request):
    raise RuntimeError("secret detail")


urlpatterns = [
    *product,
    path("t/plain/", plain),
    path("t/said/", said),
    path("t/gone/", gone),
    path("t/saved/", saved),
    path("t/done/", done),
    path("t/reveal/", reveal),
    path("t/conflict/", conflict),
    path("t/missing/", missing),
    path("t/refused/", refused),
    path("t/broken/", broken),
]
