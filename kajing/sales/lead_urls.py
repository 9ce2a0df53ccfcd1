"""Addresses of leads."""

from __future__ import annotations

from django.urls import path

from kajing.sales.views import lead_acts, lead_board, lead_many, leads

app_name = "leads"
urlpatterns = [
    path("", leads.lead_list, name="list"),
    path("rows/", leads.rows, name="rows"),
    path("board/", lead_board.board, name="board"),
    path("board/move/", lead_board.move_card, name="move_card"),
    path("funnel/", lead_board.funnel, name="funnel"),
    path("new/", leads.new, name="new"),
    path("many/assign/", lead_many.assign, name="many_assign"),
    path("many/lose/", lead_many.lose, name="many_lose"),
    path("many/tag/", lead_many.tag, name="many_tag"),
    path("export/", lead_many.export, name="export"),
    path("<int:pk>/", leads.detail, name="detail"),
    path("<int:pk>/edit/", leads.edit, name="edit"),
    path("<int:pk>/reveal/<slug:field>/", lead_acts.reveal_field, name="reveal"),
    path("<int:pk>/move/", lead_acts.move, name="move"),
    path("<int:pk>/lose/", lead_acts.lose, name="lose"),
    path("<int:pk>/reopen/", lead_acts.reopen, name="reopen"),
    path("<int:pk>/assign/", lead_acts.assign, name="assign"),
    path("<int:pk>/claim/", lead_acts.claim, name="claim"),
    path("<int:pk>/release/", lead_acts.release, name="release"),
    path("<int:pk>/link/", lead_acts.link, name="link"),
    path("<int:pk>/activity/", lead_acts.activity, name="activity"),
]
