import pytest

from kajing.ui import registry, shortcuts
from kajing.ui.registry import AlreadyRegistered, NavItem, NewItem, Registry


class Someone:
    def __init__(self, *rights) -> None:
        self.rights = rights

    def has_perm(self, perm, obj=None):
        return perm in self.rights


def item(key, **values):
    return NavItem(**{"key": key, "section": "home", "label": key, "url_name": "ui:gallery", "icon": "home", **values})


def test_entries_come_in_order_and_only_those_allowed():
    entries = Registry("item")
    entries.register(item("b", order=2, permission="x.y"))
    entries.register(item("a", order=1))
    assert [entry.key for entry in entries.allowed(Someone("x.y"))] == ["a", "b"]
    assert [entry.key for entry in entries.allowed(Someone())] == ["a"]


def test_two_rooms_cannot_replace_each_other():
    entries = Registry("item")
    entries.register(item("a"))
    with pytest.raises(AlreadyRegistered, match="item 'a'"):
        entries.register(item("a"))


def test_a_clash_of_keys_is_found():
    table = [shortcuts.Shortcut("j", "next", "x", "list"), shortcuts.Shortcut("j", "other", "x", "list")]
    assert shortcuts.clashes(table) == ["'j': next and other"]
    table = [shortcuts.Shortcut("g", "go", "x", "list"), shortcuts.Shortcut("g h", "nav:home", "x", "go")]
    assert shortcuts.clashes(table) == ["'g' opens a sequence and also does go"]


def test_no_keys_of_the_whole_product_clash():
    table = shortcuts.shortcuts()
    assert len(table) > len(shortcuts.FIXED)
    assert shortcuts.clashes(table) == []


def test_every_section_named_is_known():
    assert {entry.section for entry in registry.navigation} <= registry.SECTIONS.keys()


def test_every_panel_stands_in_a_slot_that_exists():
    assert [panel.key for panel in registry.panels if registry.slot(panel.slot) is None] == []


def test_phone_tabs_have_places_of_their_own():
    places = [entry.phone for entry in registry.navigation if entry.phone]
    assert len(places) == len(set(places)) <= 4


def test_keys_follow_what_a_person_may_open(monkeypatch):
    pages, news = Registry("page"), Registry("new")
    pages.register(item("secret", go="s", permission="x.y"))
    news.register(NewItem(key="task", label="Task", url_name="ui:keys", icon="plus", shortcut="t"))
    monkeypatch.setattr(registry, "navigation", pages)
    monkeypatch.setattr(registry, "new_items", news)
    keys = {entry.keys for entry in shortcuts.shortcuts(Someone())}
    assert "g s" not in keys
    assert {"c t", "c"} <= keys
    assert "g s" in {entry.keys for entry in shortcuts.shortcuts(Someone("x.y"))}
