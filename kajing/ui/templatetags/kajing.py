"""The components as template tags: ``{% load kajing %}``. Examples of each: /ui/gallery/ and docs/recipes/page.md.

Cells and badges are tags because a table draws hundreds of them; an include is two to three times slower.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from kajing.lib import money as fen_money
from kajing.ui import formats, svg
from kajing.ui.icons import icon as draw_icon
from kajing.ui.panels import content, family
from kajing.ui.registry import list_actions, slot_panels

register = template.Library()

RISK_ICONS = {"LOW": "shield-check", "WATCH": "eye", "HIGH": "alert-triangle", "SEVERE": "shield-x"}
RISK_WORDS = {
    "LOW": pgettext_lazy("risk band", "Low"),
    "WATCH": pgettext_lazy("risk band", "Watch"),
    "HIGH": pgettext_lazy("risk band", "High"),
    "SEVERE": pgettext_lazy("risk band", "Severe"),
}
HBAR_WORDS: dict[str, Any] = {
    "money": fen_money.full,
    "short": formats.money_short,
    "count": formats.count,
    "pct": formats.percent,
}
NOT_KNOWN = gettext_lazy("Not known yet")
HIGH_USE = 0.8


# -- words and marks ----
@register.simple_tag
def icon(name: str, cls: str = "") -> SafeString:
    """``{% icon "phone" %}``: an icon of the sprite, hidden from screen readers; put words beside it."""
    return draw_icon(name, cls)


@register.simple_tag
def favicon() -> str:
    """The product's mark as a data address: it saves every first visit a request."""
    return svg.FAVICON


@register.simple_tag
def badge(text: object, tone: str = "", icon: str = "", title: str = "") -> SafeString:
    """``{% badge "Active" tone="ok" %}``; tones: pri, ok, warn, bad or none."""
    hint = format_html(' title="{}"', title) if title else ""
    return format_html('<span class="bdg {}"{}>{}{}</span>', tone, hint, draw_icon(icon) if icon else "", text)


@register.simple_tag
def risk(band: str | None) -> SafeString:
    """``{% risk customer.risk_band %}``: LOW, WATCH, HIGH or SEVERE as word, icon and colour."""
    if band not in RISK_WORDS:
        return missing(_("No risk band yet"))
    return format_html(
        '<span class="risk risk-{}">{}{}</span>', band.lower(), draw_icon(RISK_ICONS[band]), RISK_WORDS[band]
    )


@register.simple_tag
def missing(why: str = "") -> SafeString:
    """``{% missing "No statement yet" %}``: a dash that says why; never 0 or blank."""
    told = why or NOT_KNOWN
    return format_html('<span class="none" role="img" title="{}" aria-label="{}">—</span>', told, told)


@register.simple_tag
def kbd(keys: str) -> SafeString:
    """``{% kbd "g h" %}``: keys as printed on the keyboard; ``Mod`` is Ctrl, and ⌘ on a Mac (by script)."""
    return format_html_join(" ", "{}", ((_key(key),) for key in ([keys] if keys == " " else keys.split(" "))))


def _key(key: str) -> SafeString:
    if key.startswith("Mod+"):
        return format_html("<kbd data-mod>Ctrl {}</kbd>", key[4:].upper())
    names = {" ": _("Space"), "Enter": "↵", "Escape": "Esc"}
    if key.startswith("Shift+"):
        return format_html("<kbd>⇧ {}</kbd>", key[6:].upper())
    return format_html("<kbd>{}</kbd>", names.get(key, key.upper() if len(key) == 1 else key))


@register.simple_tag
def avatar(name: str, size: str = "") -> SafeString:
    """``{% avatar person.name "l" %}``: the first character; sizes s and l."""
    return format_html(
        '<span class="av{}" aria-hidden="true">{}</span>', f" av-{size}" if size else "", name[:1] or "?"
    )


# -- figures ----
NOTHING = (None, "")  # a figure of somebody who has no row of figures yet reaches a filter as empty text


@register.filter
def listed(words: Iterable[object] | None) -> str:
    """``{{ names|listed }}``: 甲、乙; A, B."""
    return missing() if words in NOTHING else formats.listed(words or ())


@register.simple_tag
def comma() -> str:
    """Between the things of a list that is written out: ``{% if not forloop.last %}{% comma %}{% endif %}``."""
    return "、" if formats.chinese() else ", "


