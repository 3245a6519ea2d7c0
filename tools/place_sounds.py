"""Finds a place in a sentence by how it sounds: "캘거리" means the region Calgary, "Pusan" 부산."""

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from narutalk.offline.hints import Found
from tools.romanization import sound

MAX_WORDS = 3
MIN_SOUND_CHARS = 4
MIN_CONSONANTS = 3
MIN_SYLLABLES = 3
ALIKE = 70
"""Of `rapidfuzz.fuzz.ratio`, 0 to 100, that two sounds with the same consonants have at least."""

_WORD = re.compile(r"(?:[A-Za-z][A-Za-z.'’-]*|[가-힣]+)(?![^{]*\})")
_PARTICLE = re.compile(r"(?:에서의|에서|에는|에도|으로|에|의|은|는|이|가|을|를|도|과|와|로)$")
_POSSESSIVE = re.compile(r"['’]s$|[.'’-]+$")
_VOWEL = re.compile(r"[aeiouwy]")
_TWICE = re.compile(r"(.)\1+")

PlaceNames = tuple[str, str]
"""Of a place in English and in Korean; the same twice where only one is known."""


def find_by_sound(sentence: str, places: Sequence[PlaceNames]) -> Found | None:
    """Find the only place that some words of a sentence sound like; the value is its first name.

    Hangul writes foreign names with vowels of its own: where a place has no Korean name, the consonants
    decide, and the vowels need only be alike.

    Args:
        sentence: What stands in braces in it is left out.
        places: Those to look for.
    """
    words = list(_WORD.finditer(sentence))
    for count in range(min(MAX_WORDS, len(words)), 0, -1):
        for first in range(len(words) - count + 1):
            start, end = words[first].start(), words[first + count - 1].end()
            text = sentence[start:end]
            for said in _forms(text):
                meant = [names for names in places if _sounds_like(said, names)]
                if len(meant) == 1:
                    return Found(meant[0][0], start, start + len(said))
    return None


def _forms(text: str) -> list[str]:
    """Return the text without the particle or the possessive at its end, and as it is."""
    if "{" in text or "}" in text:
        return []
    ending = _POSSESSIVE if text[-1].isascii() else _PARTICLE
    shorter = ending.sub("", text)
    return [form for form in dict.fromkeys((shorter, text)) if len(form) > 1]


def _sounds_like(said: str, names: PlaceNames) -> bool:
    heard = sound(said)
    if len(heard) < MIN_SOUND_CHARS:
        return False
    if heard in map(sound, names):
        return True
    if said.isascii() or not all(name.isascii() for name in names):
        return False
    consonants = _consonants(heard)
    return (
        len(consonants) >= MIN_CONSONANTS
        and len(re.sub(r"\s", "", said)) >= MIN_SYLLABLES
        and any(consonants == _consonants(sound(name)) for name in names)
        and max(fuzz.ratio(heard, sound(name)) for name in names) >= ALIKE
    )


def _consonants(sounded: str) -> str:
    return _TWICE.sub(r"\1", _VOWEL.sub("", sounded))
