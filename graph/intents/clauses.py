"""Splits a message where it may begin to ask something else."""

import re
from typing import NamedTuple

MIN_CLAUSE_CHARS = 3
MAX_CLAUSES = 6

_EDGES = " ,\t\n"

_BREAK = re.compile(
    r"(?<=[.?!])\s+"
    r"|\s*[;\n]\s*"
    r"|,?\s+(?:and|plus|as well as)\s+(?:also\s+)?"
    r"|,\s+(?=(?:how|what|who|which|when|where|show|list|tell|also|then)\b)"
    r"|,?\s*그리고\s+|,\s*(?:또|또한)\s+|\s+및\s+"
    r"|(?<=[하되있없이았었였했렸쳤켰구뭐디마제]고)\s*,?\s+|(?<=는지)\s*,?\s+|(?<=인지)\s*,?\s+|(?<=이며)\s*,?\s+"
    r"|(?<=[가-힣]),\s+",
    re.IGNORECASE,
)
_KOREAN_NOUN_AND = re.compile(r"(?<=[가-힣0-9])(?:과|와|랑|하고),?\s+")


class Clause(NamedTuple):
    """A clause, and where it stands in its message: ``message[start:end]`` is its text."""

    text: str
    start: int
    end: int


def split_clauses(message: str) -> list[Clause]:
    """Return the clauses of a message, in order; one when there is nothing to split.

    It splits generously: the routing decision joins again what belongs together.
    """
    breaks = [match.span() for pattern in (_BREAK, _KOREAN_NOUN_AND) for match in pattern.finditer(message)]
    edges = [0, *(edge for span in sorted(breaks) for edge in span), len(message)]
    clauses = [_trimmed(message, start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    kept = [clause for clause in clauses if len(clause.text.strip(".?! ")) >= MIN_CLAUSE_CHARS]
    return kept[:MAX_CLAUSES] or [_trimmed(message, 0, len(message))]


def _trimmed(message: str, start: int, end: int) -> Clause:
    while start < end and message[start] in _EDGES:
        start += 1
    while end > start and message[end - 1] in _EDGES:
        end -= 1
    return Clause(message[start:end], start, end)
