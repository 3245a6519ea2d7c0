"""Turns a file into blocks of text that know their page, cells and headings."""

from collections.abc import Callable, Iterator
from pathlib import PurePath

from tools.documents.blocks import Block, UnreadableDocument
from tools.documents.formats.html import read_html
from tools.documents.formats.pdf import read_pdf
from tools.documents.formats.sheets import read_csv, read_xlsx
from tools.documents.formats.slides import read_pptx
from tools.documents.formats.text import read_markdown, read_text
from tools.documents.formats.word import read_docx

MAX_TEXT_CHARS = 60_000_000
"""More than a text file of the largest size holds: what unpacks to more is refused."""


def read_blocks(content: bytes, file_name: str) -> list[Block]:
    """Return the blocks of a document.

    Args:
        content: The whole file.
        file_name: Its ending says the format, see `supported_suffixes`.

    Raises:
        UnreadableDocument: With a code that says why, and the file's name in the message.
    """
    suffix = PurePath(file_name).suffix.lower()
    reader = _READERS.get(suffix)
    if reader is None:
        supported = ", ".join(sorted(_READERS))
        raise UnreadableDocument(
            f"{file_name}: {suffix or 'a file without an ending'} is not supported; these are: {supported}.",
            code="document_unsupported",
        )
    try:
        return _collected(reader(content)) if content.strip(b"\0 \r\n\t") else _refuse_empty()
    except UnreadableDocument as error:
        raise UnreadableDocument(f"{file_name}: {error.message}", code=error.code) from error
    except Exception as error:  # the parsers raise whatever the broken file makes them stumble over
        raise UnreadableDocument(f"{file_name} cannot be read: {type(error).__name__}.") from error


def supported_suffixes() -> tuple[str, ...]:
    """Return the file endings that can be read, with their dots."""
    return tuple(sorted(_READERS))


def _collected(found: Iterator[Block]) -> list[Block]:
    blocks: list[Block] = []
    size = 0
    for block in found:
        size += len(block.text)
        if size > MAX_TEXT_CHARS:
            raise UnreadableDocument("It holds too much text.", code="document_too_long")
        blocks.append(block)
    return blocks or _refuse_empty()


def _refuse_empty() -> list[Block]:
    raise UnreadableDocument("It holds no text.", code="document_empty")


_READERS: dict[str, Callable[[bytes], Iterator[Block]]] = {
    ".csv": read_csv,
    ".docx": read_docx,
    ".htm": read_html,
    ".html": read_html,
    ".markdown": read_markdown,
    ".md": read_markdown,
    ".pdf": read_pdf,
    ".pptx": read_pptx,
    ".tsv": read_csv,
    ".txt": read_text,
    ".xlsx": read_xlsx,
}
