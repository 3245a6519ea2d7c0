"""Prepares a data dir: keys, database, first administrator. `python -m django_admin.setup --data-dir var`."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import django
from django.core.management import call_command
from filelock import FileLock

from django_admin.config.asgi import SETTINGS_MODULE
from narutalk.identity import ensure_keys
from narutalk.settings import Settings

MIGRATION_LOCK = "narutalk manager migrations"
LOCK_TIMEOUT_SECONDS = 300


def prepare(settings: Settings, *, groups: Sequence[str] = ()) -> dict[str, str | bool | None]:
    """Make what is missing and migrate the database; may be called again at any time.

    Args:
        settings: The same that `NARUTALK_*` in the environment says, which is what Django reads.
        groups: To make together with the first administrator; one that was deleted later stays deleted.

    Returns:
        ``{"username", "password", "created"}`` of the first administrator; the password only when just made.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS_MODULE)
    django.setup()
    from django_admin.accounts.actions import do_ensure_admin, do_ensure_groups

    if settings.env == "dev":
        ensure_keys(settings)
    with _alone():
        call_command("migrate", verbosity=0, interactive=False, stdout=sys.stderr)
        login = do_ensure_admin(settings)
        if login.created:
            do_ensure_groups(groups)
        return login._asdict()


@contextmanager
def _alone() -> Iterator[None]:
    """Keep other processes from migrating at the same time, which Django itself does not."""
    from django.db import connection

    if connection.vendor == "sqlite":
        with FileLock(f"{connection.settings_dict['NAME']}.lock", timeout=LOCK_TIMEOUT_SECONDS):
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [MIGRATION_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [MIGRATION_LOCK])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", help="instead of NARUTALK_DATA_DIR")
    parser.add_argument(
        "--group", action="append", default=[], help="made at the first start; may be repeated"
    )
    options = parser.parse_args()
    if options.data_dir:
        os.environ["NARUTALK_DATA_DIR"] = options.data_dir
    from django_admin.config.settings import NARUTALK

    sys.stdout.write(json.dumps(prepare(NARUTALK, groups=options.group)) + "\n")


if __name__ == "__main__":
    main()