@register.filter
def commands(text: object) -> SafeString:
    """``{{ advice|commands }}``: what stands between backticks is typed at a terminal."""
    shown = (format_html("<code>{}</code>", part) if at % 2 else part for at, part in enumerate(str(text).split("`")))
    return format_html_join("", "{}", ((part,) for part in shown))


@register.filter
def money(fen: int | None) -> str:
    """In full, for what a customer owes, signs or hears: ¥32,680.00."""
    return missing() if fen in NOTHING else fen_money.full(fen)


@register.filter
def money_short(fen: int | None) -> str:
    """A headline figure: ¥164万; ¥1.64M."""
    return missing() if fen in NOTHING else formats.money_short(fen)


@register.filter
def money_table(fen: int | None) -> str:
    """A cell of a column headed with ``{% money_unit %}``."""
    return missing() if fen in NOTHING else formats.money_table(fen)


@register.simple_tag
def money_unit() -> str:
    """万元 or ¥, for the header of a ``money_table`` column."""
    return formats.money_unit()


@register.filter
def pct(ratio: Decimal | float | None, places: int = 0) -> str:
    """0.72 → 72%."""
    return missing() if ratio in NOTHING else formats.percent(ratio, places)


@register.filter
def number(value: int | None) -> str:
    """1284 → 1,284."""
    return missing() if value in NOTHING else formats.count(value)


@register.simple_tag(takes_context=True)
def delta(context: Context, value: Decimal | float | None, unit: str = "%", *, market: bool = False) -> SafeString:
    """``{% delta 0.124 %}`` → ▲ 12.4% in neutral ink; ``market=True`` obeys the person's 涨跌配色 setting."""
    if value is None:
        return missing(_("Nothing to compare with"))
    tone = _market_tone(context, float(value)) if market else ""
    return format_html('<span class="dl num {}">{}</span>', tone, formats.change(value, unit))


def _market_tone(context: Context, value: float) -> str:
    look = getattr(context.get("request"), "look", None)
    if not value or look is None or look.colours == "neutral":
        return ""
    return "dl-red" if (value > 0) == (look.colours == "red_up") else "dl-g"


@register.simple_tag
def ring(percent: float | None, tone: str = "pri", label: str = "") -> SafeString:
    """``{% ring 57 tone="ok" label="8 of 14 tasks done" %}``: a goal ring; None draws a dash."""
    return svg.ring(percent, tone=tone, label=label)


@register.simple_tag
def spark(values: Sequence[float | None]) -> SafeString:
    """``{% spark customer.weekly_spend %}``: the trend; the latest value stands beside it in words."""
    return svg.spark(values)


@register.simple_tag
def util(ratio: float | None) -> SafeString:
    """``{% util 0.88 %}``: use of the limit as bar and percent; from 80 % in warning colour."""
    if ratio in NOTHING:
        return missing(_("No limit in force"))
    high = float(ratio) >= HIGH_USE
    return format_html('<span class="util num">{}{}</span>', svg.bar(float(ratio), high=high), formats.percent(ratio))


@register.simple_tag
def progress(share: float | None, label: str, tone: str = "") -> SafeString:
    """``{% progress 0.4 "40 of 100 rows" %}``: a progress bar with its words below."""
    filled = svg.bar(float(share or 0))
    return format_html('<div class="prog {}">{}<small class="num">{}</small></div>', tone, filled, label)


@register.simple_tag
def clock(deadline: datetime, start: datetime) -> SafeString:
    """``{% clock case.due_at case.received_at %}``: time left of a statutory clock, text first, bar second."""
    spent = _spent(deadline, start)
    return format_html(
        '<div class="cd {}" role="timer" aria-live="off" data-deadline="{}" title="{}"><b>{}</b>{}</div>',
        formats.clock_tone(deadline, start),
        deadline.isoformat(),
        formats.full_moment(deadline),
        formats.remaining(deadline),
        svg.bar(spent),
    )


def _spent(deadline: datetime, start: datetime) -> float:
    from django.utils import timezone

    whole = (deadline - start).total_seconds()
    return (timezone.now() - start).total_seconds() / whole if whole > 0 else 1.0


