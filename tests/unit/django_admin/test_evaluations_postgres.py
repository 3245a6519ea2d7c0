"""Evaluation runs on PostgreSQL: set up, run, compare, and read, as processes of their own."""

import os
import subprocess
import sys

import psycopg
import pytest

from tests.fakes.manager import keys_dir
from tests.fakes.route_server import running_route

pytestmark = pytest.mark.slow


def test_runs_are_stored_and_compared(postgres_url: str) -> None:
    environment = {
        **os.environ,
        "NARUTALK_DATABASE_URL": postgres_url,
        "NARUTALK_DATA_DIR": str(keys_dir()),
        "DJANGO_SETTINGS_MODULE": "django_admin.config.settings",
    }

    def call(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *command],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert call("django_admin.setup").returncode == 0
    with running_route() as route:
        run = ("django", "evaluate", "run", "routing", "--limit", "64", "--url", route.url)
        first = call(*run)
        assert first.returncode == 0, first.stderr
        assert call(*run, "--baseline", "latest").returncode == 0
        route.misroutes = 4
        assert call(*run, "--baseline", "latest").returncode == 1
    assert "Significantly worse" in call("django", "evaluate", "show", "latest").stdout
    with psycopg.connect(postgres_url) as connection:
        counted = connection.execute(
            "SELECT count(*), count(DISTINCT run_id) FROM evaluations_result"
        ).fetchone()
    assert counted == (3 * 64, 3)
