"""Phone numbers and e-mail addresses: what passes for one, as far as its form says."""

import re

MAX_EMAIL_CHARS = 120
MAX_PHONE_CHARS = 24

_PHONE = re.compile(r"\+?[\d(][\d()\s./-]{4,20}\d(?:\s?(?:ext\.?|x|내선)\s?\d{1,6})?", re.IGNORECASE)
_EMAIL = re.compile(
    r"[^\s@,;:<>()\[\]\"']{1,64}@(?:[^\s@,;:<>()\[\]\"'.]{1,63}\.){1,8}[^\s@,;:<>()\[\]\"'.]{2,24}"
)


def is_phone(text: str) -> bool:
    """Whether a text is a phone number: "02-123-4567", "+82 (2) 123 4567", "051-222-3333 내선 12"."""
    return len(text) <= MAX_PHONE_CHARS and _PHONE.fullmatch(text) is not None


def is_email(text: str) -> bool:
    """Whether a text is an e-mail address."""
    return len(text) <= MAX_EMAIL_CHARS and _EMAIL.fullmatch(text) is not None
