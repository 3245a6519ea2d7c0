"""No secret leaves a process in a log record."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narutalk.telemetry.log_wire import render_record
from narutalk.telemetry.redaction import MARK, redact


def test_no_email_address_is_logged_and_the_text_stays_json() -> None:
    said = {
        "event": "Write to\nlee.yh@hanbit.example, \\kim@x.co.kr or 이영희<lee@naver.example>",
        "at": "@ 9",
    }
    redacted = redact(json.dumps(said, ensure_ascii=False))
    assert json.loads(redacted) == {
        "event": f"Write to\n{MARK}, \\{MARK} or 이영희<{MARK}>",
        "at": "@ 9",
    }
    assert "@hanbit" not in redact(json.dumps(said))


JWT = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "value",
    [
        {"Authorization": "anything at all"},
        {"headers": {"authorization": f"Bearer {JWT}"}},
        {"password": 'correct "horse" battery'},
        {"new_password": "hunter22"},
        {"NARUTALK_SECRET_KEY": "hunter22"},
        {"ingest_key": "hunter22"},
        {"api-key": "hunter22"},
        {"access_token": "hunter22"},
        {"Cookie": "narutalk_session=hunter22"},
        f"sent {JWT} to it",
        f"token {JWT[:25]}",
        "nk_hunter22hunter22",
        {"nk_hunter22": 1},
        {"deep": [[[["Bearer hunter22hunter22"]]]]},
        "Authorization: Basic aHVudGVyMjI6eA==",
        "password=hunter22&x=1",
        "{'password': 'hunter22'}",
        json.dumps({"password": "hunter22"}),
        "postgresql+psycopg://narutalk:hunter22@db/narutalk",
        "sk-hunter22hunter22hunter22",
        "lsv2_pt_hunter22hunter22",
        "-----BEGIN PRIVATE KEY-----\nhunter22\n-----END PRIVATE KEY-----",
    ],
)
def test_secrets_are_taken_out(value: Any) -> None:
    text = render_record(None, "", {"event": "e", "value": value})
    redacted = redact(text)

    json.loads(redacted)
    for secret in ("hunter22", "aHVudGVyMjI", "horse", "anything", JWT[10:20]):
        assert secret not in redacted
    assert MARK in redacted


@pytest.mark.parametrize(
    "value",
    [
        "12 tokens, input_tokens=3",
        "GET http://127.0.0.1:8003/employees?limit=1",
        {"total_tokens": 12, "path": "/api/key-accounts"},
        "비밀번호를 잊었어요",
        "the token expired",
    ],
)
def test_the_rest_stays(value: Any) -> None:
    assert MARK not in redact(json.dumps(value))


TELLING = st.sampled_from(
    [
        "password",
        "token=",
        '"',
        "\\",
        "Bearer ",
        "nk_",
        "eyJ",
        "://",
        ":x@",
        "-----BEGIN PRIVATE KEY-----",
        " ",
    ]
)


@given(st.lists(st.one_of(TELLING, st.text(max_size=12)), max_size=12).map("".join))
def test_json_stays_json(text: str) -> None:
    redacted = redact(render_record(None, "", {"event": text, text: text, "password": [text]}))

    assert isinstance(json.loads(redacted), dict)
