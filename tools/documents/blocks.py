"""What every reader makes of a file: blocks of text."""

from collections.abc import Sequence
from typing import NamedTuple

from narutalk.errors import InvalidInput


class Block(NamedTuple):
    """A paragraph, list, table or heading of a document.

    Attributes:
        text: Never empty.
        level: 1 to 6 for a heading, 0 for anything else.
        page: From 1; None where the format has no pages.
    """

    text: str
    level: int = 0
    page: int | None = None


class UnreadableDocument(InvalidInput):
    """The file is not supported, broken, encrypted or without text."""

    default_code = "document_unreadable"


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a Markdown table; the first one is its header."""
    width = max(len(row) for row in rows)
    cleaned = [[cell.replace("\n", " ").replace("|", "/").strip() for cell in row] for row in rows]
    lines = ["| " + " | ".join([*row, *[""] * (width - len(row))]) + " |" for row in cleaned]
    lines.insert(1, "|" + " --- |" * width)
    return "\n".join(lines)
