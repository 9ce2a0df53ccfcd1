"""The product list and names by language."""

from datetime import datetime

import pytest
from django.utils import translation

from kajing.products.models import Product
from kajing.products.selectors import product_names, products
from kajing.products.services import load_products

pytestmark = pytest.mark.django_db


def test_the_sample_list_loads_once(at: datetime) -> None:
    assert load_products(actor="system", at=at) == 14
    load_products(actor="system", at=at)
    assert Product.objects.count() == 14
    assert products()[0].product_id == "CP01"
    assert Product.objects.get(pk="CP02").annual_fee == 30_000


def test_names_follow_the_language_and_an_unknown_product_keeps_its_id(at: datetime) -> None:
    load_products(actor="system", at=at)
    with translation.override("zh-hans"):
        assert product_names(["CP01", "X9"]) == {"CP01": "青春普卡", "X9": "X9"}
    with translation.override("en"):
        assert product_names(["CP01"]) == {"CP01": "Young Classic"}
