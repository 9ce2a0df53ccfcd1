"""One SVG sprite of only the icons that templates and code name (design ui.md §2).

An icon is in use when it is written down in one of these ways:

- ``{% icon "phone" %}``, ``{% empty "inbox" … %}`` or ``icon="phone"`` in a template,
- ``icon="phone"`` or ``"icon": "phone"`` in Python, also as a default or beside ``if … else``,
- any text inside a Python value assigned to a name that ends with ``ICON`` or ``ICONS`` (the values of a dict).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path("node_modules/@tabler/icons/icons/outline")
_IN_TEMPLATE = re.compile(r"""(?:\{%\s*(?:icon|empty)\s+|\bicon=)["']([a-z0-9-]+)["']""")
_SHAPE = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_FRAME = re.compile(r"""\s*<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>""")
_SPACE = re.compile(r"\s*\n\s*")


class UnknownIcon(ValueError):
    """A template or module names an icon that the pinned package does not have."""


def icons_in_use(package: Path) -> dict[str, str]:
    """Icon name → one place that names it."""
    found: dict[str, str] = {}
    for path in sorted([*package.rglob("templates/**/*.html"), *package.rglob("*.py")]):
        text = path.read_text(encoding="utf-8")
        names = _IN_TEMPLATE.findall(text) if path.suffix == ".html" else list(_in_python(text))
        for name in names:
            found.setdefault(name, str(path.relative_to(package.parent)))
    return found


def build_sprite(root: Path, names: set[str]) -> str:
    """The sprite's text, one ``<symbol>`` a name. Raises UnknownIcon."""
    symbols = "".join(_symbol(root, name) for name in sorted(names))
    return f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>'


def _symbol(root: Path, name: str) -> str:
    source = root / PACKAGE / f"{name}.svg"
    if not source.exists():
        place = icons_in_use(root / "kajing").get(name, "?")
        raise UnknownIcon(f"{place} names the icon {name!r}, which @tabler/icons does not have")
    shape = _SHAPE.search(source.read_text(encoding="utf-8"))
    inner = _SPACE.sub("", _FRAME.sub("", shape.group(1) if shape else ""))
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
        f'stroke-linecap="round" stroke-linejoin="round">{inner}</symbol>'
    )


def _in_python(text: str) -> Iterator[str]:
    if "icon" not in text.lower():
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.keyword) and node.arg == "icon":
            yield from _texts(node.value)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "icon":
                    yield from _texts(value)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(t, ast.Name) and _is_icon_name(t.id) for t in targets):
                yield from _texts(node.value)


def _is_icon_name(name: str) -> bool:
    return name.upper().endswith(("ICON", "ICONS"))


def _texts(value: ast.expr) -> Iterator[str]:
    """The texts an expression may give; the keys of a dict and the test of an ``if`` are no icons."""
    match value:
        case ast.Constant(value=str(text)) if text:
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body)
            yield from _texts(orelse)
        case ast.Dict(values=values) | ast.Tuple(elts=values) | ast.List(elts=values) | ast.Set(elts=values):
            for item in values:
                yield from _texts(item)
