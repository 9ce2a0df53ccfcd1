"""Registrations of the room."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    """The room `customers`."""

    name = "kajing.customers"
    label = "customers"

    def ready(self) -> None:
        """Say what the room adds to the product."""
        from kajing.customers import (  # noqa: F401  lists register themselves
            audit_words,
            jobs,
            lists,
            on_people,
            on_states,
            pool_list,
            receivers,
            selectors,
        )
        from kajing.customers.reviewing import register_questions
        from kajing.customers.services.feeds import register_feeds
        from kajing.customers.services.sheets import register_own, register_sheets
        from kajing.notifications import kinds
        from kajing.org.registry import register_place_of, register_reach
        from kajing.queue import registry as queue
        from kajing.ui import registry as ui

        audit_words.register()

        _undo()
        _duplicates()
        _many()
        _twins(self)
        register_feeds()
        register_sheets()
        register_own()
        register_questions()
        _register_kind()
        on_states.register()
        register_place_of(selectors.place_of)
        register_reach(on_people.reach)
        queue.job("customers.fill_audience", jobs.fill_audience, title=_("Fill an audience"), chunked=True)
        queue.job("customers.export", jobs.export, title=_("Make an approved export"), chunked=True)
        queue.chore("customers.expire_exports", 600, jobs.expire)
        kinds.register(kinds.Kind("customers.export_ready", _("An export is ready"), icon="download"))
        ui.navigation.register(
            ui.NavItem(
                key="customers",
                section="customers",
                label=_("Customers"),
                url_name="customers:list",
                icon="users",
                permission="customers.view",
                order=10,
                phone=2,
                go="c",
            )
        )
        _register_pool()
        _register_audiences()
        _register_quality()
        for slot in ("customer", "customer.left"):
            ui.register_slot(ui.Slot(name=slot, load=_customer))
        ui.search_providers.register(
            ui.SearchProvider(
                key="customers", title=_("Customers"), search=selectors.hits, permission="customers.view", order=10
            )
        )
        _bulk_actions()


def _bulk_actions() -> None:
    """What is done with many customers of the list."""
    from kajing.ui import registry as ui

    ui.bulk_actions.register(
        ui.BulkAction(
            key="customers-assign",
            list="customers",
            label=_("Assign"),
            icon="arrows-exchange",
            url_name="customers:assign",
            permission="customers.assign",
            order=40,
        )
    )
    ui.bulk_actions.register(
        ui.BulkAction(
            key="customers-export",
            list="customers",
            label=_("Export"),
            icon="download",
            url_name="customers:export",
            permission="customers.export",
            order=90,
        )
    )


def _twins(room: AppConfig) -> None:
    """The triggers that keep the copy beside the figures outlive migrations."""
    pre_migrate.connect(_migrating, sender=room)
    post_migrate.connect(_migrated, sender=room)


def _migrating(using: str, plan: Any, **_more: Any) -> None:
    from django.db import connections

    from kajing.customers import twin

    if plan:
        twin.before_migrating(connections[using])


def _migrated(using: str, **_more: Any) -> None:
    from django.db import connections

    from kajing.customers import twin

    twin.after_migrating(connections[using])


def _register_pool() -> None:
    """The public pool and handovers: page, bulk acts, news."""
    from kajing.customers import handover, person_panel
    from kajing.customers.selectors.handovers import OWN_SECTIONS
    from kajing.customers.services.pool import KIND_LABEL
    from kajing.notifications import kinds
    from kajing.ui import registry as ui

    ui.navigation.register(
        ui.NavItem(
            key="pool", section="customers", label=_("Public pool"), url_name="customers:pool", icon="users-group",
            permission="customers.pool", order=20, go="p",
        )
    )  # fmt: skip
    ui.navigation.register(
        ui.NavItem(
            key="handovers",
            section="customers",
            label=_("Handovers"),
            url_name="customers:handovers",
            icon="arrows-exchange",
            permission="customers.handover",
            order=25,
        )
    )
    for name, title, load, order, icon, hint in OWN_SECTIONS:
        handover.register(handover.Section(name, title, load, order=order, icon=icon, hint=hint))
    for key, listed, label, icon, page, right, order in BULK:
        ui.bulk_actions.register(
            ui.BulkAction(key=key, list=listed, label=label, icon=icon, url_name=page, permission=right, order=order)
        )
    ui.panels.register(
        ui.Panel(
            key="book", slot="person", title=_("Customers"), template="customers/person_book.html",
            data=person_panel.of_person, permission="customers.view", order=10, icon="users",
        )
    )  # fmt: skip
    kinds.register(kinds.Kind("pool.warning", KIND_LABEL, icon="clock-exclamation"))
    kinds.register(kinds.Kind("handover.made", _("Customers handed to you"), icon="arrows-exchange"))


# Bulk acts of the pool and of the own book: key, list, label, icon, address, right, place.
BULK = (
    ("pool-take", "pool", _("Take"), "user-plus", "customers:pool_take_many", "customers.take", 10),
    ("pool-assign", "pool", _("Assign"), "arrows-exchange", "customers:pool_assign", "customers.assign", 20),
    ("customers-return", "customers", _("To the pool"), "users-group", "customers:give_back", "customers.take", 50),
)


def _undo() -> None:
    """What the room's tables are called on the undo page."""
    from kajing.records.undo import REBUILT, TABLE_WORDS

    TABLE_WORDS.update(
        {
            "customers.customer": _("customers"),
            "customers.contactpoint": _("ways to reach customers"),
            "customers.relation": _("relations"),
            "customers.cardaccount": _("accounts"),
            "customers.card": _("cards"),
            "customers.assignment": _("who manages whom"),
            "customers.consent": _("consents"),
            "customers.contacthold": _("contact holds"),
            "customers.timelinemark": _("timeline"),
            "customers.customerfigures": _("figures of the night"),
            "customers.mergedcustomer": _("merged customer numbers"),
            "customers.duplicatepair": _("possible duplicates"),
            "customers.audiencemember": _("audience members"),
            "records.fieldvalue": _("own fields"),
            "records.tagging": _("tags"),
            "records.attachment": _("attached files"),
        }
    )
    REBUILT.add("customers.customerfigures")


