"""Markdown as a flat list of blocks, so that each file format is written from the same structure."""

from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode


@dataclass(frozen=True)
class Run:
    """A piece of text in one style."""

    text: str
    bold: bool = False


@dataclass(frozen=True)
class Heading:
    """A heading; `level` is 1 for the title."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of text."""

    runs: tuple[Run, ...]


@dataclass(frozen=True)
class ListBlock:
    """A list without nesting; each item is one paragraph."""

    ordered: bool
    items: tuple[tuple[Run, ...], ...]


@dataclass(frozen=True)
class Table:
    """A table of plain text; every row has as many cells as the header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | ListBlock | Table


def parse_blocks(markdown: str) -> list[Block]:
    """Splits Markdown into headings, paragraphs, lists and tables, in the order of the text.

    Raises:
        ValueError: The text holds another kind of block, for example a quotation or a nested list.
    """
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    return [_block(node) for node in SyntaxTreeNode(tokens).children]


def plain_text(runs: tuple[Run, ...]) -> str:
    """The text of `runs` without styles."""
    return "".join(run.text for run in runs)


def _block(node: SyntaxTreeNode) -> Block:
    match node.type:
        case "heading":
            return Heading(level=int(node.tag[1:]), text=plain_text(_runs(node)))
        case "paragraph":
            return Paragraph(runs=_runs(node))
        case "bullet_list" | "ordered_list":
            return ListBlock(
                ordered=node.type == "ordered_list", items=tuple(_item(item) for item in node.children)
            )
        case "table":
            header, *rows = [_cells(row) for part in node.children for row in part.children]
            return Table(header=header, rows=tuple(rows))
        case _:
            raise ValueError(f"sample documents may not hold a block of type {node.type}")


def _item(node: SyntaxTreeNode) -> tuple[Run, ...]:
    if [child.type for child in node.children] != ["paragraph"]:
        raise ValueError("an item of a list must be exactly one paragraph")
    return _runs(node.children[0])


def _cells(row: SyntaxTreeNode) -> tuple[str, ...]:
    return tuple(plain_text(_runs(cell)) for cell in row.children)


def _runs(node: SyntaxTreeNode) -> tuple[Run, ...]:
    return tuple(
        run for inline in node.children for child in inline.children for run in _inline(child, bold=False)
    )


def _inline(node: SyntaxTreeNode, *, bold: bool) -> Iterator[Run]:
    if node.type in {"softbreak", "hardbreak"}:
        yield Run(" ", bold)
    elif node.children:
        for child in node.children:
            yield from _inline(child, bold=bold or node.type == "strong")
    elif node.content:
        yield Run(node.content, bold)
