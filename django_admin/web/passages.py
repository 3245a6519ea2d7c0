"""Which passages of a document are shown, and to which a source points. Pure functions."""

from collections.abc import Sequence
from typing import NamedTuple

from django_admin.gateway.document_schemas import Passage

PASSAGES_AT_ONCE = 200
SEPARATOR = " › "
"""Between the headings of a section, as the document service writes them."""


class Part(NamedTuple):
    """As much of a document as one page shows.

    Attributes:
        passages: In reading order.
        number: Which part, from 1.
        total: How many parts there are, at least 1.
    """

    passages: Sequence[Passage]
    number: int
    total: int

    @property
    def before(self) -> int | None:
        """The number of the part before this one."""
        return self.number - 1 if self.number > 1 else None

    @property
    def after(self) -> int | None:
        """The number of the part behind this one."""
        return self.number + 1 if self.number < self.total else None


class Cited(NamedTuple):
    """What the link of a source says of its passage; each part may be missing."""

    passage: int | None = None
    page: int | None = None
    section: str = ""
    quote: str = ""


def find_cited(passages: Sequence[Passage], cited: Cited) -> Passage | None:
    """Return the passage a source points to: by its number, else its words, section or page."""
    if cited.passage is not None:
        return next((passage for passage in passages if passage.index == cited.passage), None)
    candidates = [p for p in passages if not cited.page or p.page == cited.page] or list(passages)
    quote = _words(cited.quote)
    if quote:
        quoted = next((passage for passage in candidates if quote in _words(passage.text)), None)
        if quoted:
            return quoted
    if cited.section:
        return next((passage for passage in candidates if passage.section == cited.section), None)
    return candidates[0] if cited.page and candidates else None


def part_of(passages: Sequence[Passage], cited: Passage | None, number: int | None) -> Part:
    """Return the part of a document that was asked for, else the one with the cited passage, else the first.

    Args:
        passages: All, in reading order.
        cited: One of them.
        number: From 1; beyond the last part, the last one.
    """
    total = max(1, -(-len(passages) // PASSAGES_AT_ONCE))
    if number is None:
        number = passages.index(cited) // PASSAGES_AT_ONCE + 1 if cited else 1
    number = min(max(number, 1), total)
    start = (number - 1) * PASSAGES_AT_ONCE
    return Part(passages[start : start + PASSAGES_AT_ONCE], number, total)


def path_of(passage: Passage) -> tuple[str, ...]:
    """Return the headings above a passage, the outermost first."""
    return tuple(part for part in (passage.section or "").split(SEPARATOR) if part)


def new_headings(passage: Passage, above: Sequence[str]) -> list[str]:
    """Return the headings between a passage and the one before it; those in its own text are not among them.

    Args:
        passage: Says under which headings it stands.
        above: What stands above it already: the document's title, and the headings of the passage before.
    """
    title, *before = above
    path = path_of(passage)
    known = 0
    while known < min(len(path), len(before)) and path[known] == before[known]:
        known += 1
    if not known and path[:1] == (title,):
        known = 1
    return [part for part in path[known:] if not passage.text.startswith(f"**{part}**")]


def sheet_of(passage: Passage) -> str:
    """Return the name of the sheet that a passage stands on, empty where there are none."""
    return (passage.cells or "").rpartition("!")[0].strip("'").replace("''", "'")


def _words(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
