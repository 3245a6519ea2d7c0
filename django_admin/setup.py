"""Prepares a data dir: keys, database, first administrator. `python -m django_admin.setup --data-dir var`."""

import argparse
import json
import os
import sys

import django
from django.core.management import call_command

from django_admin.config.asgi import SETTINGS_MODULE
from narutalk.identity import ensure_keys
from narutalk.settings import Settings


def prepare(settings: Settings) -> dict[str, str | bool | None]:
    """Make what is missing and migrate the database; may be called again at any time.

    Args:
        settings: The same that `NARUTALK_*` in the environment says, which is what Django reads.

    Returns:
        ``{"username", "password", "created"}`` of the first administrator; the password only when just made.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS_MODULE)
    django.setup()
    from django_admin.accounts.actions import do_ensure_admin

    if settings.env == "dev":
        ensure_keys(settings)
    call_command("migrate", verbosity=0, interactive=False, stdout=sys.stderr)
    return do_ensure_admin(settings)._asdict()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", help="instead of NARUTALK_DATA_DIR")
    data_dir = parser.parse_args().data_dir
    if data_dir:
        os.environ["NARUTALK_DATA_DIR"] = data_dir
    from django_admin.config.settings import NARUTALK

    sys.stdout.write(json.dumps(prepare(NARUTALK)) + "\n")


if __name__ == "__main__":
    main()
