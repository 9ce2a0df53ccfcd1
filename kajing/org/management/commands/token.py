from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from kajing.org import selectors, services


class Command(BaseCommand):
    help = "Print a new API token of a person, once. PERSON is a person number or a sign-in name."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", metavar="PERSON")
        parser.add_argument("--days", type=int, default=90, help="days until it ends (1 to 366)")
        parser.add_argument("--read-only", action="store_true", help="the token may only read")
        parser.add_argument("--name", default="", help="what it is for")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        person = selectors.person_named(options["person"])
        if person is None or not person.works_on(timezone.localdate(at)):
            raise CommandError(
                _("Nobody who works here has the number or sign-in name %(word)s.") % {"word": options["person"]}
            )
        _made, text = services.make_token(
            person=person,
            name=options["name"],
            days=options["days"],
            read_only=options["read_only"],
            actor="system",
            at=at,
        )
        self.stdout.write(text)
