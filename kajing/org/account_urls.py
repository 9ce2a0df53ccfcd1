"""Sign-in, sign-out and second factor by allauth; nobody signs up."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("allauth.urls"))]
