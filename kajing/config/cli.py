"""The `kajing` command: the names of the feed contract, and any Django management command."""

from __future__ import annotations

import os
import sys

from django.core.management import call_command, execute_from_command_line


def main() -> int:
    """Run one command; `import` and names with hyphens are files with Python names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kajing.config.settings")
    argv = list(sys.argv)
    if len(argv) > 1 and not argv[1].startswith("-"):
        argv[1] = {"import": "import_feeds"}.get(argv[1], argv[1].replace("-", "_"))
    execute_from_command_line(argv)
    if argv[1:] == ["migrate"]:
        _furnish()
    return 0


def _furnish() -> None:
    """A migrated database is ready for a feed: the cache table, and the packaged laws and policies; both repeatable."""
    call_command("createcachetable")
    call_command("load_reference")


if __name__ == "__main__":
    sys.exit(main())
