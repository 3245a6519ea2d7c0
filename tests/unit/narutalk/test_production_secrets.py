"""What each process needs in production, and nothing more."""

from typing import Any

import pytest

from narutalk.errors import ConfigurationError
from narutalk.registry import AGENTS
from narutalk.settings import REQUIRED_IN_PRODUCTION, Settings, load_settings, require_secrets
from services.cli.secrets import make_secrets

NEEDED = [(process, name) for process, names in REQUIRED_IN_PRODUCTION.items() for name in names]
MADE = {
    name.removeprefix("NARUTALK_").lower(): value
    for name, value in make_secrets().items()
    if name.startswith("NARUTALK_")
}


def production(**secrets: Any) -> Settings:
    return load_settings(env="production", _env_file=None, **secrets)


@pytest.mark.parametrize("process", REQUIRED_IN_PRODUCTION)
def test_its_own_secrets_are_enough(process: str) -> None:
    own = {name: MADE[name] for name in REQUIRED_IN_PRODUCTION[process]}
    require_secrets(production(**own), process)


@pytest.mark.parametrize(("process", "name"), NEEDED)
@pytest.mark.parametrize("given", [None, "", "change-me", " " * 40])
def test_a_secret_that_is_missing_or_easily_guessed_is_named(
    process: str, name: str, given: str | None
) -> None:
    with pytest.raises(ConfigurationError, match=f"NARUTALK_{name.upper()}") as refused:
        require_secrets(production(**{**MADE, name: given}), process)
    assert refused.value.details == {"missing": [f"NARUTALK_{name.upper()}"]}
    assert "change-me" not in refused.value.message


def test_the_agents_hold_public_keys_only() -> None:
    for agent in AGENTS:
        names = REQUIRED_IN_PRODUCTION[agent.name]
        assert not [name for name in names if "private" in name or name == "secret_key"]


def test_dev_needs_none() -> None:
    require_secrets(load_settings(_env_file=None), *REQUIRED_IN_PRODUCTION)


def test_secrets_are_new_each_time_and_fit_into_urls_and_env_files() -> None:
    again = make_secrets()
    for name, value in make_secrets().items():
        assert value != again[name]
        assert value.isascii()
        assert not set(value) & set("\n '\"$#@:"), name
