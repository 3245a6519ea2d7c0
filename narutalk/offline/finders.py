"""Ready-made argument finders, for tools to declare."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from rapidfuzz import fuzz, process

from narutalk.offline.hints import ArgumentFinder, Found

FUZZY_MIN_SCORE = 84
FUZZY_MIN_CHARS = 5
AS_NEAR = 2.0
"""Names whose scores differ by no more may both be meant: the tool is given what was said."""
MAX_NEAREST = 5


def whole_question(sentence: str) -> Found | None:
    """Find the sentence itself; takes up none of its words."""
    text = sentence.strip()
    return Found(text, 0, 0) if text else None


def choice(synonyms: Mapping[Any, Sequence[str]]) -> ArgumentFinder:
    """Find one of a closed set of values by the words that people say for it; the longest word wins."""
    spoken = [(word, value) for value, words in synonyms.items() for word in words]
    spoken.sort(key=lambda entry: -len(entry[0]))
    patterns = [(value, re.compile(_word_pattern(word), re.IGNORECASE)) for word, value in spoken]

    def find(sentence: str) -> Found | None:
        for value, pattern in patterns:
            if match := pattern.search(sentence):
                return Found(value, match.start(), match.end())
        return None

    return find


def blind_when(*others: ArgumentFinder) -> Callable[[ArgumentFinder], ArgumentFinder]:
    """Make finders blind in sentences in which another finder finds something.

    A question that names a person is not about everybody, whatever else it has in common with one that is.
    """

    def wrap(find: ArgumentFinder) -> ArgumentFinder:
        return lambda sentence: None if any(other(sentence) for other in others) else find(sentence)

    return wrap


def number(pattern: str, *, words: Mapping[str, int] | None = None) -> ArgumentFinder:
    """Find an integer.

    Args:
        pattern: With one group that holds the digits, or one of ``words``.
        words: Numbers written as words.
    """
    compiled = re.compile(pattern, re.IGNORECASE)
    spelled = {word.lower(): value for word, value in (words or {}).items()}

    def find(sentence: str) -> Found | None:
        match = compiled.search(sentence)
        if match is None:
            return None
        text = match.group(1).lower()
        value = spelled.get(text)
        if value is None and text.isdecimal():
            value = int(text)
        return None if value is None else Found(value, match.start(), match.end())

    return find


def names(known: Callable[[], Iterable[str]], *, fuzzy: bool = True) -> ArgumentFinder:
    """Find a name of the company's own: as it is written, or (Latin letters only) nearly so.

    Args:
        known: Returns all names; called for every question, so it should be cheap.
        fuzzy: Also accept a misspelt name.
    """

    def find(sentence: str) -> Found | None:
        candidates = sorted(set(known()), key=len, reverse=True)
        lowered = sentence.casefold()
        for name in candidates:
            start = lowered.find(name.casefold())
            if start >= 0 and _stands_alone(sentence, start, start + len(name)):
                return Found(name, start, start + len(name))
        return _find_fuzzily(sentence, candidates) if fuzzy else None

    return find


def _stands_alone(sentence: str, start: int, end: int) -> bool:
    before = sentence[start - 1] if start else " "
    if before.isalnum():
        return False
    after = sentence[end : end + 1]
    is_latin = sentence[end - 1].isascii()
    return not (is_latin and after.isascii() and after.isalnum())


def _find_fuzzily(sentence: str, candidates: Sequence[str]) -> Found | None:
    latin = [name for name in candidates if name.isascii() and len(name) >= FUZZY_MIN_CHARS]
    best: tuple[float, Found] | None = None
    for match in _word_windows(sentence):
        hits = process.extract(
            match.text,
            latin,
            scorer=fuzz.ratio,
            processor=str.casefold,
            score_cutoff=FUZZY_MIN_SCORE,
            limit=MAX_NEAREST,
        )
        if hits and (best is None or hits[0][1] > best[0]):
            score = hits[0][1]
            one = sum(near >= score - AS_NEAR for _name, near, _at in hits) == 1
            best = (score, Found(hits[0][0] if one else match.text, match.start, match.end))
    return best[1] if best else None


class _Window:
    def __init__(self, text: str, start: int, end: int) -> None:
        self.text = text
        self.start = start
        self.end = end


def _word_windows(sentence: str, longest: int = 4) -> list[_Window]:
    words = list(re.finditer(r"[A-Za-z][A-Za-z.'-]*", sentence))
    windows = []
    for first in range(len(words)):
        for last in range(first + 1, min(first + longest, len(words))):
            start, end = words[first].start(), words[last].end()
            text = sentence[start:end].removesuffix("'s")
            if len(text) >= FUZZY_MIN_CHARS:
                windows.append(_Window(text, start, start + len(text)))
    return windows


def _word_pattern(word: str) -> str:
    escaped = re.escape(word).replace(r"\ ", r"\s+")
    if word[-1].isascii() and word[-1].isalnum():
        return rf"(?<![A-Za-z0-9]){escaped}(?![A-Za-z0-9])"
    return rf"(?<![가-힣]){escaped}" if len(word) <= 2 else escaped
