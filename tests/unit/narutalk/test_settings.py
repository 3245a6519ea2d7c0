import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from narutalk.registry import SERVICES
from narutalk.settings import Settings, load_settings

ROOT = Path(__file__).parents[3]


def test_ports_are_consecutive_and_urls_follow() -> None:
    settings = load_settings(port=9100)
    assert [settings.service_port(service.name) for service in SERVICES] == [9100, 9101, 9102, 9103, 9104]
    assert settings.service_urls("client") == ("http://127.0.0.1:9104",)


def test_several_instances_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NARUTALK_DOCUMENT_URLS", "http://a:1/, http://b:2")
    assert load_settings().service_urls("document") == ("http://a:1", "http://b:2")


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        load_settings().port = 1  # type: ignore[misc]


def test_an_empty_key_means_the_offline_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "")
    assert not load_settings().uses_llm
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:11434/v1")
    assert load_settings().uses_llm


def test_every_setting_is_explained_in_the_example() -> None:
    documented = set(
        re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    )
    declared = {
        str(field.validation_alias or f"NARUTALK_{name.upper()}")
        for name, field in Settings.model_fields.items()
    }
    declared |= {f"NARUTALK_{service.name.upper()}_URLS" for service in SERVICES}
    assert declared - documented == set()
    assert {name for name in documented if name.startswith("NARUTALK_")} - declared == set()
