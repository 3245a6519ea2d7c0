import pytest
from starlette.requests import Request
from starlette.types import Message

from narutalk.errors import TooLarge
from services.document.uploads import limited, safe_name, safe_path


def a_request(*pieces: bytes) -> Request:
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Message:
        return messages.pop(0)

    return Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receive)


async def test_a_body_of_unknown_length_is_refused_while_it_is_read() -> None:
    assert await limited(a_request(b"12345", b"67890"), max_bytes=10).body() == b"1234567890"
    with pytest.raises(TooLarge) as refused:
        await limited(a_request(b"12345", b"678901"), max_bytes=10).body()
    assert refused.value.code == "upload_too_large"


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("plain.pdf", "plain.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\a.docx", "a.docx"),
        ("/absolute.md", "absolute.md"),
        ("a\x00b\n.md", "ab.md"),
        ("\u202efdp.exe", "fdp.exe"),
        ("..", "document"),
        ("", "document"),
        ("규정.docx", "규정.docx"),
    ],
)
def test_names_hold_no_tricks(given: str, safe: str) -> None:
    assert safe_name(given) == safe


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("folder/sub/a.md", "folder/sub/a.md"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc//./passwd", "etc/passwd"),
        ("C:\\Users\\x\\a.md", "Users/x/a.md"),
        ("a/\x00\u202e/b.md", "a/b.md"),
        ("..", "name"),
        ("", "name"),
    ],
)
def test_paths_lead_nowhere_else(given: str, safe: str) -> None:
    assert safe_path(given, "name") == safe
