"""Registrations of the room."""

from django.apps import AppConfig


class ProductsConfig(AppConfig):
    """The room `products`."""

    name = "kajing.products"
    label = "products"

    def ready(self) -> None:
        """What the audit trail calls this room's acts."""
        from kajing.products import audit_words

        audit_words.register()
