"""The sink on PostgreSQL: the same reports from many sides at once make the same rows."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from narutalk.identity import ingest_key
from tests.fakes.manager import keys_dir, manager_settings
from tests.fakes.router_server import FakeRouter
from tests.unit.django_admin.test_postgres import running_server
from tests.unit.django_admin.test_trace_sink import patch_of, post_of

pytestmark = pytest.mark.slow


def test_posts_and_patches_at_once(postgres_url: str, router: FakeRouter) -> None:
    environment = {
        **os.environ,
        "NARUTALK_DATABASE_URL": postgres_url,
        "NARUTALK_DATA_DIR": str(keys_dir()),
        "NARUTALK_ROUTER_URLS": router.url,
    }
    setup = [sys.executable, "-m", "django_admin.setup"]
    subprocess.run(setup, env=environment, check=True, timeout=60, capture_output=True)
    runs = [
        post_of(inputs={"text": "a\0b \ud55c\uad6d\uc5b4"}, extra={"metadata": {"n": n}}) for n in range(20)
    ]
    bodies = [
        {operation: [body]} for run in runs for operation, body in (("post", run), ("patch", patch_of(run)))
    ]
    headers = {"X-API-Key": ingest_key(manager_settings()).get_secret_value()}

    with (
        running_server(environment) as url,
        httpx.Client(
            base_url=f"{url}/ingest/langsmith/", headers=headers, trust_env=False, timeout=20
        ) as client,
        ThreadPoolExecutor(8) as pool,
    ):
        answers = list(pool.map(lambda body: client.post("runs/batch", json=body), [*bodies[::-1], *bodies]))

    assert {answer.status_code for answer in answers} == {202}
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute("SELECT status, inputs, outputs, duration_ms FROM tracing_run").fetchall()
    assert len(rows) == 20
    assert {json.dumps(row) for row in rows} == {
        json.dumps(("success", {"text": "ab 한국어"}, {"answer": "!"}, 250.0))
    }
