from __future__ import annotations

import secrets
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from kajing.lib.errors import DomainError
from kajing.org import services
from kajing.org.models import Role, Unit

ACTOR = "system"


class Command(BaseCommand):
    help = (
        "Add somebody who may sign in, such as the first administrator of a new installation, and print the first "
        "password once. On an empty database the unit is made, as head office."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person_no", metavar="NUMBER", help="as the staff register and the people feed have it")
        parser.add_argument("--name", required=True, help="full name")
        parser.add_argument("--role", choices=Role.values, default=Role.ADMIN, help="default: ADMIN")
        parser.add_argument("--unit", default="HQ", metavar="CODE", help="unit code; default: HQ")
        parser.add_argument("--sign-in", default="", metavar="NAME", help="sign-in name; default: the number")
        parser.add_argument("--email", default="")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        password = sys.stdin.readline().rstrip("\n") if options["password_stdin"] else secrets.token_urlsafe(12)
        at = timezone.now()
        try:
            person = services.add_person(
                person_no=options["person_no"],
                username=options["sign_in"] or options["person_no"],
                name=options["name"],
                role=options["role"],
                unit=_unit(options["unit"]),
                hired_on=timezone.localdate(at),
                email=options["email"],
                password=password,
                actor=ACTOR,
                at=at,
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stderr.write(_("%(name)s may sign in as %(sign_in)s.") % {"name": person.name, "sign_in": person.username})
        if not options["password_stdin"]:
            self.stdout.write(password)


def _unit(code: str) -> Unit:
    found = Unit.objects.filter(pk=code).first()
    if found is not None:
        return found
    if Unit.objects.exists():
        raise CommandError(_("There is no unit %(code)s.") % {"code": code})
    at = timezone.now()
    return services.add_unit(
        unit_code=code, parent_code=None, name=str(Unit.Kind.HEAD_OFFICE.label), kind=Unit.Kind.HEAD_OFFICE,
        valid_from=None, actor=ACTOR, at=at,
    )  # fmt: skip
