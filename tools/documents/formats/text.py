"""Reads plain text and Markdown."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tools.documents.blocks import Block, header_chars, heading
from tools.documents.formats.encodings import decode
from tools.documents.formats.html import html_blocks

FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?:.*\n)*?---[ \t]*(?:\n|\Z)")


def read_text(content: bytes) -> Iterator[Block]:
    """Yield the paragraphs, which empty lines part."""
    yield from _paragraphs(decode(content))


def read_markdown(content: bytes) -> Iterator[Block]:
    """Yield the blocks as they are written; what is no Markdown, such as link definitions, as paragraphs."""
    text = FRONT_MATTER.sub("", decode(content), count=1)
    lines = text.split("\n")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    done = 0
    for number, token in enumerate(tokens):
        if token.level or token.map is None or token.nesting < 0:
            continue
        first, last = token.map
        yield from _paragraphs("\n".join(lines[done:first]))
        yield from _markdown_block(token, tokens[number + 1 : number + 2], "\n".join(lines[first:last]))
        done = last
    yield from _paragraphs("\n".join(lines[done:]))


def _markdown_block(token: Token, following: list[Token], source: str) -> Iterator[Block]:
    source = source.strip("\n").rstrip()
    if token.type == "heading_open":
        if following[0].content.strip():
            yield heading(following[0].content, int(token.tag[1:]))
    elif token.type == "html_block":
        yield from html_blocks(source)
    elif token.type == "table_open":
        yield Block(source, header=header_chars(source))
    elif token.type != "hr" and source:
        yield Block(source)


def _paragraphs(text: str) -> Iterator[Block]:
    for paragraph in re.split(r"\n[ \t\f]*(?=\n)|\f", text):
        lines = "\n".join(line.rstrip() for line in paragraph.split("\n")).strip("\n")
        if lines.strip():
            yield Block(lines)
