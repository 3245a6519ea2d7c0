"""Which passages of a document are shown, and to which a source points. Pure functions."""

from collections.abc import Sequence
from typing import NamedTuple

from django_admin.gateway.document_schemas import Passage

PASSAGES_AT_ONCE = 200


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


def _words(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
