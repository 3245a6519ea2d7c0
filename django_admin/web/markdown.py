"""Markdown of documents as HTML that is safe to show."""

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

ALLOWED_TAGS = frozenset(
    "a blockquote br code del em h1 h2 h3 h4 h5 h6 hr li ol p pre s strong sub sup".split()
    + "table tbody td th thead tr ul".split()
)
ALLOWED_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "th": {"align"}, "td": {"align"}}
ALIGNMENT = "text-align:"


def _align_without_style(state: StateCore) -> None:
    """Say a column's alignment by an attribute: the content security policy allows no style in the markup."""
    for token in state.tokens:
        style = str(token.attrs.pop("style", ""))
        if style.startswith(ALIGNMENT):
            token.attrs["align"] = style.removeprefix(ALIGNMENT)


_parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
_parser.core.ruler.push("align_without_style", _align_without_style)


def safe_html(markdown: str) -> str:
    """Return Markdown as HTML: no raw HTML, no images, no scripts, links only to the web and by mail."""
    return (
        nh3.clean(
            _parser.render(markdown),
            tags=set(ALLOWED_TAGS),
            attributes={tag: set(names) for tag, names in ALLOWED_ATTRIBUTES.items()},
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer",
        )
        .replace("<table>", '<div class="table-box"><table>')
        .replace("</table>", "</table></div>")
    )