def _many() -> None:
    """Acts on many customers, and the list as a file."""
    from kajing.audit import asking
    from kajing.customers.services import exports
    from kajing.customers.services.bulk import ASSIGN_MANY
    from kajing.customers.services.pool_many import POOL_KINDS
    from kajing.customers.services.tagging import TAG_MANY, UNTAG_MANY
    from kajing.customers.trail import TRAIL
    from kajing.records.services import bulk

    for kind in (ASSIGN_MANY, TAG_MANY, UNTAG_MANY, *POOL_KINDS):
        bulk.register(kind)
    exports.register(exports.Exportable(list="customers", right="customers.export", file="customers"))
    exports.register(
        exports.Exportable(
            list=TRAIL.name, right="audit.view_any", file="audit", action="audit.export", act="audit.export"
        )
    )
    asking.register("customers:ask_trail")


def _duplicates() -> None:
    from kajing.customers import jobs
    from kajing.queue import registry as queue
    from kajing.ui import registry as ui

    queue.job(
        "customers.find_duplicates",
        jobs.find_duplicates,
        title=_("Search for duplicates"),
        chunked=True,
        heavy=True,
    )
    ui.bulk_actions.register(
        ui.BulkAction(
            key="customers-merge",
            list="customers",
            label=_("Merge"),
            icon="arrows-join",
            url_name="customers:merge",
            permission="customers.merge",
            order=60,
        )
    )
    ui.navigation.register(
        ui.NavItem(
            key="duplicates",
            section="customers",
            label=_("Duplicates"),
            url_name="customers:duplicates",
            icon="copy",
            permission="customers.check_duplicate",
            order=40,
        )
    )


def _register_audiences() -> None:
    from kajing.ui import registry as ui

    ui.navigation.register(
        ui.NavItem(
            key="audiences", section="customers", label=_("Audiences"), url_name="customers:audiences",
            icon="users-plus", permission="customers.audience", order=30,
        )
    )  # fmt: skip
    ui.bulk_actions.register(
        ui.BulkAction(
            key="customers-tag", list="customers", label=_("Tag"), icon="tag", url_name="customers:tag",
            permission="records.tag", order=20,
        )
    )  # fmt: skip
    ui.bulk_actions.register(
        ui.BulkAction(
            key="customers-freeze", list="customers", label=_("To an audience"), icon="users-plus",
            url_name="customers:freeze", permission="customers.audience", order=30,
        )
    )  # fmt: skip
    ui.bulk_actions.register(
        ui.BulkAction(
            key="customers-leave", list="customers", label=_("Out of an audience"), icon="users-minus",
            url_name="customers:leave", permission="customers.audience", order=31,
        )
    )  # fmt: skip


def _follow(context: Any) -> None:
    """Own fields, tags and files of merged customers go to the one that stays."""
    from kajing.records.services import move_record

    for old in context.old_ids:
        move_record(kind="customer", source=old, target=context.survivor.pk, log=context.log)


def _register_kind() -> None:
    from django.urls import reverse

    from kajing.customers import extensions, selectors
    from kajing.customers.services.reveals import check_quota
    from kajing.records import kinds
    from kajing.records.fields.listing import VALUES
    from kajing.records.selectors import PageTags, PageValues
    from kajing.records.selectors.tags import PAGE

    kinds.register(
        kinds.Kind(
            name="customer", label=_("Customer"), visible=selectors.customers, view="customers.view",
            customer_of=lambda pk: pk, place=selectors.unit_of, url=lambda pk: reverse("customers:page", args=[pk]),
            check_reveal=check_quota,
        ),
        slot="customer.left",
    )  # fmt: skip
    extensions.merge_steps.append(_follow)
    extensions.lookups[VALUES] = lambda user, ids: dict.fromkeys(ids, PageValues("customer", user, ids))
    extensions.lookups[PAGE] = lambda user, ids: dict.fromkeys(ids, PageTags("customer", ids))


def _customer(user: Any, pk: str) -> Any:
    from django.http import Http404

    from kajing.customers.selectors import customer

    found = customer(user, pk)
    if found is None:
        raise Http404
    return found


def _register_quality() -> None:
    """Contact rules and data quality of a record; data quality of books."""
    from kajing.audit.selectors import today_for
    from kajing.customers import selectors
    from kajing.ui import registry as ui

    ui.navigation.register(
        ui.NavItem(
            key="quality", section="team", label=_("Data quality"), url_name="customers:quality", icon="checklist",
            permission="customers.view", order=60,
        )
    )  # fmt: skip
    ui.panels.register(
        ui.Panel(
            key="rules", slot="customer", title=_("Contact rules"), template="customers/sections/rules.html",
            permission="customers.view", order=80, lazy=True,
            data=lambda user, customer: {"rules": selectors.contact_rules(customer, today_for(user))},
        )
    )  # fmt: skip
    ui.panels.register(
        ui.Panel(
            key="quality", slot="customer", title=_("Data quality"), template="customers/quality_panel.html",
            icon="checklist", permission="customers.view", order=90, lazy=True,
            data=lambda user, customer: {"quality": selectors.quality(user, customer)},
        )
    )  # fmt: skip
