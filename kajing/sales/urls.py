"""The room's table of capabilities."""

from __future__ import annotations

from django.urls import path

from kajing.sales.views import actions as views

app_name = "sales"
urlpatterns = [
    path("actions/", views.action_list, name="actions"),
    path("actions/<slug:code>/", views.shape, name="shape"),
    path("customers/<bankid:customer_id>/", views.why, name="why"),
    path("customers/<bankid:customer_id>/panel/", views.panel, name="panel"),
    path("suggestions/<int:pk>/accept/", views.accept, name="accept"),
    path("suggestions/<int:pk>/later/", views.later, name="later"),
    path("suggestions/<int:pk>/reject/", views.reject, name="reject"),
    path("suggestions/<int:pk>/undo/", views.undo, name="undo"),
]
