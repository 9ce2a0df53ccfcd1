"""The room's table of capabilities."""

from __future__ import annotations

from django.urls import path

from kajing.notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("items/", views.items, name="items"),
    path("done/", views.finish_all, name="done_all"),
    path("preferences/", views.preferences, name="preferences"),
    path("<int:pk>/open/", views.open_item, name="open"),
    path("<int:pk>/done/", views.finish, name="done"),
    path("<int:pk>/back/", views.back, name="back"),
    path("<int:pk>/snooze/", views.snooze, name="snooze"),
]
