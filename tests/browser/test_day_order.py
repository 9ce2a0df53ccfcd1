"""The order of one's day in a real browser: accepted by a key, changed by keys and by dragging, forgotten again."""

import pytest

from kajing.workflow.models import DayPlace


@pytest.fixture
def tab(open_tab, desk):
    type(desk.manager).objects.filter(pk=desk.manager.pk).update(language="zh-hans", theme="light")
    tab = open_tab(desk.manager)
    yield tab
    assert tab.seen.take(tab.page) == []


def shown(page):
    return page.evaluate("[...document.querySelectorAll('#wb-today [data-row]')].map(row => row.id)")


def kept():
    return [f"task-{pk}" for pk in DayPlace.objects.order_by("place").values_list("task_id", flat=True)]


def wait_for(page, *order):
    """Until the server keeps this order; the page has it at once."""
    for _ in range(50):
        if tuple(kept()[: len(order)]) == order:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"kept: {kept()}, wanted first: {order}")


def test_the_day_in_ones_own_order(tab):
    page = tab.open("/")
    suggested = shown(page)
    assert len(suggested) > 3
    assert tab.axe() == []

    # Accepted as it stands.
    page.keyboard.press("a")
    tab.until("!document.querySelector('#wb-today [data-do=accept]')")
    assert kept() == suggested[: len(kept())] != []  # what is for tomorrow has no place yet

    # The third one first, by the keyboard; it stays the current row.
    for pressed in ("j", "j", "j", "Alt+ArrowUp"):
        page.keyboard.press(pressed)
    third = suggested[2]
    wait_for(page, suggested[0], third)
    page.keyboard.press("Alt+ArrowUp")
    wait_for(page, third, suggested[0], suggested[1])
    assert tab.axe() == []
    tab.shoot("flow.day-order")

    # The last one dragged to the second place.
    last = shown(page)[-1]
    page.locator(f"#{last}").drag_to(page.locator(f"#{suggested[0]}"), target_position={"x": 200, "y": 4})
    wait_for(page, third, last, suggested[0])

    # A new visit shows the same; then back to what was suggested.
    page = tab.open("/")
    assert shown(page)[:3] == [third, last, suggested[0]]
    page.locator("#wb-today form button").click()
    tab.until("document.querySelector('#wb-today [data-do=accept]')")
    assert shown(page) == suggested
