"""Ids as a company writes them, found in sentences among those that exist: `C0042`, `EMP-1`, `A/17`, `5`.

An id is found as it is written, or with other separators, cases and leading zeros where that leaves no
doubt. What only looks like an id, such as "PDF-1" or "Q3-2026", is none. One that would be the next of the
company's own, such as "C9999", is found too, so that it can be said that there is none such.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from narutalk.offline.hints import ArgumentFinder, Found

MAX_PIECES = 5
MAX_SHAPES = 20
"""With more beginnings than this, ids follow no shape that a new one could be told by."""
LENIENT_DIGITS = 3

_PIECE = re.compile(r"[A-Za-z0-9]+")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_SEPARATED_DIGITS = re.compile(r"(?<=\d)[^A-Za-z0-9]+(?=\d)")
_SEPARATOR = re.compile(r"[^a-z0-9|]+")
_SHAPE = re.compile(r"(?P<prefix>.*?[A-Za-z][-_/.:#]?)(?P<digits>\d+)")
_PERIOD = re.compile(r"(?:FY|CY|Q|H)\d{1,4}|\d{4}[-/.]?(?:Q|H)\d|(?:Q|H)\d[-/. ]?\d{4}", re.IGNORECASE)
_BARE_LEAD = r"(?:\bid|\bno\.?|\bnumber|#|번호|코드)\s*[:#]?\s*$"


class _Window(NamedTuple):
    text: str
    start: int
    end: int


class Identifiers:
    """All ids of one kind.

    Args:
        ids: That exist.
        nouns: What they are ids of, as a pattern: it may stand before a number that is an id, as in
            "client 5".
    """

    def __init__(self, ids: Iterable[str], nouns: str) -> None:
        self._exact: dict[str, str] = {}
        self._folded: dict[str, str] = {}
        doubtful = set()
        shapes: dict[str, tuple[int, int]] = {}
        for known in ids:
            self._exact[known.casefold()] = known
            folded = _fold(known)
            if self._folded.setdefault(folded, known) != known:
                doubtful.add(folded)
            if match := _SHAPE.fullmatch(known):
                least, most = shapes.get(match["prefix"], (99, 0))
                digits = len(match["digits"])
                shapes[match["prefix"]] = (min(least, digits), max(most, digits))
        for folded in doubtful:
            del self._folded[folded]
        self._shapes = shapes if len(shapes) <= MAX_SHAPES else {}
        self._lead = re.compile(rf"(?:(?:{nouns})\s*)?{_BARE_LEAD}|(?:{nouns})\s*[:#]?\s*$", re.IGNORECASE)

    def find(self, sentence: str) -> Found | None:
        """Find the first id in a sentence, the longest where several begin at one place."""
        windows = list(_windows(sentence))
        for look in (self._known, self._new):
            for window in windows:
                if found := look(sentence, window):
                    return found
        return None

    def meant(self, text: str) -> str | None:
        """Return the id that a text is; None when it is none."""
        stripped = text.strip()
        return self._exact.get(stripped.casefold()) or self._folded.get(_fold(stripped))

    def is_new(self, text: str) -> bool:
        """Whether a text has the shape of the company's ids, and is none of them."""
        stripped = text.strip()
        return not self.meant(text) and self._new(stripped, _Window(stripped, 0, len(stripped))) is not None

    def _known(self, sentence: str, window: _Window) -> Found | None:
        lead = self._lead.search(sentence[: window.start])
        known = self._exact.get(window.text.casefold())
        if known is None and (lead or _is_telling(window.text)):
            known = self._folded.get(_fold(window.text))
        if known is None:
            return None
        if lead and known.isdecimal():
            return Found(known, lead.start(), window.end)
        return Found(known, window.start, window.end) if lead or _stands_out(known, window.text) else None

    def _new(self, _sentence: str, window: _Window) -> Found | None:
        """Find what has the shape of the company's ids."""
        for prefix, (least, most) in self._shapes.items():
            bare = re.escape(prefix.rstrip("-_/.:#"))
            match = re.fullmatch(
                rf"{bare}[-_/.:# ]?(\d{{{max(least - 1, 1)},{most + 2}}})", window.text, re.I
            )
            if match and not _PERIOD.fullmatch(window.text):
                return Found(f"{prefix}{match[1]}", window.start, window.end)
        return None


def _windows(sentence: str) -> Iterator[_Window]:
    """Return the words of a sentence, and those that separators join, from the left, the longest first."""
    pieces = list(_PIECE.finditer(sentence))
    for first, piece in enumerate(pieces):
        if first and piece[0].isdecimal() and _is_joint(sentence[pieces[first - 1].end() : piece.start()]):
            continue  # within a longer one: "A/17" is not "17"
        last = first
        while last + 1 < len(pieces) and last - first + 1 < MAX_PIECES:
            between = sentence[pieces[last].end() : pieces[last + 1].start()]
            if not (_is_joint(between) or (between == " " and _is_spaced(piece[0], pieces[last + 1][0]))):
                break
            last += 1
        for end in range(last, first - 1, -1):
            yield _Window(sentence[piece.start() : pieces[end].end()], piece.start(), pieces[end].end())


def _is_joint(between: str) -> bool:
    return len(between) == 1 and between in "-_/.:#"


def _is_spaced(letters: str, digits: str) -> bool:
    """Whether two words may be an id with a space in it: "C 0042"."""
    return letters.isalpha() and letters.isupper() and digits.isdecimal()


def _fold(text: str) -> str:
    """Return an id without case, leading zeros, and separators but between digits."""
    return _SEPARATOR.sub("", _SEPARATED_DIGITS.sub("|", _ZEROS.sub("", text.casefold())))


def _is_telling(text: str) -> bool:
    """Whether a text that is written otherwise than an id can still be one: "emp1", "C-42", "c0042"."""
    letters, digits = (sum(map(kind, text)) for kind in (str.isalpha, str.isdecimal))
    return bool(letters and digits) and (
        letters > 1 or digits >= LENIENT_DIGITS or len(text) > letters + digits
    )


def _stands_out(known: str, text: str) -> bool:
    """Whether an id is told from a word, a number or a period without a noun before it."""
    if _PERIOD.fullmatch(text):
        return False
    has_letter, has_digit = (any(map(kind, known)) for kind in (str.isalpha, str.isdecimal))
    return (has_letter and has_digit) or (
        text == known and text.isalpha() and text.isupper() and len(text) > 3
    )


def with_name_before(sentence: str, found: Found, find_name: ArgumentFinder) -> Found:
    """Take up the name before an id in brackets: "Kim Minsu (E0015)"."""
    before, after = sentence[: found.start], sentence[found.end : found.end + 1]
    name = find_name(before) if before.endswith("(") and after == ")" else None
    if name is None or before[name.end :].strip() != "(":
        return found
    return found._replace(start=name.start, end=found.end + 1)
