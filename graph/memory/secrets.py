"""What is never kept: passwords, keys, and numbers of cards and persons. Pure functions."""

import re

_MARKED = re.compile(
    r"\b(?:pass ?(?:word|code|phrase)|pwd|pin(?: code| number)?|secret|credentials?|cvc|cvv"
    r"|(?:api|access|secret|private)[ _-]?key|(?:access |api |bearer |auth )?token)\b"
    r"\s*(?:for [\w .@-]{1,40}?)?\s*(?:is|are|was|=|:|to)\s*\S+"
    r"|(?:비밀 ?번호|비번|암호|패스워드|핀 ?번호|인증 ?번호|보안 ?코드|(?:api|접근|비밀|개인) ?키|토큰)"
    r"\s*(?:은|는|이|가|=|:)?\s*[\"'“]?(?=\S*[\dA-Za-z!@#$%^&*])\S{3,}",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bsk-[\w-]{16,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_\w{20,}"
    r"|\bgithub_pat_\w{20,}|\bxox[abposr]-[\w-]{10,}|\bAIza[\w-]{30,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
    r"|\bnt[a-z]*_[A-Za-z0-9_-]{24,}|\b(?=\w*\d)(?=\w*[A-Z])(?=\w*[a-z])[A-Za-z0-9_]{28,}\b"
    r"|\b[0-9a-f]{32,}\b"
)
_RESIDENT = re.compile(r"(?<!\d)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[- ]?[1-8]\d{6}(?!\d)")
"""A Korean resident registration number: birth date, then a digit for century and sex, then six more."""
_CARD = re.compile(r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)")


def holds_secret(text: str) -> bool:
    """Whether a text holds what looks like a password, a key, a card's or a resident registration number."""
    if _MARKED.search(text) or _TOKEN.search(text) or _RESIDENT.search(text):
        return True
    return any(_passes_luhn(re.sub(r"\D", "", number)) for number in _CARD.findall(text))


def _passes_luhn(digits: str) -> bool:
    """Whether the check digit is right (ISO/IEC 7812-1), as it is on every payment card."""
    total = 0
    for position, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * (1 + position % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
