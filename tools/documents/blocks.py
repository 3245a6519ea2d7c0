"""What every reader makes of a file: blocks of text."""

from collections.abc import Sequence
from typing import NamedTuple

from narutalk.errors import InvalidInput

MAX_HEADING_CHARS = 150
"""What is longer is no heading, whatever the file calls it."""
ALPHABET = 26


class Cells(NamedTuple):
    """A range of cells; rows and columns count from 1, and both ends belong to it."""

    sheet: str
    left: int
    top: int
    right: int
    bottom: int

    def rows(self, first: int, last: int) -> "Cells":
        """Return some of the rows; 0 is the topmost."""
        return self._replace(top=self.top + first, bottom=min(self.top + last, self.bottom))

    def joined(self, other: "Cells") -> "Cells":
        """Return the smallest range that holds both; of one sheet."""
        return Cells(
            self.sheet,
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def reference(self) -> str:
        """Return it as spreadsheets write it, such as ``Prices!A1:C9`` or ``'Price list'!B2``."""
        first, last = f"{_letters(self.left)}{self.top}", f"{_letters(self.right)}{self.bottom}"
        place = first if first == last else f"{first}:{last}"
        if not self.sheet:
            return place
        plain = self.sheet.isidentifier()
        sheet = self.sheet if plain else "'" + self.sheet.replace("'", "''") + "'"
        return f"{sheet}!{place}"


class Block(NamedTuple):
    """A paragraph, list, table or heading of a document.

    Attributes:
        text: Never empty. A table is Markdown, one line for each row.
        level: 1 to 6 for a heading, 0 for anything else.
        page: Of a PDF, or the slide, from 1; None where the format has neither.
        cells: Where it stands in a spreadsheet.
        header: How many of its first characters are a table's header, which is repeated where the table is
            cut; 0 for anything but a table.
    """

    text: str
    level: int = 0
    page: int | None = None
    cells: Cells | None = None
    header: int = 0


class UnreadableDocument(InvalidInput):
    """A file that cannot be indexed.

    Codes:
        document_unsupported: Of a format that is not read.
        document_unreadable: Broken, or not what its name says.
        document_encrypted: It needs a password.
        document_empty: It holds nothing.
        document_scanned: It holds pictures of text only.
        document_encoding: Text in an encoding that is not recognised.
        document_unsafe: It would grow beyond all bounds, or defines entities.
        document_too_slow: Reading it took too long.
        document_too_long: It holds too much text.
    """

    default_code = "document_unreadable"


def heading(text: str, level: int, page: int | None = None) -> Block:
    """Return a heading in one line, or a paragraph when it is too long for one."""
    line = " ".join(text.split())
    return Block(line, level=level if len(line) <= MAX_HEADING_CHARS else 0, page=page)


def table(rows: Sequence[Sequence[str]], *, page: int | None = None, cells: Cells | None = None) -> Block:
    """Return rows as a Markdown table; the first one is its header."""
    text = markdown_table(rows)
    return Block(text, page=page, cells=cells, header=header_chars(text))


def header_chars(text: str) -> int:
    """Return the length of a Markdown table's first two lines."""
    first, second, *_ = [*text.split("\n", 2), ""]
    return min(len(first) + 1 + len(second) + 1, len(text))


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a Markdown table; the first one is its header."""
    width = max(len(row) for row in rows)
    lines = [
        "| " + " | ".join([*(_cell(value) for value in row), *[""] * (width - len(row))]) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + " --- |" * width)
    return "\n".join(lines)


def _cell(value: str) -> str:
    return " ".join(value.split()).replace("\\", "\\\\").replace("|", "\\|")


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, ALPHABET)
        letters = chr(ord("A") + rest) + letters
    return letters
