"""Set-up work of the page kit: ``python -m kajing.ui.build assets | messages | extract``.

``assets``    fetch the pinned front-end libraries and bundle scripts, style and icons into ``static/ui/dist``
``messages``  compile every room's ``django.po`` to ``.mo``
``extract``   add new product texts to every room's ``django.po`` with an empty translation
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from kajing.ui.bundling import BuildFailed, build_assets
from kajing.ui.catalogues import compile_catalogues, extract_catalogues

ROOT = Path(__file__).resolve().parents[2]

STEPS: dict[str, Callable[[Path], str]] = {
    "assets": build_assets,
    "messages": compile_catalogues,
    "extract": extract_catalogues,
}


def main(argv: list[str] | None = None) -> int:
    """Run the named steps in order; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m kajing.ui.build", description=__doc__.splitlines()[0])
    parser.add_argument("steps", nargs="+", choices=sorted(STEPS))
    for step in parser.parse_args(argv).steps:
        started = time.perf_counter()
        try:
            done = STEPS[step](ROOT)
        except BuildFailed as error:
            print(f"{step}: {error}", file=sys.stderr)
            return 1
        print(f"{step}: {done} ({time.perf_counter() - started:.1f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
