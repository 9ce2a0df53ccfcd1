"""Registrations of the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ObjectsConfig(AppConfig):
    """The room `objects`."""

    name = "kajing.objects"
    label = "objects"

    def ready(self) -> None:
        from kajing.objects import audit_words, joining, panels, receivers  # noqa: F401  receivers connect the signals
        from kajing.objects.services import register_many
        from kajing.records.undo import TABLE_WORDS
        from kajing.workflow import rules

        audit_words.register()

        TABLE_WORDS["objects.objectrecord"] = _("records of own objects")
        rules.register_acts(
            {
                "objects.create": _("a record of an own object was made"),
                "objects.change": _("a record of an own object was changed"),
                "objects.remove": _("a record of an own object was removed"),
                "objects.restore": _("a record of an own object was brought back"),
            }
        )
        register_many()
        panels.register()
        joining.join()
        _offers()


def _offers() -> None:
    """Pages in the side bar, search, and acts on many records."""
    from kajing.objects import selectors
    from kajing.objects.choices import ASSIGN, EXPORT, MANAGE, VIEW, WORK
    from kajing.ui import registry as ui

    ui.navigation.register(
        ui.NavItem(
            key="objects", section="customers", label=_("Own objects"), url_name="objects:index", icon="box",
            permission=VIEW, order=50,
        )
    )  # fmt: skip
    ui.navigation.register(
        ui.NavItem(
            key="shape-objects", section="process", label=_("Objects"), url_name="objects:shape", icon="box",
            permission=MANAGE, order=59,
        )
    )  # fmt: skip
    ui.search_providers.register(
        ui.SearchProvider(
            key="objects", title=_("Own objects"), search=selectors.search_hits, permission=VIEW, order=60
        )
    )  # fmt: skip
    many = (
        ("field", _("Set a field"), "forms", WORK),
        ("owner", _("Hand on"), "user-share", ASSIGN),
        ("tag", _("Tag"), "tag", "records.tag"),
        ("remove", _("Remove"), "trash", WORK),
    )
    for place, (key, label, icon, right) in enumerate(many):
        ui.bulk_actions.register(
            ui.BulkAction(
                key=f"objects-{key}", list="objects", label=label, icon=icon, url_name=f"objects:many_{key}",
                permission=right, order=place,
            )
        )  # fmt: skip
    ui.bulk_actions.register(
        ui.BulkAction(
            key="objects-export", list="objects", label=_("Export"), icon="download", url_name="objects:export",
            permission=EXPORT, order=9,
        )
    )  # fmt: skip
