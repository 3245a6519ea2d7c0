"""A passage as it is searched: with what it stands under, which says what it is about."""

from tools.documents.chunking import SEPARATOR
from tools.documents.models import Passage


def passage_context(passage: Passage) -> str:
    """Return a stored passage as it is searched."""
    return context_text(passage.document.title, passage.section, passage.text, passage.document.keywords)


def context_text(title: str, section: str | None, text: str, keywords: str = "") -> str:
    """Return a passage with what it stands under: what is embedded and searched."""
    begins_with_title = section is not None and section.startswith(title)
    heading = section if begins_with_title else SEPARATOR.join(filter(None, (title, section)))
    return f"{heading} ({keywords})\n{text}" if keywords else f"{heading}\n{text}"
