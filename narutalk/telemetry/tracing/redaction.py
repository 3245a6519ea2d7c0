"""Takes secrets and e-mail addresses out of what is traced, and bounds how much of it there is.

Everything here is linear in the text: patterns have upper bounds and no two neighbours that match the same.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from pydantic import SecretStr

from narutalk.settings import Settings

REDACTED = "[redacted]"
TOO_DEEP = "[nested too deep]"
CUT = "… [cut]"

MAX_DEPTH = 64
MAX_STRING_CHARS = 8_000
MAX_TOTAL_CHARS = 64_000
MAX_VALUES = 4_000
MIN_SECRET_CHARS = 8
CUT_MARGIN_CHARS = 1_000

SECRET_NAMES = (
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "authorization",
    "cookie",
    "credentials",
    "privatekey",
    "secretkey",
    "sessionkey",
    "ingestkey",
)

_NOT_A_LETTER = re.compile(r"[^a-z]")


class _Rule(NamedTuple):
    """A pattern, looked for only in texts that hold one of its hints (in lower case): that costs little."""

    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    replacement: str


_RULES = (
    _Rule(
        ("private key-----",),
        re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[A-Za-z0-9+/=\s\\]{0,8000}"),
        REDACTED,
    ),
    _Rule(
        ("eyj",),
        re.compile(r"\beyJ[A-Za-z0-9_-]{5,4000}\.[A-Za-z0-9_-]{5,4000}(?:\.[A-Za-z0-9_-]{0,4000})?"),
        REDACTED,
    ),
    _Rule(("bearer",), re.compile(r"(?i)\bbearer\s{1,4}[A-Za-z0-9._~+/=-]{8,4000}"), f"Bearer {REDACTED}"),
    _Rule(
        ("auth", "cookie"),
        re.compile(
            r"""(?i)\b(authorization|(?:set-)?cookie)(["']?\s{0,4}[:=]\s{0,4}["']?)"""
            r"""(?:(?:basic|digest|bearer|token)\s{1,4})?[^\s"',}]{1,4000}"""
        ),
        rf"\1\2{REDACTED}",
    ),
    _Rule(
        ("passw", "passp", "secret", "apikey", "api_key", "api-key", "auth", "access", "refresh"),
        re.compile(
            r"""(?i)(password|passwd|passphrase|secret|api[_-]?key|(?:access|refresh|auth)[_-]?token)"""
            r"""(["']?\s{0,4}[:=]\s{0,4}["']?)[^\s"',;}&]{1,1000}"""
        ),
        rf"\1\2{REDACTED}",
    ),
    _Rule(
        ("k-", "k_", "lsv2", "xox"),
        re.compile(r"\b(?:sk|pk|rk|nk|lsv2|xox[abp])[-_][A-Za-z0-9_-]{8,300}"),
        REDACTED,
    ),
    _Rule(("akia",), re.compile(r"\bAKIA[0-9A-Z]{16}\b"), REDACTED),
    _Rule(("://",), re.compile(r"://[^/\s:@]{0,200}:[^/\s@]{1,200}@"), f"://{REDACTED}@"),
    _Rule(
        ("@",),
        re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b"),
        REDACTED,
    ),
)


class Redactor:
    """Returns JSON values without secrets, and cut to size.

    A value under a name that says it is secret goes; in texts, what looks like a key, a token or a password
    goes, and every secret that this process knows. Names and keys are looked at as well as values.

    Args:
        secrets: Texts that must never appear; those of less than `MIN_SECRET_CHARS` characters are not
            looked for, since they would take ordinary words along.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {secret for secret in secrets if len(secret) >= MIN_SECRET_CHARS}
        self._known = sorted(known, key=len, reverse=True)
        hints = {hint for rule in _RULES for hint in rule.hints}
        self._json_hints = [hint.encode() for hint in hints] + [b"\\u0000"]
        self._json_secrets = [orjson.dumps(secret)[1:-1] for secret in self._known]

    def __call__(self, value: Any) -> Any:
        """Return a value of JSON's types in the same shape, within the limits of this module."""
        return _Pass(self, look_at_texts=self._may_hold_secrets(value)).value(value, depth=0)

    def text(self, text: str) -> str:
        """Return a text without secrets, at most `MAX_STRING_CHARS` long."""
        # The margin is looked at too, for a secret that would be cut in two.
        text = text[: MAX_STRING_CHARS + CUT_MARGIN_CHARS].replace("\0", "")  # PostgreSQL stores no NUL
        if len(text) < MIN_SECRET_CHARS:
            return text
        for secret in self._known:
            text = text.replace(secret, REDACTED)
        lowered = text.lower()
        for rule in _RULES:
            if any(hint in lowered for hint in rule.hints):
                text = rule.pattern.sub(rule.replacement, text)
        return _cut(text)

    def _may_hold_secrets(self, value: Any) -> bool:
        """Look for hints in the whole value at once, which is much quicker than text by text."""
        try:
            found = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
        except (TypeError, ValueError):  # too deep, or no JSON for orjson
            return True
        lowered = found.lower()
        return any(hint in lowered for hint in self._json_hints) or any(
            secret in found for secret in self._json_secrets
        )


class _Pass:
    """One walk over a value, with what is left of its allowance.

    Args:
        redactor: Takes secrets out of texts.
        look_at_texts: Whether there may be any; otherwise texts are only cut.
    """

    def __init__(self, redactor: Redactor, *, look_at_texts: bool) -> None:
        self._text = redactor.text if look_at_texts else _cut
        self._chars = MAX_TOTAL_CHARS
        self._values = MAX_VALUES

    def value(self, value: Any, depth: int) -> Any:
        self._values -= 1
        if isinstance(value, str):
            return self._string(value)
        if isinstance(value, dict | list | tuple):
            if depth >= MAX_DEPTH:
                return TOO_DEEP
            if self._values <= 0:
                return CUT
            return self._dict(value, depth) if isinstance(value, dict) else self._list(value, depth)
        return value

    def _string(self, text: str) -> str:
        if self._chars <= 0:
            return CUT
        safe = self._text(text)
        if len(safe) > self._chars:
            safe = safe[: self._chars] + CUT
        self._chars -= len(safe)
        return safe

    def _dict(self, given: dict[Any, Any], depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in given.items():
            if self._values <= 0:
                found["…"] = CUT
                break
            name = self._string(str(key))
            found[name] = REDACTED if value and is_secret_name(name) else self.value(value, depth + 1)
        return found

    def _list(self, given: list[Any] | tuple[Any, ...], depth: int) -> list[Any]:
        found = []
        for value in given:
            if self._values <= 0:
                found.append(CUT)
                break
            found.append(self.value(value, depth + 1))
        return found


def _cut(text: str) -> str:
    return text if len(text) <= MAX_STRING_CHARS else text[:MAX_STRING_CHARS] + CUT


@lru_cache(maxsize=4096)  # fields are few, and every run repeats them
def is_secret_name(name: str) -> bool:
    """Whether a field's name says that its value is secret, such as ``X-API-Key`` or ``accessToken``."""
    return _NOT_A_LETTER.sub("", name.lower()).endswith(SECRET_NAMES)


def build_redactor(settings: Settings) -> Redactor:
    """Return a redactor that also knows every secret in the settings."""
    values = (getattr(settings, name) for name in type(settings).model_fields)
    return Redactor(value.get_secret_value() for value in values if isinstance(value, SecretStr))