@register.simple_tag
def hbar(rows: Iterable[Mapping[str, Any]], kind: str = "money") -> SafeString:
    """``{% hbar rows %}``: bars by category from rows of ``label``, ``value`` (fen) and perhaps ``url``."""
    rows = list(rows)
    top = max((float(row["value"]) for row in rows), default=0) or 1
    write = {"money": fen_money.full, "short": formats.money_short, "count": formats.count, "pct": formats.percent}[
        kind
    ]
    items = format_html_join(
        "",
        '<li><span>{}</span>{}<span class="v">{}</span></li>',
        ((_linked(row), svg.bar(float(row["value"]) / top), write(row["value"])) for row in rows),
    )
    return format_html('<ul class="hb">{}</ul>', items)


def _linked(row: Mapping[str, Any]) -> Any:
    return format_html('<a href="{}">{}</a>', row["url"], row["label"]) if row.get("url") else row["label"]


# -- days and times ----
@register.filter
def when(value: datetime | date | None) -> SafeString:
    """A moment or a day in near words, with the full moment as title: 今天 10:30, 11-18 15:22."""
    if value in NOTHING:
        return missing()
    if isinstance(value, datetime):
        return _time(value.isoformat(), formats.full_moment(value), formats.when(value))
    return _time(value.isoformat(), value.isoformat(), formats.day(value))


@register.filter
def clock_time(value: datetime | None) -> SafeString:
    """10:30, with the full moment as title."""
    return (
        missing()
        if value in NOTHING
        else _time(value.isoformat(), formats.full_moment(value), formats.clock_time(value))
    )


@register.filter
def ago(value: datetime | date | None) -> SafeString:
    """今天, 昨天, 8 天前."""
    if value in NOTHING:
        return missing()
    day = value.astimezone(formats.SHANGHAI).date() if isinstance(value, datetime) else value
    full = formats.full_moment(value) if isinstance(value, datetime) else value.isoformat()
    return _time(value.isoformat(), full, formats.ago(day))


def _time(machine: str, full: str, words: str) -> SafeString:
    return format_html('<time datetime="{}" title="{}">{}</time>', machine, full, words)


@register.filter
def duration(seconds: int | None) -> str:
    """4 分 05 秒."""
    return missing() if seconds is None else formats.duration(seconds)


# -- parts of pages ----
@register.simple_tag
def mask(shown: str | None, url: str = "", field: str = "", icon: str = "", label: str = "") -> SafeString:
    """A value the server has masked, with a button that asks for the clear text (POST, audited, hidden after 30 s).

    ``{% mask customer.mobile_masked url=reveal_url field="mobile" icon="phone" label=_("phone number") %}``
    Without ``url`` there is no button: the person may not see it. The answer of ``url`` is ``mask_clear``.
    """
    if not shown:
        return missing()
    return format_html(
        '<span class="mask" data-field="{}">{}<span class="num">{}</span>{}</span>',
        field,
        draw_icon(icon) if icon else "",
        shown,
        _reveal_button(url, label) if url else "",
    )


def _reveal_button(url: str, label: str) -> SafeString:
    words = _("Show the full %(what)s (goes into the audit log)") % {"what": label or _("value")}
    return format_html(
        '<button type="button" hx-post="{}" hx-target="closest .mask" hx-swap="outerHTML" aria-label="{}" title="{}">{}'
        "</button>",
        url,
        words,
        words,
        draw_icon("eye"),
    )


@register.simple_tag
def chip(label: object, value: object = "", remove_url: str = "", url: str = "", *, on: bool = False) -> SafeString:
    """A filter in force with its cross (``remove_url``), or a choice (``url``, ``on``)."""
    words = format_html("{} <b>{}</b>", label, value) if value != "" else format_html("{}", label)
    if not remove_url:
        current = format_html(' aria-current="{}"', "true") if on else ""
        return format_html('<a class="chip" href="{}"{}>{}</a>', url, current, words)
    return format_html(
        '<span class="chip on">{}<a href="{}" aria-label="{}">{}</a></span>',
        words,
        remove_url,
        _("Remove filter: %(name)s") % {"name": label},
        draw_icon("x"),
    )


@register.simple_tag
def kpi(
    label: object, value: object, note: object = "", percent: float | None = None, tone: str = "pri", url: str = "",
    goal: str = "",
) -> SafeString:  # fmt: skip
    """A headline figure: label, value, pace in words, and a ring when ``percent`` of the ``goal`` is known.

    ``url`` leads to the list that makes the number: every figure opens to its rows.
    """
    drawn = "" if percent is None else svg.ring(percent, tone=tone, label=f"{label}: {value} {goal}".strip())
    inner = format_html('{}<div><span>{}</span><b>{}</b><span class="dl">{}</span></div>', drawn, label, value, note)
    if url:
        return format_html('<a class="card kpi" href="{}">{}</a>', url, inner)
    return format_html('<div class="card kpi">{}</div>', inner)


