"""The page kit: shell, components, charts, registries of what other rooms add to a page."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """The room `ui`; it owns no table."""

    name = "kajing.ui"
    label = "ui"
