"""What an API key looks like: ``nk_<8 public characters>_<43 secret ones>``.

The public part finds the key and is shown in lists and logs. Of the whole key only a SHA-256 digest is kept.
A password needs a slow hash because people choose few bits of it; a key holds 256 random bits, which nobody
guesses however fast the hash is, and it is checked on every request, where a slow hash would cost a tenth of
a second of a core. For the same reason it needs no salt and no pepper: no two keys are alike.
"""

import hashlib
import re
import secrets
import string
from typing import NamedTuple

KEY_MARK = "nk_"
PUBLIC_CHARS = 8
SECRET_BYTES = 32

_ALPHABET = string.ascii_lowercase + string.digits
_FORM = re.compile(rf"({KEY_MARK}[a-z0-9]{{{PUBLIC_CHARS}}})_[A-Za-z0-9_-]{{43}}")


class NewKey(NamedTuple):
    """A key at the only moment when it is known.

    Attributes:
        text: The whole key, for its owner.
        prefix: Its public part.
        digest: What is stored of it.
    """

    text: str
    prefix: str
    digest: str


def make_key() -> NewKey:
    """Return a new random key."""
    prefix = KEY_MARK + "".join(secrets.choice(_ALPHABET) for _ in range(PUBLIC_CHARS))
    text = f"{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    return NewKey(text, prefix, digest_of(text))


def prefix_of(text: str) -> str | None:
    """Return the public part of a key; None when the text has not the form of one."""
    found = _FORM.fullmatch(text)
    return found[1] if found else None


def digest_of(text: str) -> str:
    """Return the SHA-256 digest of a key, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_digest_of(digest: str, text: str) -> bool:
    """Whether a stored digest is that of a key; takes the same time wherever the two differ."""
    return secrets.compare_digest(digest, digest_of(text))
