"""The room's table of capabilities."""

from __future__ import annotations

from django.urls import path

from kajing.workbench import views

app_name = "workbench"
urlpatterns = [
    path("", views.today, name="today"),
    path("today/numbers/", views.numbers, name="numbers"),
    path("today/list/", views.day_list, name="list"),
    path("today/order/", views.order, name="order"),
    path("today/actions/", views.best_actions, name="actions"),
    path("today/close/", views.close_day, name="close_day"),
    path("team/", views.team, name="team"),
]
