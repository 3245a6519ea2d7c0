"""`create_key`: makes an API key and prints it; `narutalk key` runs it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from django_admin.accounts.key_actions import DEFAULT_DAYS, do_create_key
from django_admin.accounts.scopes import Scope
from django_admin.accounts.terminal import active_person, audible
from narutalk.errors import NaruTalkError


class Command(BaseCommand):
    help = "Make an API key. Only the key goes to standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True)
        parser.add_argument("--name", default="command line")
        parser.add_argument("--scopes", default=",".join(Scope), help=f"comma-separated: {', '.join(Scope)}")
        parser.add_argument("--days", type=int, default=DEFAULT_DAYS)

    def handle(self, *args: Any, **options: Any) -> None:
        with audible():
            owner = active_person(options["user"])
            scopes = [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
            try:
                issued = do_create_key(owner, name=options["name"], scopes=scopes, days=options["days"])
            except NaruTalkError as error:
                raise CommandError(error.message) from error
        expires = issued.key.expires_at.date().isoformat()
        self.stderr.write(f"A key of {owner.username} for {', '.join(issued.key.scopes)}, until {expires}.")
        self.stderr.write("It is shown this once. Send it as: Authorization: Bearer <key>")
        self.stdout.write(issued.text)
