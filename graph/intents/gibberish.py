"""Tells what is no message at all, such as "asdf" or "ㅁㄴㅇㄹ", from a word that is only unknown."""

import re

_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[a-z]+")
_LONE_JAMO = re.compile(r"[ㄱ-ㅎㅏ-ㅣ]+")
_NOTHING_SAID = re.compile(r"[\x00-\x7f]*")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_RUN = 3
"""So many neighbouring keys one way are struck, not written."""
_CONSONANTS_ALONE = re.compile(r"[^aeiouy]{5,}")
_CHAT = re.compile(
    r"[ㅋㅎㅠㅜㅡㅇㄷ]+|ㄱㅅ|ㄳ|ㄴㄴ|ㄱㄱ|ㅊㅋ|ㅂㅂ|ㅂㅇ|ㅅㄱ|ㅈㅅ|ㄹㅇ|ㅁㄹ|ㄲㅂ|ㅇㅈ|ㅇㅋ|ㅎㅇ"
)
"""Laughter, tears, and what Koreans shorten to initials: thanks, no, bye, sorry …"""


def is_gibberish(text: str) -> bool:
    """Whether nothing in a text can be a word: keys struck at random, lone letters, digits or signs alone."""
    words = _WORD.findall(text.lower())
    if not words:
        return _NOTHING_SAID.fullmatch(text) is not None
    return all(_is_no_word(word) for word in words)


def _is_no_word(word: str) -> bool:
    if _LONE_JAMO.fullmatch(word):
        return _CHAT.fullmatch(word) is None
    if not _LATIN.fullmatch(word) or len(set(word)) == 1:
        return False
    return _CONSONANTS_ALONE.fullmatch(word) is not None or _is_struck(word)


def _is_struck(word: str) -> bool:
    """Whether a word is made of runs of neighbouring keys: "asdf", "qweasd"."""
    position = 0
    while position < len(word):
        length = _run_length(word[position:])
        if length < _RUN:
            return False
        position += length
    return len(word) > _RUN


def _run_length(rest: str) -> int:
    """Return how many keys from the beginning lie side by side in a row, in one direction."""
    longest = 1
    for row in (*_ROWS, *(row[::-1] for row in _ROWS)):
        start = row.find(rest[0])
        length = 0
        while start >= 0 and row[start : start + length + 1] == rest[: length + 1] and length < len(rest):
            length += 1
        longest = max(longest, length)
    return longest
