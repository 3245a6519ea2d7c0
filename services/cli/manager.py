"""The manager's own commands, run as a process of its own: nothing here knows Django."""

import os
import subprocess
import sys
from contextlib import suppress

from narutalk.settings import Settings


def run_in_manager(settings: Settings, *arguments: str) -> int:
    """Run a management command in this terminal, and return what it ended with.

    Ctrl-C reaches the command too, which ends in its own way.
    """
    environment = {
        **os.environ,
        "NARUTALK_DATA_DIR": str(settings.data_dir.resolve()),
        "NARUTALK_PORT": str(settings.port),
        "DJANGO_SETTINGS_MODULE": "django_admin.config.settings",
    }
    command = [sys.executable, "-m", "django", *arguments]
    with subprocess.Popen(command, env=environment) as process:  # noqa: S603  (our own command)
        while True:
            with suppress(KeyboardInterrupt):
                return process.wait()
