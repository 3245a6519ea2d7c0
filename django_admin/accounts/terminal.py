"""What the commands at the terminal share: logs that stay out of their output, and whom they work for."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import DatabaseError

from django_admin.accounts.models import User
from django_admin.config.settings import NARUTALK
from narutalk.telemetry.logs import configure_logging


@contextmanager
def audible() -> Iterator[None]:
    """Send what happens to the log on standard error, and say what a database without tables means.

    Raises:
        CommandError: The database cannot be used.
    """
    configure_logging("manager", NARUTALK.log_level)
    try:
        yield
    except DatabaseError as error:
        raise CommandError(
            f"The manager's database is not ready: run `narutalk up` once. ({error})"
        ) from error


def active_person(username: str) -> User:
    """Return a person who may sign in.

    Raises:
        CommandError: There is none of that name, or the account is deactivated.
    """
    user = User.objects.filter(username=username).first()
    if user is None:
        raise CommandError(f"There is no user {username!r}.")
    if not user.is_active:
        raise CommandError(f"The account {username!r} is deactivated.")
    return user
