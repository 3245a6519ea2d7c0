"""`narutalk key` and `narutalk token`, and the commands of docs/keys-and-roles.md, on both databases."""

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from narutalk.identity import Issuer, build_verifier
from tests.fakes.manager import keys_dir, manager_settings
from tests.fakes.router_server import FakeRouter
from tests.unit.django_admin.test_postgres import running_server

pytestmark = pytest.mark.slow

REFUSED = {
    ("key", "--user", "nobody"): "There is no user 'nobody'.",
    ("token", "--user", "nobody"): "There is no user 'nobody'.",
    ("key", "--user", "admin", "--scopes", "everything"): "Scopes are one or more of",
    ("key", "--user", "admin", "--days", "0"): "1 to 366 days",
    ("token", "--user", "admin", "--minutes", "-1"): "1 to 1440 minutes",
}
LIMIT = 5
PAGE = Path(__file__).parents[3] / "docs" / "keys-and-roles.md"


@pytest.fixture(params=["sqlite", "postgresql"])
def environment(request: pytest.FixtureRequest, tmp_path: Path, router: FakeRouter) -> dict[str, str]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    shutil.copytree(keys_dir() / "keys", tmp_path / "keys")  # those whose tokens the router accepts
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    return {
        **clean,
        "NARUTALK_DATABASE_URL": url,
        "NARUTALK_DATA_DIR": str(tmp_path),
        "NARUTALK_ROUTER_URLS": router.url,
        "NARUTALK_ADMIN_USERNAME": "admin",
        "NARUTALK_REQUESTS_PER_MINUTE_PER_KEY": str(LIMIT),
    }


def _narutalk(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_the_commands_and_the_page_that_explains_them(environment: dict[str, str]) -> None:
    unready = _narutalk(environment, "key", "--user", "admin")
    assert unready.returncode == 1
    assert "run `narutalk up` once" in unready.stderr
    setup = [sys.executable, "-m", "django_admin.setup", "--group", "region:SEO"]
    subprocess.run(setup, env=environment, check=True, timeout=60, capture_output=True)

    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda arguments: _narutalk(environment, *arguments), REFUSED)
        for refused, reason in zip(answers, REFUSED.values(), strict=True):
            assert (refused.returncode, refused.stdout) == (1, ""), refused
            assert reason in refused.stderr

    with running_server(environment) as url:
        done = _run_page(environment, url)
        statuses = _ask_at_once(url, _narutalk(environment, "key", "--user", "admin").stdout.strip())
    assert sorted(statuses) == [200] * LIMIT + [429] * 11, "let in side by side"
    assert done.returncode == 0, done.stderr
    answer, listed, token = done.stdout.strip().split("\n")
    assert '"service_used": "document"' in answer.replace('":"', '": "')
    assert '"total":1' in listed.replace(" ", "")
    identity = build_verifier(manager_settings(), Issuer.MANAGER).verify(token)
    assert (identity.username, identity.roles) == ("admin", {"user", "admin"})
    assert not re.search(r"nk_[a-z0-9]{8}_", done.stderr), "the key was printed where it does not belong"


def _ask_at_once(url: str, key: str) -> list[int]:
    headers = {"Authorization": f"Bearer {key}"}
    with (
        httpx.Client(base_url=url, headers=headers, timeout=20, trust_env=False) as program,
        ThreadPoolExecutor(8) as pool,
    ):
        asked = pool.map(lambda _: program.get("/api/conversations").status_code, range(LIMIT + 11))
        return list(asked)


def _run_page(environment: dict[str, str], url: str) -> subprocess.CompletedProcess[str]:
    """Run every command of the page in one shell, against a manager that runs elsewhere."""
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL))
    assert "http://127.0.0.1:8000" in commands
    script = (
        f'set -eu\nnarutalk() {{ {sys.executable} -m services.cli "$@"; }}\n'
        'curl() { command curl --noproxy "*" --fail -w "\\n" "$@"; }\n'
        + commands.replace("http://127.0.0.1:8000", url)
        + 'echo "$TOKEN"\n'
    )
    return subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_page_names_every_scope_and_role() -> None:
    from django_admin.accounts.models import GRANTABLE_ROLES
    from django_admin.accounts.scopes import Scope

    text = PAGE.read_text()
    assert [name for name in (*Scope, *GRANTABLE_ROLES) if f"| `{name}` |" not in text] == []
