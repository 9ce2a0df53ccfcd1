"""The room's table of capabilities."""

from __future__ import annotations

from django.urls import path

from kajing.org.views import people as views
from kajing.org.views import reach, staffing

app_name = "org"
urlpatterns = [
    path("", views.index, name="index"),
    path("me/", views.me, name="me"),
    path("me/away/", views.be_away, name="be_away"),
    path("me/away/<int:pk>/end/", views.be_back, name="be_back"),
    path("team/", views.team, name="team"),
    path("join/", staffing.join, name="join"),
    path("units/", staffing.found_unit, name="found_unit"),
    path("units/<str:unit_code>/merge/", staffing.merge_unit, name="merge_unit"),
    path("people/<str:person_no>/", views.person, name="person"),
    path("people/<str:person_no>/view-as/", reach.view_as, name="view_as"),
    path("people/<str:person_no>/move/", staffing.move, name="move"),
    path("people/<str:person_no>/back/", staffing.come_back, name="come_back"),
    path("people/<str:person_no>/substitute/", views.set_substitute, name="set_substitute"),
    path("people/<str:person_no>/licence/", views.grant_licence, name="grant_licence"),
    path("people/<str:person_no>/role/", views.change_role, name="change_role"),
    path("people/<str:person_no>/password/", views.set_password, name="set_password"),
    path("people/<str:person_no>/leave/", views.leave, name="leave"),
    path("substitutions/<int:pk>/end/", views.end_substitution, name="end_substitution"),
    path("grants/<int:pk>/revoke/", views.revoke_access, name="revoke_access"),
    path("tokens/", views.make_token, name="make_token"),
    path("tokens/<int:pk>/revoke/", views.revoke_token, name="revoke_token"),
    path("why/<str:customer_id>/", views.why, name="why"),
]
