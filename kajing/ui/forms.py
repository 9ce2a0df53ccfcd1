"""The settings form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kajing.ui.look import CHOICES
from kajing.ui.registry import Text

WORDS: dict[str, Text] = {
    "zh-hans": "简体中文",
    "en": "English",
    "auto": _("Like the system"),
    "light": _("Light"),
    "dark": _("Dark"),
    "compact": _("Compact"),
    "cozy": _("Roomy"),
    "on": _("On"),
    "off": _("Off"),
    "neutral": _("Neutral"),
    "red_up": _("Red up, green down"),
    "green_up": _("Green up, red down"),
}


def _choice(name: str, label: Any, help_text: Any = "") -> forms.ChoiceField:
    choices = [(value, WORDS[value]) for value in CHOICES[name]]
    return forms.ChoiceField(label=label, help_text=help_text, choices=choices, widget=forms.RadioSelect)


class PreferencesForm(forms.Form):
    """How the product looks to me; every change is saved at once."""

    language = _choice("language", _("Language"))
    theme = _choice("theme", _("Theme"))
    density = _choice("density", _("Row density"))
    shortcuts = _choice("shortcuts", _("Single-key shortcuts"), _("Combinations with Ctrl stay on."))
    colours = _choice(
        "colours", _("Colours of rise and fall"), _("For market-like series only; red otherwise means risk.")
    )
