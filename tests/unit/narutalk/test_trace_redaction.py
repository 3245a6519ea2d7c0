"""What is traced holds no secrets and is not too much, whatever is put in; and that is quick."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narutalk.settings import load_settings
from narutalk.telemetry.tracing.redaction import (
    CUT,
    MAX_STRING_CHARS,
    MAX_TOTAL_CHARS,
    MAX_VALUES,
    REDACTED,
    Redactor,
    build_redactor,
    is_secret_name,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=20), inner, max_size=5),
    max_leaves=30,
)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abcdefgh12345678", "abcdefgh12345678"),
        ('{"Authorization": "Basic dXNlcjpwYXNz"}', "dXNlcjpwYXNz"),
        ("use nk_0123456789abcdef to call", "nk_0123456789abcdef"),
        ("sk-proj-0123456789abcdef", "sk-proj-0123456789abcdef"),
        ("lsv2_pt_0123456789abcdef", "lsv2_pt_0123456789abcdef"),
        ("token eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl here", "eyJzdWIiOiIxIn0"),
        ("postgresql://naru:hunter2@db/naru", "hunter2"),
        ("password=hunter22&x=1", "hunter22"),
        ("OPENAI_API_KEY='abcdef0123'", "abcdef0123"),
        ("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQ\n-----END PRIVATE KEY-----", "MC4CAQAwBQ"),
        ("AKIAABCDEFGHIJKLMNOP", "AKIAABCDEFGHIJKLMNOP"),
    ],
)
def test_secrets_in_texts(text: str, secret: str) -> None:
    found = Redactor()({"note": text, text: [text]})

    assert secret not in json.dumps(found)
    assert REDACTED in found["note"]


@pytest.mark.parametrize(
    "text",
    [
        "How long must my password be?",
        "비밀번호는 몇 자리여야 하나요?",
        "basic information about tokens",
        "Insunova is stored at 2 to 8 °C.",
        "https://example.com/a?b=c",
    ],
)
def test_words_about_secrets_stay(text: str) -> None:
    assert Redactor()({"question": text, "input_tokens": 5, "tokens": [text]}) == {
        "question": text,
        "input_tokens": 5,
        "tokens": [text],
    }


@pytest.mark.parametrize(
    "name", ["password", "X-API-Key", "accessToken", "Set-Cookie", "client_secret", "ingest_key"]
)
def test_names_that_say_it(name: str) -> None:
    assert is_secret_name(name)
    assert Redactor()({name: {"a": ["b"]}}) == {name: REDACTED}


def test_the_secrets_of_the_settings() -> None:
    settings = load_settings(ingest_key="a-key-of-no-special-form", _env_file=None)

    assert build_redactor(settings)(["it is a-key-of-no-special-form!"]) == [f"it is {REDACTED}!"]


@given(JSON)
def test_what_comes_out_is_json_within_the_limits(value: Any) -> None:
    found = Redactor(["secret-value"])(value)

    assert "\0" not in json.dumps(found, ensure_ascii=False)
    assert Redactor(["secret-value"])(found) == found, "twice is as once"


def test_size_is_bounded() -> None:
    big = {"texts": ["x" * 20_000] * 100, "many": list(range(50_000))}

    found = json.dumps(Redactor()(big))

    assert len(found) < MAX_TOTAL_CHARS + MAX_VALUES * 20
    assert CUT in Redactor()("x" * (MAX_STRING_CHARS + 1))


def test_depth_is_bounded() -> None:
    deep: Any = "Bearer abcdefgh12345678"
    for _ in range(900):
        deep = [deep]

    assert "abcdefgh12345678" not in json.dumps(Redactor()(deep))


@pytest.mark.parametrize(
    "text", ["a" * 20_000, "password" * 2_500, "eyJ" * 6_000, "://" * 6_000, "@:" * 10_000, "-" * 20_000]
)
def test_a_nasty_text_takes_no_time(text: str) -> None:
    started = time.process_time()
    Redactor(["something"])({"text": [text] * 20})
    assert time.process_time() - started < 1.0


def test_a_secret_is_not_cut_in_two() -> None:
    text = "x " * (MAX_STRING_CHARS // 2 - 5) + "sk-0123456789abcdef0123456789"

    assert "sk-0" not in Redactor().text(text)
