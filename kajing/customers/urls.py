"""The room's table of capabilities."""

from __future__ import annotations

from django.urls import path, register_converter

from kajing.customers.views import acts, audiences, handovers, lists, merging, pages, pool, quality


class BankId:
    """A bank's own id in an address (platform R10)."""

    regex = "[A-Za-z0-9._-]{1,64}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(BankId, "bankid")

app_name = "customers"
urlpatterns = [
    path("", lists.customer_list, name="list"),
    path("rows/", lists.customer_rows, name="rows"),
    path("find/", pages.find, name="find"),
    path("assign/", lists.assign, name="assign"),
    path("export/", lists.export, name="export"),
    path("exports/", lists.exports, name="exports"),
    path("exports/trail/", lists.ask_trail, name="ask_trail"),
    path("exports/<int:pk>/fetch/", lists.fetch, name="fetch"),
    path("pool/", pool.pool_list, name="pool"),
    path("pool/take/", pool.pool_take_many, name="pool_take_many"),
    path("pool/raise/", pool.pool_raise, name="pool_raise"),
    path("pool/assign/", pool.pool_assign, name="pool_assign"),
    path("pool/<bankid:customer_id>/take/", pool.pool_take, name="pool_take"),
    path("handovers/", handovers.handover_list, name="handovers"),
    path("handovers/<int:handover_id>/", handovers.handover_page, name="handover"),
    path("handovers/<int:handover_id>/acknowledge/", handovers.handover_acknowledge, name="handover_acknowledge"),
    path("handovers/<int:handover_id>/export/", handovers.handover_export, name="handover_export"),
    path("give-back/", pool.give_back_selected, name="give_back"),
    path("tag/", audiences.tag, name="tag"),
    path("audiences/", audiences.index, name="audiences"),
    path("audiences/new/", audiences.new, name="new_audience"),
    path("audiences/preview/", audiences.preview, name="audience_preview"),
    path("audiences/freeze/", audiences.freeze, name="freeze"),
    path("audiences/leave/", audiences.leave, name="leave"),
    path("audiences/<int:audience_id>/", audiences.audience, name="audience"),
    path("audiences/<int:audience_id>/count/", audiences.count, name="count_audience"),
    path("audiences/<int:audience_id>/delete/", audiences.delete, name="delete_audience"),
    path("quality/", quality.books, name="quality"),
    path("merge/", merging.merge, name="merge"),
    path("duplicates/", merging.duplicates, name="duplicates"),
    path("duplicates/search/", merging.start_search, name="search_duplicates"),
    path("duplicates/<int:pair_id>/different/", merging.different, name="different"),
    path("duplicates/<int:pair_id>/again/", merging.doubt_again, name="doubt_again"),
    path("<bankid:customer_id>/", pages.customer_page, name="page"),
    path("<bankid:customer_id>/peek/", pages.peek, name="peek"),
    path("<bankid:customer_id>/place/", pages.neighbours, name="place"),
    path("<bankid:customer_id>/timeline/", pages.customer_timeline, name="timeline"),
    path("<bankid:customer_id>/section/<slug:name>/", pages.section, name="section"),
    path("<bankid:customer_id>/reveal/<slug:field>/", acts.reveal_field, name="reveal"),
    path("<bankid:customer_id>/consent/", acts.consent, name="consent"),
    path("<bankid:customer_id>/relation/", acts.relate, name="relate"),
    path("<bankid:customer_id>/relation/<int:relation_id>/remove/", acts.unrelate, name="unrelate"),
]
