"""Reads HTML: what a reader would see, without scripts."""

import re
from collections.abc import Iterator

import lxml.html
from lxml import etree

from tools.documents.blocks import Block, UnreadableDocument, heading, table
from tools.documents.formats.encodings import decode

UNSEEN = (
    "script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "math", "canvas",
    "head", "nav", "select", "button",
)  # fmt: skip
PARAGRAPHS = frozenset(
    """
    address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption
    figure footer form header hr html legend li main menu ol p pre section summary table tbody td tfoot th
    thead tr ul
    """.split()
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_DECLARED = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,30})", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def read_html(content: bytes) -> Iterator[Block]:
    """Yield the headings, paragraphs, lists and tables of a page; its title when it has no heading."""
    declared = _DECLARED.search(content[:4096])
    text = decode(content, declared=declared[1].decode("ascii").lower() if declared else None)
    yield from html_blocks(text, with_title=True)


def html_blocks(text: str, *, with_title: bool = False) -> Iterator[Block]:
    """Yield the blocks of HTML source."""
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = lxml.html.document_fromstring(text.encode("utf-8", errors="replace"), parser=parser)
    except etree.ParserError:  # nothing but spaces or comments
        return
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        raise UnreadableDocument("Its elements lie too deep in one another.", code="document_unsafe")
    title = " ".join((root.findtext(".//title") or "").split())
    _drop_unseen(root)
    if with_title and title and root.find(".//h1") is None:
        yield heading(title, 1)
    yield from _blocks(root)


def _drop_unseen(root: lxml.html.HtmlElement) -> None:
    for element in list(root.iter(*UNSEEN)):
        element.drop_tree()
    for element in list(root.iter("*")):
        hidden = "hidden" in element.attrib or _HIDDEN.search(element.get("style") or "")
        if hidden and element.getparent() is not None:
            element.drop_tree()


def _blocks(root: lxml.html.HtmlElement) -> Iterator[Block]:
    """Walk through the tree without recursion: pages may be nested deeper than Python's stack."""
    written: list[str] = []
    items: list[str] = []
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        tag = str(element.tag)
        ends_here = tag in PARAGRAPHS or tag in HEADINGS
        if ends_here:
            text = _tidy(written)
            written.clear()
            if tag == "li" or (text and _list_above(element, event)):
                items.extend([f"- {text}"] if text else [])
            elif text:
                yield from _flush(items)
                yield heading(text, int(tag[1])) if tag in HEADINGS and event == "end" else Block(text)
        if event == "start" and tag == "table" and element.find(".//table") is None:
            yield from _flush(items)
            yield from _table(element)
            walker.skip_subtree()
        elif event == "start":
            written.append("\n" if tag == "br" else "")
            written.append(_inline(element.text, element))
        else:
            if tag in {"ul", "ol", "menu"} and not _inside_list(element):
                yield from _flush(items)
            written.append(_inline(element.tail, element.getparent()))
    text = _tidy(written)
    yield from _flush(items)
    if text:
        yield Block(text)


def _flush(items: list[str]) -> Iterator[Block]:
    if items:
        yield Block("\n".join(items))
        items.clear()


def _list_above(element: etree._Element, event: str) -> bool:
    """Whether text that ends at this tag belongs to an item of a list."""
    holder = element.getparent() if event == "start" else element
    while holder is not None:
        if holder.tag == "li":
            return True
        if holder.tag in {"td", "body", "h1", "h2", "h3", "h4", "h5", "h6"}:
            return False
        holder = holder.getparent()
    return False


def _inside_list(element: etree._Element) -> bool:
    return any(holder.tag == "li" for holder in element.iterancestors())


def _inline(text: str | None, holder: etree._Element | None) -> str:
    if not text:
        return ""
    inside = holder
    while inside is not None and inside.tag in {"span", "code", "b", "i", "em", "strong", "a"}:
        inside = inside.getparent()
    return text if inside is not None and inside.tag == "pre" else re.sub(r"\s+", " ", text)


def _tidy(written: list[str]) -> str:
    lines = "".join(written).split("\n")
    return "\n".join(line.rstrip() if line.startswith("    ") else line.strip() for line in lines).strip(
        "\n "
    )


def _table(element: etree._Element) -> Iterator[Block]:
    rows = []
    for row in element.iter("tr"):
        values: list[str] = []
        for cell in row.iterchildren("td", "th"):
            values.append(" ".join(" ".join(cell.itertext()).split()))
            values.extend([""] * (_span(cell) - 1))
        if any(values):
            rows.append(values)
    caption = " ".join("".join(element.find("caption").itertext()).split()) if _has_caption(element) else ""
    if caption:
        yield Block(caption)
    if rows:
        yield table(rows) if max(map(len, rows)) > 1 else Block("\n".join(row[0] for row in rows))


def _has_caption(element: etree._Element) -> bool:
    return element.find("caption") is not None


def _span(cell: etree._Element) -> int:
    given = cell.get("colspan", "1")
    return min(int(given), 100) if given.isdecimal() and int(given) else 1
