from __future__ import annotations

import secrets
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from kajing.org import selectors, services


class Command(BaseCommand):
    help = "Give PERSON (a person number or sign-in name) a new password and print it once. All their sessions end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", metavar="PERSON")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        person = selectors.person_named(options["person"])
        if person is None:
            raise CommandError(_("Nobody has the number or sign-in name %(word)s.") % {"word": options["person"]})
        password = sys.stdin.readline().rstrip("\n") if options["password_stdin"] else secrets.token_urlsafe(12)
        try:
            services.set_password(person=person, password=password, actor="system", at=timezone.now())
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if not options["password_stdin"]:
            self.stdout.write(password)
