"""Nobody in the demo bank exists, and the bank has the people the contract promises."""

import pytest

from tests.analytics_demo.bank import one

pytestmark = pytest.mark.slow  # they share one made bank

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check_digit(body: str) -> str:
    """GB 11643."""
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


def test_the_check_digit_itself() -> None:
    assert check_digit("11010519491231002") == "X"  # the example printed in GB 11643


def test_no_id_number_is_valid_but_all_look_it(bank) -> None:
    rows = bank.execute("SELECT id_number, birth_date, gender, region FROM latest_customers").fetchall()
    assert len(rows) == 800
    for number, born, gender, region in rows:
        assert len(number) == 18
        assert check_digit(number[:17]) != number[17]
        assert number[:6] == region
        assert number[6:14] == born.replace("-", "")
        assert int(number[16]) % 2 == (gender == "M")


def test_telephones_lie_in_unassigned_segments_and_are_distinct(bank) -> None:
    assert one(bank, "SELECT count(*) FROM customers WHERE NOT regexp_full_match(mobile, '12[0-9]{9}')") == 0
    assert one(bank, "SELECT count(*) - count(DISTINCT mobile) FROM latest_customers") == 0
    assert one(bank, "SELECT count(*) FROM people WHERE NOT regexp_full_match(mobile, '129[0-9]{8}')") == 0


def test_mail_goes_to_example_domains_only(bank) -> None:
    assert (
        one(
            bank,
            "SELECT count(*) FROM customers WHERE email NOT SIMILAR TO '.*@(example\\.(com|net|org)|post\\.example)'",
        )
        == 0
    )


def test_cards_carry_a_token_an_unassigned_bin_and_four_digits(bank) -> None:
    assert (
        one(
            bank,
            "SELECT count(*) FROM cards WHERE bin NOT LIKE '9901__' OR NOT regexp_full_match(last4, '[0-9]{4}') OR regexp_full_match(card_id, '[0-9]{12,}')",
        )
        == 0
    )


def test_nothing_as_long_as_a_card_number_stands_beside_a_person(bank) -> None:
    for feed in ("customers", "cards", "people", "accounts"):
        columns = {row[0] for row in bank.execute(f"DESCRIBE {feed}").fetchall()} - {"id_number"}
        seen = " || ' ' || ".join(f"coalesce({name}::VARCHAR, '')" for name in sorted(columns))
        assert one(bank, f"SELECT count(*) FROM {feed} WHERE regexp_matches({seen}, '[0-9]{{12}}')") == 0, feed


def test_nobody_is_under_eighteen_when_the_account_opens(bank) -> None:
    assert (
        one(bank, "SELECT count(*) FROM latest_customers WHERE opened_on::DATE < birth_date::DATE + INTERVAL 18 YEARS")
        == 0
    )


def test_the_promised_people_sit_where_they_should(bank) -> None:
    posts = {
        row[0]: row[1:]
        for row in bank.execute(
            "SELECT sign_in, unit_code, role, person_no FROM people WHERE sign_in IS NOT NULL"
        ).fetchall()
    }
    assert set(posts) == {
        "manager1",
        "manager2",
        "leader1",
        "branchhead1",
        "risk1",
        "service1",
        "compliance1",
        "admin1",
        "auditor1",
    }
    parents = dict(bank.execute("SELECT unit_code, parent_code FROM units").fetchall())

    def branch(unit: str) -> str:
        return unit if unit.startswith("B") and len(unit) == 3 else branch(parents[unit])

    assert posts["leader1"][0] == posts["manager1"][0]
    assert branch(posts["manager1"][0]) == posts["branchhead1"][0]
    assert branch(posts["manager2"][0]) != branch(posts["manager1"][0])
    for sign_in in ("manager1", "manager2"):
        assert one(bank, f"SELECT count(*) FROM latest_customers WHERE manager_no = '{posts[sign_in][2]}'") == 200


def test_every_customer_has_a_unit_and_a_manager_in_it(bank) -> None:
    assert (
        one(
            bank,
            """
        SELECT count(*) FROM latest_customers c LEFT JOIN people p ON p.person_no = c.manager_no AND p.left_on IS NULL
        WHERE p.unit_code IS DISTINCT FROM c.unit_code
    """,
        )
        == 0
    )


def test_unit_tree_hangs_together(bank) -> None:
    assert one(bank, "SELECT count(*) FROM units WHERE parent_code NOT IN (SELECT unit_code FROM units)") == 0
    assert one(bank, "SELECT count(DISTINCT unit_code) FROM units WHERE parent_code IS NULL") == 1
    assert bank.execute("SELECT DISTINCT kind FROM units ORDER BY 1").fetchall() == [
        (kind,) for kind in ("BRANCH", "CARD_CENTRE", "HEAD_OFFICE", "SUB_BRANCH", "TEAM")
    ]
