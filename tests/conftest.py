"""What every test stands on: no network beyond loopback, no settings from outside, a fixed clock."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from narutalk.identity import Identity, Role, ensure_keys
from narutalk.settings import Settings, load_settings

TODAY = "2026-11-16"
FOREIGN_PREFIXES = ("NARUTALK_", "OPENAI_", "LANGSMITH_", "LANGCHAIN_")


@pytest.fixture(autouse=True, scope="session")
def _clean_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(FOREIGN_PREFIXES) and name not in ("NARUTALK_CHROMIUM", "NARUTALK_DATA_DIR"):
                patch.delenv(name)
        patch.setenv("NARUTALK_TODAY", TODAY)
        yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings over an empty data dir, with keys."""
    made = load_settings(data_dir=tmp_path, _env_file=None)
    ensure_keys(made)
    return made


@pytest.fixture
def user() -> Identity:
    return Identity(user_id="7", username="minsu")


@pytest.fixture
def admin() -> Identity:
    return Identity(user_id="1", username="admin", roles=frozenset({Role.ADMIN}))
