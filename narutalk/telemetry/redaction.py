"""Takes secrets out of a JSON text, wherever they stand: values of telling keys, and tokens by their look.

E-mail addresses go, too: a log has no use for them.
"""

import re

MARK = "[redacted]"

# Without one of these nothing below can match: looking for them costs little, and most texts have none.
_HINTS = (
    "authorization password passwd passphrase secret cookie credential api_key api-key apikey ingest private "
    "token bearer basic nk_ eyj sk- lsv2_ :// @"
).split()
_STRING = r'"(?:[^"\\]|\\.)*"'
_KEY_WORDS = (
    r"authorization|password|passwd|passphrase|secret|cookie|credential|"
    r"api[_-]?key|ingest[_-]?key|private[_-]?key|token(?![a-z])"
)
# "password": "…": the whole value, whatever is in it.
_FIELD = re.compile(rf'("[^"\\]{{0,40}}(?:{_KEY_WORDS})[^"\\]{{0,40}}"\s*:\s*){_STRING}', re.IGNORECASE)
# password=… or \"password\": \"…\" inside of a text.
_ASSIGNMENT = re.compile(
    rf'((?:{_KEY_WORDS})[\w-]{{0,40}}(?:\\?["\'])?\s*[=:]\s*(?:\\?["\'])?)[^\s"\'\\,;&(){{}}\[\]]{{3,}}',
    re.IGNORECASE,
)
_SCHEME = re.compile(r"\b(bearer|basic)(\s+)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_TOKEN = re.compile(
    r"\b(?:nk_[A-Za-z0-9_-]{6,}|eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,2}|"
    r"sk-[A-Za-z0-9_-]{16,}|lsv2_[A-Za-z0-9_]{10,})"
)
_URL_LOGIN = re.compile(r'://[^/\s:@"\\]{0,100}:[^/\s@"\\]{1,200}@')
# An escape is taken as a whole, so that none is cut: "\nlee@x.example".
_EMAIL = re.compile(
    r"\\(?:u[0-9A-Fa-f]{4}|.)|[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b"
)
_PEM = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----" + r'(?:[^"\\]|\\.)*')


def redact(text: str) -> str:
    """Return a JSON text without what looks like a secret; it stays valid JSON.

    Args:
        text: JSON. No pattern crosses the end of a string in it or leaves half of an escape behind.
    """
    lowered = text.lower()
    if not any(hint in lowered for hint in _HINTS):
        return text
    text = _FIELD.sub(rf'\1"{MARK}"', text)
    text = _SCHEME.sub(rf"\1\2{MARK}", text)
    text = _ASSIGNMENT.sub(rf"\1{MARK}", text)
    text = _TOKEN.sub(MARK, text)
    text = _URL_LOGIN.sub(f"://{MARK}@", text)
    if "@" in text:
        text = _EMAIL.sub(lambda found: found[0] if found[0].startswith("\\") else MARK, text)
    return _PEM.sub(MARK, text)
