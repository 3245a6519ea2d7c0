"""The terms that BM25 counts: English words stemmed (Snowball), Korean as character bigrams."""

import re
import threading
from collections.abc import Iterable

import Stemmer

_TOKEN = re.compile(r"[A-Za-z]+|\d+(?:[.,]\d+)*|[가-힣]+")
_ENGLISH_STOP_WORDS = frozenset(
    """
    a an and are as at be by can do does for from has have how i if in is it its may must my of on or
    our shall should that the their this to was we what when where which who will with you your
    """.split()
)


class Tokenizer:
    """Splits text into terms. Thread-safe; about 0.06 ms for 800 characters."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the stemmer, which is not thread-safe
        self._stem = Stemmer.Stemmer("english").stemWord

    def terms(self, text: str) -> list[str]:
        """Return the terms of a text, in order, with repetitions."""
        with self._lock:
            return list(self._split(text))

    def _split(self, text: str) -> Iterable[str]:
        for token in _TOKEN.findall(text.lower()):
            if "가" <= token[0] <= "힣":
                for start in range(max(1, len(token) - 1)):
                    yield token[start : start + 2]
            elif token not in _ENGLISH_STOP_WORDS:
                yield self._stem(token)