@register.simple_tag
def empty(
    icon: str, title: object, text: object = "", url: str = "", action: object = "", *, small: bool = False
) -> SafeString:
    """What belongs here and how to get it: ``{% empty "inbox" _("Nothing left") _("New items come here") %}``."""
    button = format_html('<a class="btn" href="{}">{}</a>', url, action) if url else ""
    body = format_html("<p>{}</p>", text) if text else ""
    return format_html(
        '<div class="es{}">{}<b>{}</b>{}{}</div>', " es-s" if small else "", draw_icon(icon), title, body, button
    )


@register.simple_tag
def skeleton(lines: int = 3) -> SafeString:
    """Grey lines of the height to come; they show only after 150 ms."""
    return format_html('<div class="sk" aria-hidden="true">{}</div>', SafeString("<i></i>" * lines))


@register.simple_tag
def form_row(field: Any, hint: str = "") -> str:
    """``{% form_row form.reason %}``: label, control, hint and error, tied together for screen readers."""
    described = [f"{field.id_for_label}-hint"] if (hint or field.help_text) else []
    attrs: dict[str, str] = {}
    if field.errors:
        described.append(f"{field.id_for_label}-err")
        attrs["aria-invalid"] = "true"
    if described:
        attrs["aria-describedby"] = " ".join(described)
    kind = getattr(field.field.widget, "input_type", "")
    data = {"field": field, "control": field.as_widget(attrs=attrs), "hint": hint or field.help_text, "kind": kind}
    return render_to_string("ui/parts/form_row.html", data)


@register.inclusion_tag("ui/parts/form_errors.html")
def form_errors(form: Any) -> dict[str, Any]:
    """``{% form_errors form %}``: the summary on top, each line a link to its field; takes focus after a swap."""
    rows = [(form[name], errors) for name, errors in form.errors.items() if name != "__all__"]
    return {"general": form.non_field_errors(), "rows": rows}


@register.inclusion_tag("ui/parts/pager.html", takes_context=True)
def pager(context: Context, page: Any, target: str = "") -> dict[str, Any]:
    """``{% pager page target="#customer-rows" %}``: any object with total, first, last, next_query, previous_query."""
    return {"page": page, "target": target, "request": context.get("request")}


@register.inclusion_tag("ui/parts/bulk.html", takes_context=True)
def bulk_bar(context: Context, list_key: str, total: int = 0, words: str = "", arg: str = "") -> dict[str, Any]:
    """``{% bulk_bar "customers" total=page.total %}``: the registered bulk actions of a list; `words` say 1000+.

    `arg` is the argument of the actions' addresses, where one set of actions serves many lists.
    """
    request = context["request"]
    args = [arg] if arg else []
    actions = [(one, reverse(one.url_name, args=args)) for one in list_actions(list_key, request.user)]
    return {"actions": actions, "total": total, "words": words, "query": request.GET.urlencode(), "list_key": list_key}


@register.simple_tag(takes_context=True)
def panels(context: Context, slot: str, obj: Any) -> SafeString:
    """``{% panels "customer.side" customer %}``: the boxes other rooms add to this page."""
    request = context["request"]
    return format_html_join("", "{}", ((_panel(context, panel, obj),) for panel in slot_panels(slot, request.user)))


def _panel(context: Context, panel: Any, obj: Any) -> str:
    request = context["request"]
    if not panel.lazy:
        return content(request, panel, obj)
    # The first of a page asks for all of them.
    asked = request.__dict__.setdefault("panels_asked", set())
    page = family(panel.slot)
    data = {"panel": panel, "obj": obj, "asks": "" if page in asked else page}
    asked.add(page)
    return render_to_string("ui/parts/panel_lazy.html", data, request)


@register.inclusion_tag("ui/parts/chart.html")
def chart(chart: Any, size: str = "") -> dict[str, Any]:
    """``{% chart spend_chart %}``: a titled box with chart and table from ``kajing.ui.charts``; sizes s and l."""
    return {"chart": chart, "size": size}
