"""Our cards."""

from __future__ import annotations

from django.db import models

SHARED_TABLES = ("Product",)


class Product(models.Model):
    """A card product; its dated terms and reward rules follow with the sales rooms."""

    product_id = models.CharField(max_length=64, primary_key=True)
    name_zh = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    tier = models.CharField(max_length=20, blank=True)
    network = models.CharField(max_length=40, blank=True)
    annual_fee = models.BigIntegerField(default=0)  # fen
    waiver_type = models.CharField(max_length=20, blank=True)
    waiver_threshold = models.CharField(max_length=20, blank=True)
    waiver_window = models.CharField(max_length=20, blank=True)
    points_validity_months = models.IntegerField(null=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["product_id"]

    def __str__(self) -> str:
        return self.product_id
