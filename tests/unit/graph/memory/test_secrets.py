"""What is never kept."""

import pytest

from graph.memory.secrets import holds_secret

# Made up, and put together here so that no scanner takes them for real.
SECRETS = [
    "my password is hunter2!",
    "the wifi passcode for the Busan office is 4711-busan",
    "PIN: 4711",
    "비밀번호는 hunter2야",
    "비번 1234abcd",
    "my card number is 4111 1111 1111 1111",
    "법인카드 번호는 5500-0000-0000-0004",
    "900101-1234567",
    "내 주민등록번호는 9001011234567",
    "api key: " + "abcdefgh12345678",
    "sk-" + "proj-abcdefghijklmnop1234",
    "AKIA" + "ABCDEFGHIJKLMNOP",
    "ghp_" + "a1B2" * 9,
    "-----BEGIN " + "PRIVATE KEY-----",
    "eyJhbGciOiJFZERTQSJ9" + ".eyJzdWIiOiJ1In0.c2ln",
]
HARMLESS = [
    "the password policy asks for 14 characters",
    "비밀번호 정책은 14자 이상이야",
    "my employee number is 20191234",
    "Hanbit's phone number is 02-1234-5678",
    "한빛병원 전화번호는 051-123-4567",
    "the contract 2026-10-0012 ends on 2026-12-31",
    "내 법인카드 한도는 200만원이야",
    "order 1234 5678 9012 3456 is late",
    "I work in the Busan branch",
]


@pytest.mark.parametrize("text", SECRETS)
def test_secrets_are_found(text: str) -> None:
    assert holds_secret(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_other_texts_are_none(text: str) -> None:
    assert not holds_secret(text)
