"""`narutalk index`, against a running document service."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from tests.contract.services.running import ANNA, CLERK, RunningService

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def data_dir(services: dict[str, RunningService]) -> str:
    """The data dir, with an administrator and a plain user."""
    folder = str(services["document"].settings.data_dir)
    run("django_admin.setup", "--data-dir", folder)
    people = 'from django_admin.accounts.models import User\nUser.objects.create_user("reader", roles=[])'
    run("services.cli", "manage", "--data-dir", folder, "shell", "-v", "0", "-c", people)
    return folder


def run(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)


def index(service: RunningService, data_dir: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("services.cli", "index", "--data-dir", data_dir, "--url", service.url, *arguments)


def lines(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [" ".join(line.split()) for line in done.stdout.splitlines() if line.strip()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of every kind, below a folder with a name that nobody has used."""
    made = tmp_path / f"handbook-{uuid4().hex[:8]}"
    (made / "rules").mkdir(parents=True)
    (made / "rules" / "keys.md").write_text(f"# Keys {made.name}\n\nKeys lie in the drawer.")
    (made / "staff.csv").write_bytes(f"이름,내선\n김민수,{made.name}\n".encode("cp949"))
    (made / "photo.png").write_bytes(b"\x89PNG")
    (made / ".hidden.md").write_text("nothing")
    (made / "outside.md").symlink_to("/etc/hostname")
    return made


def test_a_folder_is_indexed_recursively_and_again_only_where_it_changed(
    services: dict[str, RunningService], data_dir: str, folder: Path
) -> None:
    service = services["document"]
    first = index(service, data_dir, "--group", "finance", str(folder))
    assert first.returncode == 0, first.stderr
    told = lines(first)
    assert f"indexed {folder.name}/staff.csv" in told
    assert f"indexed {folder.name}/rules/keys.md" in told
    assert f"skipped {folder.name}/photo.png .png is not supported." in told
    assert f"skipped {folder.name}/outside.md Links are not followed." in told
    assert "2 indexed, 2 skipped" in told
    (folder / "rules" / "keys.md").write_text(f"# Keys {folder.name}\n\nKeys lie in the safe.")
    again = index(service, data_dir, "--group", "finance", str(folder))
    assert "1 replaced, 2 skipped, 1 unchanged" in lines(again)
    with service.http(CLERK) as clerk, service.http(ANNA) as anna:
        (entry,) = clerk.get("/documents", params={"search": folder.name}).json()["documents"]
        assert anna.get("/documents", params={"search": folder.name}).json()["documents"] == []
    assert entry["groups"] == ["finance"]


def test_a_file_that_fails_is_named_and_ends_the_command_with_1(
    services: dict[str, RunningService], data_dir: str, folder: Path
) -> None:
    broken = folder / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing more")
    done = index(
        services["document"], data_dir, str(broken), str(folder / "missing.md"), str(folder / "photo.png")
    )
    assert done.returncode == 1
    told = lines(done)
    assert "failed missing.md It is not there, or may not be read." in told
    assert "failed photo.png .png is not supported." in told
    assert any(line.startswith("failed broken.pdf broken.pdf") for line in told)
    assert "3 failed" in told


def test_what_cannot_run_at_all_says_why_and_ends_with_2(
    services: dict[str, RunningService], data_dir: str, folder: Path
) -> None:
    service = services["document"]
    refused = index(service, data_dir, "--user", "reader", str(folder))
    assert refused.returncode == 2
    assert "Only managers and administrators" in refused.stderr
    unknown = index(service, data_dir, "--user", "nobody", str(folder))
    assert unknown.returncode == 2
    assert "nobody" in unknown.stderr
    nowhere = run("services.cli", "index", "--data-dir", data_dir, "--url", "http://127.0.0.1:9", str(folder))
    assert nowhere.returncode == 2
    assert "does not answer" in nowhere.stderr
