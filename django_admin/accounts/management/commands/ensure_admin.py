"""`ensure_admin`: makes the first administrator and prints the login as one JSON line."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from django_admin.accounts.actions import do_ensure_admin
from django_admin.config.settings import NARUTALK


class Command(BaseCommand):
    help = "Make the first administrator, unless there is one, and print the login as JSON."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(do_ensure_admin(NARUTALK)._asdict()))
