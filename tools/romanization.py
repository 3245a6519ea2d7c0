"""Hangul in Latin letters, and how either sounds: so that one spelling finds another.

Letters follow the Revised Romanization of Korean (Ministry of Culture, 2000), syllable by syllable, as it
writes names; what changes between syllables is left as it is written.
"""

import re
import unicodedata
from functools import lru_cache

_FIRST, _LAST = 0xAC00, 0xD7A3
_VOWELS, _FINALS = 21, 28
_INITIAL = "g kk n d tt r m b pp s ss  j jj ch k t p h".split(" ")
_VOWEL = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split(" ")
_FINAL = " k k k n n n t l k m l l l p l m p p t t ng t t k t p t".split(" ")

_PLAIN = re.compile(r"[ -~가-힣]*")
_HYPHEN = re.compile(r"(?<=[a-z])['’-](?=[a-z])")
_OPEN_SYLLABLE = ((re.compile(r"u[hr](?=['’-])"), "eo"), (re.compile(r"(?<=[aeiou])h(?=['’-])"), ""))
_WORD = re.compile(r"[a-z]+|[가-힣]+|[0-9]+")
# In this order. Vowels that people write in several ways come first, so that what follows sees one of them.
_FOLDED = tuple(
    (re.compile(pattern), letters)
    for pattern, letters in (
        (r"e?ui", "i"),
        (r"ee|(?<![aeou])y(?=$|[^aeiou])", "i"),
        (r"^yi", "i"),
        (r"woo|^wu", "u"),
        (r"oo|ou", "u"),
        (r"ai|ay(?![aeiou])", "ae"),
        (r"oi|oy(?![aeiou])", "oe"),
        (r"(?:uh|ur)(?![aeiouyw])", "eo"),
        (r"rh", "r"),
        (r"r(?![aeiouy])", ""),  # as in Park: what ends a Korean syllable is an l
        (r"sh", "s"),
        (r"ph|f|v|b", "p"),
        (r"ck|q|g|c(?!h)", "k"),
        (r"th|d", "t"),
        (r"ch|j|z", "c"),
        (r"x", "ks"),
        (r"h(?![aeiouyw])", ""),
        (r"r", "l"),
        (r"^l(?=i|y)", ""),  # Lee and Yi, Ryu and Yoo
        (r"^l(?=[aeou])", "n"),  # Roh and No
        (r"([klptcs])\1+", r"\1"),
    )
)
_ALIKE = tuple((re.compile(pattern), letters) for pattern, letters in ((r"eo|eu|u", "o"), (r"ae", "e")))


def romanized(text: str) -> str:
    """Return a text with its Hangul syllables in Latin letters: "hanbit" for "한빛"."""
    return "".join(_syllable(char) if _FIRST <= ord(char) <= _LAST else char for char in text)


@lru_cache(4096)
def sound(text: str) -> str:
    """Return how a name sounds, whatever the script, spaces, hyphens and the usual ways to spell it.

    "Kim Min-soo", "Gim Minsu" and "김민수" sound alike; "Kim Minseo" does not.
    """
    written = plain(text)
    for pattern, letters in _OPEN_SYLLABLE:  # without the hyphen, nothing tells where it ends
        written = pattern.sub(letters, written)
    return "".join(map(_folded, _WORD.findall(_HYPHEN.sub("", written))))


def rough(sounded: str) -> str:
    """Return a `sound` without what Latin letters do not keep apart: "Jung" may be 정 or 중."""
    for pattern, letters in _ALIKE:
        sounded = pattern.sub(letters, sounded)
    return sounded


def plain(text: str) -> str:
    """Return a text in small letters without accents, its Hangul put together."""
    if _PLAIN.fullmatch(text):
        return text.lower()
    taken_apart = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(char for char in taken_apart if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", kept)


def _folded(word: str) -> str:
    folded = romanized(word)
    for pattern, letters in _FOLDED:
        folded = pattern.sub(letters, folded)
    return folded


def _syllable(char: str) -> str:
    number = ord(char) - _FIRST
    initial, rest = divmod(number, _VOWELS * _FINALS)
    vowel, final = divmod(rest, _FINALS)
    return _INITIAL[initial] + _VOWEL[vowel] + _FINAL[final]
