"""Addresses of the page kit."""

from django.urls import path

from kajing.ui import views

app_name = "ui"
urlpatterns = [
    path("gallery/", views.gallery, name="gallery"),
    path("search/", views.search, name="search"),
    path("preferences/", views.preferences, name="preferences"),
    path("keys/", views.keys, name="keys"),
    path("panels/<slug:page>/<str:pk>/", views.panels, name="panels"),
    path("panel/<slug:key>/<str:pk>/", views.panel, name="panel"),
]
