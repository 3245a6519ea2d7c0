"""What the manager does for the command line. It runs in a process of its own: nobody else knows Django."""

import os
import subprocess
import sys

from narutalk.settings import Settings


def run_in_manager(settings: Settings, *arguments: str) -> int:
    """Run one of the manager's management commands on this terminal, and return its exit code."""
    environment = {**os.environ, "NARUTALK_DATA_DIR": str(settings.data_dir.resolve())}
    environment["DJANGO_SETTINGS_MODULE"] = "django_admin.config.settings"
    command = [sys.executable, "-m", "django", *arguments]
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603  (our own command)
