"""The JavaScript SDK with `useStream`, run by Node against a real server: see tests/js."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock

from tests.contract.clients.serving import ServedApp

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SOURCES = Path(__file__).parents[2] / "js"
PACKAGE_FILES = ("package.json", "package-lock.json")
OLDEST_NODE = 20
INSTALL_SECONDS = 240
RUN_SECONDS = 120


def missing(what: str) -> None:
    """Say what is missing: in CI that is a failure."""
    say = pytest.fail if os.environ.get("CI", "").lower() in ("1", "true") else pytest.skip
    say(f"The JavaScript SDK is not tested: {what}")


@pytest.fixture(scope="module")
def node() -> str:
    """The path of Node."""
    found = shutil.which("node")
    if found is None or shutil.which("npm") is None:
        missing(
            f"Node {OLDEST_NODE} or newer with npm is not installed (Debian: apt-get install nodejs npm)."
        )
    version = subprocess.run(
        [str(found), "--version"], capture_output=True, text=True, timeout=20, check=True
    )
    if int(version.stdout.lstrip("v").split(".")[0]) < OLDEST_NODE:
        missing(f"Node {version.stdout.strip()} is older than {OLDEST_NODE}.")
    return str(found)


@pytest.fixture(scope="module")
def packages(node: str) -> Path:
    """What tests/js/package-lock.json names, installed once for each state of that file."""
    digest = hashlib.sha256(b"".join((SOURCES / name).read_bytes() for name in PACKAGE_FILES)).hexdigest()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "narutalk"
    folder = cache / f"javascript-{digest[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock", timeout=INSTALL_SECONDS):
        if not (folder / ".installed").exists():
            for name in PACKAGE_FILES:
                shutil.copy(SOURCES / name, folder)
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
            )
            if done.returncode != 0:
                missing(f"`{' '.join(command)}` failed:\n{done.stderr[-2000:]}")
            (folder / ".installed").touch()
    return folder / "node_modules"


@pytest.fixture
def folder(packages: Path, tmp_path: Path) -> Path:
    """The tests, with the packages beside them where Node looks for them."""
    for source in SOURCES.glob("*.js*"):
        shutil.copy(source, tmp_path)
    (tmp_path / "node_modules").symlink_to(packages, target_is_directory=True)
    return tmp_path


@pytest.mark.parametrize("name", ["client.test.js", "use_stream.test.js"])
def test_the_javascript_sdk(node: str, folder: Path, served: ServedApp, name: str) -> None:
    environment = {
        **os.environ,
        "SERVED_URL": served.url,
        "SERVED_TOKEN": served.headers()["Authorization"].removeprefix("Bearer "),
    }
    done = subprocess.run(
        [node, "--test", "--test-reporter=tap", name],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-12_000:]}\n{done.stderr[-2_000:]}"
    assert "\n# pass 0\n" not in done.stdout
