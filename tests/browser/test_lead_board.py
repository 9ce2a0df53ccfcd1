"""The board of leads in a browser: drag and keys run the gate; a refusal puts the card back; undo; the phone's select."""

from kajing.sales.models import Lead
from tests.factories.sales import facts, lead
from tests.workflow.test_gates import gate, move


def card(page, one):
    return page.locator(f"[data-card='{one.pk}']")


def column(page, stage):
    return page.locator(f"[data-stage={stage}]")


def stage_of(one):
    return Lead.objects.get(pk=one.pk).stage


def drop(page, one, stage):
    """Drag a card by the mouse into another column."""
    start, end = card(page, one).bounding_box(), column(page, stage).bounding_box()
    page.mouse.move(start["x"] + 60, start["y"] + start["height"] - 8)
    page.wait_for_selector("[data-board][data-started]")  # the library comes with the mouse
    page.mouse.down()
    page.mouse.move(start["x"] + 90, start["y"] + 40, steps=4)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 40, steps=12)
    page.mouse.up()


def test_drag_keys_refusal_and_undo(open_tab, ana, at):
    gate(
        "lead", move("CONTACTED"), move("LEAD"), move("INTENT"), move("SUBMITTED", facts=["id_number"], files=1), at=at
    )
    one, two = lead(ana, said=facts(name="王小明")), lead(ana, said=facts(name="李晓梅"), stage="CONTACTED")
    tab = open_tab(ana)
    page = tab.open("/leads/board/?show=all")
    drop(page, one, "CONTACTED")
    page.wait_for_selector(f"[data-stage=CONTACTED] [data-card='{one.pk}']")
    page.wait_for_selector(".toast")
    page.wait_for_selector("section:has(#col-CONTACTED) header .bdg:text-is('2')")
    assert stage_of(one) == "CONTACTED"
    tab.shoot("board.moved")

    # By keys: j chooses a card, ] pushes it on, [ asks why it goes back.
    page.keyboard.press("j")
    chosen = int(page.locator("[data-cur]").get_attribute("data-card"))
    assert chosen in {one.pk, two.pk}
    page.keyboard.press("]")
    page.wait_for_selector("section:has(#col-INTENT) header .bdg:text-is('1')")
    page.wait_for_selector(f"[data-stage=INTENT] [data-card='{chosen}'][data-cur]")
    assert Lead.objects.get(pk=chosen).stage == "INTENT"
    assert [*tab.seen.take(page), *tab.axe(), *tab.overflow()] == []

    # The gate refuses: what is missing is listed in red, and the card goes back.
    page.keyboard.press("]")
    page.wait_for_selector("#lead-refused .note.bad li")
    assert page.locator("#lead-refused li").count() == 2
    page.wait_for_selector(f"[data-stage=INTENT] [data-card='{chosen}']")
    assert Lead.objects.get(pk=chosen).stage == "INTENT"
    tab.shoot("board.refused")
    assert [*tab.axe()] == []
    page.locator("#lead-refused [data-act=close]").click()
    assert [fault for fault in tab.seen.take(page) if "422" not in fault] == []

    page.keyboard.press("[")
    page.wait_for_selector("#dialog [name=note]")
    page.wait_for_selector(f"[data-stage=INTENT] [data-card='{chosen}']")
    page.fill("#dialog [name=note]", "客户要再想想")
    page.locator("#dialog [type=submit]").click()
    page.wait_for_selector(f"[data-stage=CONTACTED] [data-card='{chosen}']")
    assert Lead.objects.get(pk=chosen).stage == "CONTACTED"
    assert [fault for fault in tab.seen.take(page) if "422" not in fault] == []


def test_dropped_into_lost_the_board_asks_why(open_tab, ana):
    one = lead(ana, said=facts(name="王小明"))
    tab = open_tab(ana, width=2600)
    page = tab.open("/leads/board/?show=all")
    drop(page, one, "LOST")
    page.wait_for_selector("#dialog [name=reason]")
    page.wait_for_selector(f"[data-stage=LEAD] [data-card='{one.pk}']")
    assert not page.locator("#dialog [name=rival]").is_visible()
    page.select_option("#dialog [name=reason]", "RIVAL")
    page.fill("#dialog [name=rival]", "某银行")
    page.fill("#dialog [name=rival_card]", "金卡")
    page.locator("#dialog [type=submit]").click()
    page.wait_for_selector(f"[data-stage=LOST] [data-card='{one.pk}']")
    assert (stage_of(one), Lead.objects.get(pk=one.pk).rival) == ("LOST", "某银行")


def test_the_phone_chooses_the_stage_in_a_select(open_tab, ana):
    one = lead(ana, said=facts(name="王小明"))
    tab = open_tab(ana, width=390)
    page = tab.open("/leads/board/?show=all")
    snap = page.evaluate("getComputedStyle(document.querySelector('[data-board]')).scrollSnapType")
    assert snap.startswith("x")
    card(page, one).locator("[data-do=move]").click()
    page.select_option("#dialog [name=to]", "INTENT")
    page.locator("#dialog [type=submit]").click()
    page.wait_for_selector(f"[data-stage=INTENT] [data-card='{one.pk}']")
    assert stage_of(one) == "INTENT"
    assert [*tab.seen.take(page), *tab.axe(), *tab.overflow()] == []


def test_a_lead_is_registered_on_a_phone_and_a_find_is_told(open_tab, ana, ben):
    lead(ben, said=facts(name="司徒远方", phone="12955590001"))
    tab = open_tab(ana, width=390)
    page = tab.open("/leads/new/")
    assert not page.locator("[name=referrer_id]").is_visible()
    page.select_option("[name=source]", "ACTIVITY")
    page.fill("[name=name]", "王小明")
    page.fill("[name=phone]", "12955590001")
    page.fill("[name=source_detail]", "园区摆展")
    page.locator("main form [type=submit]:not([name])").click()
    page.wait_for_selector(".note.bad li")
    assert ben.name in page.locator(".note.bad").inner_text()
    assert page.input_value("[name=name]") == "王小明"
    assert [*tab.axe(), *tab.overflow()] == []
    page.fill("[name=phone]", "12955590002")
    with page.expect_navigation():
        page.locator("main form [type=submit]:not([name])").click()
    page.wait_for_load_state("networkidle")
    assert Lead.objects.get(name="王小明").owner == ana
    assert [fault for fault in tab.seen.take(page) if "422" not in fault] == []
    assert [*tab.axe(), *tab.overflow()] == []
