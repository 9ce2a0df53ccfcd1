"""A household on the customer's page: sums within sight, ties shown from both ends (capability 1.2)."""

from __future__ import annotations

import pytest

from kajing.customers import services
from kajing.customers.models import Relation
from kajing.customers.selectors.household import household
from tests.factories.customers import customer, figures

pytestmark = pytest.mark.django_db


def tie(actor, one, other, role, at):
    return Relation.objects.create(customer=one, other=other, role=role, created_by=actor.person_no, created_at=at)


def test_members_sums_worst_and_managers(ana, lee, units, at):
    wang, li, child = (
        customer(ana, name="王小明"),
        customer(ana, name="李秀英"),
        customer(unit=units["T01"], name="王小小"),
    )
    figures(wang, credit_limit=5_000_000, balance=1_000_000)
    figures(li, credit_limit=2_000_000, balance=500_000, bucket="M2", dpd=45)
    services.add_relation(actor=ana, customer=wang, other=li, role="SPOUSE", at=at)
    tie(ana, li, child, "CHILD", at)
    found = household(lee, wang)
    assert {one.customer_id for one in found.members} == {wang.pk, li.pk, child.pk}
    assert (found.limit, found.balance) == (7_000_000, 1_500_000)
    assert (found.worst.customer_id, found.managers, found.hidden) == (li.pk, ["安娜"], 0)
    assert {one.customer_id for one in household(lee, child).members} == {wang.pk, li.pk, child.pk}


def test_out_of_sight_is_counted_and_in_no_sum(ana, ben, at):
    wang, theirs, beyond = customer(ana), customer(ben, name="司徒泄露"), customer(ana)
    figures(wang, credit_limit=5_000_000, balance=1_000_000)
    figures(theirs, credit_limit=9_876_543_00, balance=9_876_543_00, bucket="M6")
    tie(ana, wang, theirs, "SPOUSE", at)
    tie(ben, theirs, beyond, "CHILD", at)
    found = household(ana, wang)
    assert (found.limit, found.balance, found.hidden) == (5_000_000, 1_000_000, 1)
    assert [one.customer_id for one in found.members] == [wang.pk]  # nor what lies behind somebody out of sight
    assert found.worst.bucket == "M0"


def test_a_colleague_or_guarantor_is_no_household(ana, at):
    wang, other = customer(ana), customer(ana)
    tie(ana, wang, other, "COLLEAGUE", at)
    tie(ana, wang, other, "GUARANTOR", at)
    assert household(ana, wang) is None


def test_on_both_pages_with_names_masked_for_who_may_not_know_them(ana, service, at, sign_in):
    wang, li = customer(ana, name="王小明"), customer(ana, name="李秀英")
    figures(wang)
    figures(li, credit_limit=3_210_000)
    services.add_relation(actor=ana, customer=wang, other=li, role="SPOUSE", at=at)
    for one, other in ((wang, li), (li, wang)):
        page = sign_in(ana).get(f"/customers/{one.pk}/section/relations/").content.decode()
        assert f'href="/customers/{other.pk}/"' in page
        assert 'id="household"' in page
        masked = sign_in(service).get(f"/customers/{one.pk}/section/relations/").content.decode()
        assert "王小明" not in masked
        assert "李秀英" not in masked
