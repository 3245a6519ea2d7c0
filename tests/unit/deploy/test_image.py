"""The image's build: what goes into it, and what must not."""

import re
import tomllib

import pytest

from tests.composition import DOCKERFILE, ROOT, in_build_context, repository_files

TEXT = DOCKERFILE.read_text()
LAST_STAGE = TEXT.split("\nFROM ")[-1]
SOURCES = [
    source
    for arguments in re.findall(r"^COPY (?!--from)(.+)$", TEXT, re.MULTILINE)
    for source in arguments.split()[:-1]
]
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
    "packages"
]


def test_what_is_copied_exists_and_is_in_the_build_context() -> None:
    for source in SOURCES:
        assert (ROOT / source).exists(), source
        assert in_build_context(source), source


def test_every_package_is_copied_whole() -> None:
    assert set(PACKAGES) <= set(SOURCES)
    files = [path for path in repository_files() if path.split("/")[0] in PACKAGES]
    assert len(files) > 300
    assert [path for path in files if not in_build_context(path)] == []


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        ".env",
        "deploy/.env",
        "services/.env",
        "var/keys/manager.key",
        "tests/company.py",
        ".venv/bin/python",
        "narutalk/__pycache__/db.cpython-311.pyc",
        "docs/deploying.md",
        "deploy/kubernetes/overlays/example/secrets.env",
    ],
)
def test_what_must_stay_out_of_the_build_context(path: str) -> None:
    assert not in_build_context(path)


def test_the_build_context_holds_nothing_else() -> None:
    for path in filter(in_build_context, repository_files()):
        assert path.split("/")[0] in SOURCES, path


def test_images_are_pinned_and_the_same() -> None:
    images = re.findall(r"^FROM (\S+)", TEXT, re.MULTILINE)
    assert {image for image in images if ":" in image} == {"python:3.11.14-slim-bookworm"}


def test_packages_come_from_the_lock_file_with_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "--require-hashes" in TEXT
    assert "-r /build/requirements.lock" in TEXT
    assert not re.search(r"^(torch|pytest|sentence-transformers)==", lock, re.MULTILINE)
    for line in re.findall(r"^.*pip install.*$", TEXT, re.MULTILINE):
        assert "--require-hashes" in line or "--no-index" in line


def test_nothing_runs_as_root() -> None:
    assert re.findall(r"^USER (\S+)$", LAST_STAGE, re.MULTILINE) == ["10001:10001"]
