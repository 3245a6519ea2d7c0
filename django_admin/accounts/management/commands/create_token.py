"""`create_token`: prints a signed token for calling the services; `narutalk token` runs it."""

from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError, CommandParser

from django_admin.accounts.identity import identity_of
from django_admin.accounts.terminal import active_person, audible
from django_admin.config.settings import NARUTALK
from narutalk.errors import NaruTalkError
from narutalk.identity import Issuer, build_signer

logger = structlog.get_logger(__name__)

MAX_MINUTES = 24 * 60


class Command(BaseCommand):
    help = "Sign a token with a person's roles and groups. Only the token goes to standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True)
        parser.add_argument("--minutes", type=int, help="until it expires; NARUTALK_TOKEN_LIFETIME_SECONDS")

    def handle(self, *args: Any, **options: Any) -> None:
        minutes = options["minutes"]
        if minutes is not None and not 1 <= minutes <= MAX_MINUTES:
            raise CommandError(f"A token lives for 1 to {MAX_MINUTES} minutes.")
        seconds = minutes * 60 if minutes else NARUTALK.token_lifetime_seconds
        settings = NARUTALK.model_copy(update={"token_lifetime_seconds": seconds})
        with audible():
            identity = identity_of(active_person(options["user"]))
            try:
                token = build_signer(settings, Issuer.MANAGER).sign(identity)
            except NaruTalkError as error:
                raise CommandError(error.message) from error
            logger.info("service token signed", username=identity.username, lifetime_seconds=seconds)
        roles = ", ".join(sorted(identity.roles))
        groups = ", ".join(sorted(identity.groups)) or "none"
        self.stderr.write(f"Roles: {roles}. Groups: {groups}. Valid for {seconds} seconds.")
        self.stderr.write("Send it to a service as: Authorization: Bearer <token>")
        self.stdout.write(token)
