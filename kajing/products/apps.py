"""Registrations of the room."""

from django.apps import AppConfig


class ProductsConfig(AppConfig):
    """The room `products`."""

    name = "kajing.products"
    label = "products"
