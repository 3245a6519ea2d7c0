"""Which passage of a document a source points to. Pure functions over what the document service told."""

from collections.abc import Sequence
from typing import NamedTuple

from django_admin.gateway.document_schemas import Passage


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


def _words(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
